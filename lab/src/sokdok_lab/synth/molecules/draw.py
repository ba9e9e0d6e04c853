"""Draw a laid-out molecule as patents do: lines, labels in gaps, wedges, hashes, and text that isn't part of it.

- Drawn larger than asked and averaged down.
- Every style is one random draw: line width, gaps of double bonds, fonts, how methyl groups and charges are written.
"""

from __future__ import annotations

import random
import re
import string
import tomllib
from dataclasses import replace
from functools import lru_cache
from pathlib import Path

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sokdok.imaging.box import Box
from sokdok.model.nano.formats.molecule import ELEMENTS, INNER, Bond, Graph
from sokdok_lab.synth.molecules.layout import Layout

OVERSAMPLING = 2  # drawn so many times larger
MIN_LABEL_EM_PX = 8  # labels smaller than this can't be read
_TOKENS = re.compile(r"[A-Z][a-z]*|\d+|.")
_SPELLINGS = tomllib.loads(Path(__file__).with_name("spellings.toml").read_text(encoding="utf-8"))
_WORDS = (
    *("Example", "Compound", "Formula", "Ia", "IIb", "(I)", "(1)", "(2a)", "12", "25", "(IV')", "3)", "No.", "107"),
    *("[A]", "R", "HCl", "+"),
)
_ASIAN = ((0xAC00, 0xD7A3), (0x30A1, 0x30F6), (0x3041, 0x3096))  # first and last characters: hangul, katakana, hiragana


class Style:
    """How lines and labels look, at random; lengths in bond lengths.

    caption_fonts: paths of some that have Korean and Japanese, for texts beside the drawing.
    """

    def __init__(self, rng: random.Random, fonts: tuple[str, ...], caption_fonts: tuple[str, ...] = ()) -> None:
        self.line = rng.uniform(0.03, 0.1)
        self.gap = rng.uniform(0.11, 0.2)  # between the lines of a double bond
        self.shorten = rng.uniform(0.06, 0.18)  # of the inner line of a double bond in a ring
        self.wedge = rng.uniform(0.13, 0.24)
        self.hashes = rng.randint(4, 9)
        self.text = rng.uniform(0.4, 0.68)  # capital height relates to this as in the font
        self.margin = rng.uniform(0.02, 0.1)  # white around labels
        self.font = rng.choice(fonts) if fonts else None  # path; None for Pillow's own
        self.caption_font = rng.choice(caption_fonts) if caption_fonts else None  # of texts beside the drawing
        self.subscripts = rng.random() < 0.85
        self.methyl = rng.choice(("", "", "", "", "CH3", "CH3", "Me", "Me", "any", "any"))  # of terminal carbons
        self.carbons = rng.choices(("", "chains", "all"), (0.86, 0.08, 0.06))[0]  # which are written as C, CH, CH2
        self.centred = rng.random() < 0.35  # chain double bonds, rather than with one line on the axis
        self.circled_charges = rng.random() < 0.2
        self.bridges = rng.random() < 0.5  # of bonds that cross, the one behind is broken


def spellings(label: str) -> tuple[list[str], list[str]]:
    """List how a group is written to the right of its bond, and how to the left: CO2Et, EtO2C; NHBoc, BocHN."""
    rightwards, leftwards = _SPELLINGS.get(label, (label, label))
    return rightwards.split(), leftwards.split()


@lru_cache(maxsize=512)
def _font(path: str | None, size: int) -> ImageFont.FreeTypeFont:
    if path is None:
        return ImageFont.load_default(size)  # type: ignore[return-value]
    return ImageFont.truetype(path, size, layout_engine=ImageFont.Layout.BASIC)


def draw(layout: Layout, style: Style, bond: float, rng: random.Random) -> tuple[np.ndarray, Graph] | None:
    """Draw a grey picture (H, W) uint8, black on white, whose bonds are `bond` pixels long; the graph in its pixels.

    None where labels would cover each other or other nodes, or be cut off.
    """
    places = np.array([(node.x, node.y) for node in layout.graph.nodes]) * bond
    pads = [bond * rng.uniform(0.8, 2.4) + 4 for _ in range(4)]
    words = _words(rng, bool(style.caption_font)) if rng.random() < 0.3 else []
    if words:
        side = rng.randrange(4)
        pads[side] += bond * rng.uniform(1, 4)
    places = places - places.min(0) + pads[:2]
    width, height = (places.max(0) + pads[2:]).astype(int) + 1
    pen = _Pen(layout, style, places * OVERSAMPLING, bond * OVERSAMPLING, (width * OVERSAMPLING, height * OVERSAMPLING))
    for word in words:
        pen.scatter(word, rng)
    pen.bonds()
    pen.labels(rng)
    pen.strays(rng)
    if pen.clash:
        return None
    nodes = tuple(replace(n, x=float(x), y=float(y)) for n, (x, y) in zip(layout.graph.nodes, places, strict=True))
    return np.asarray(pen.image.reduce(OVERSAMPLING)), Graph(nodes, layout.graph.bonds)


def _words(rng: random.Random, asian: bool) -> list[str]:
    """Make captions and numbers as they stand beside drawings; some are in Korean or Japanese, if there is a font."""
    made_up = "".join(rng.choices(string.ascii_uppercase, k=rng.randint(2, 9)))
    words = (*_WORDS, made_up, made_up.capitalize(), f"{made_up}-{rng.randint(1, 999)}")
    latin = [" ".join(rng.choices(words, k=rng.randint(1, 3))) for _ in range(rng.randint(1, 3))]
    if not asian or rng.random() < 0.6:
        return latin
    first, last = rng.choice(_ASIAN)
    name = "".join(chr(rng.randint(first, last)) for _ in range(rng.randint(2, 18)))
    number = ",".join(str(rng.randint(1, 9)) for _ in range(rng.randint(1, 3)))
    return [rng.choice((name, f"{number}-{name}", f"{name}{number}", f"{number}-({name[:3]})-{name[3:]}")), *latin[2:]]


class _Pen:
    """One drawing; lengths in pixels of the oversampled canvas."""

    def __init__(self, layout: Layout, style: Style, places: np.ndarray, unit: float, size: tuple[int, int]) -> None:
        self.layout, self.style, self.places, self.unit = layout, style, places, unit
        self.image = Image.new("L", size, 255)
        self.ink = ImageDraw.Draw(self.image)
        self.width = max(OVERSAMPLING, round(style.line * unit))
        self.boxes: list[tuple[int, Box]] = []
        """node and box of each label"""
        self.clash = False
        self.neighbours: list[list[int]] = [[] for _ in places]
        for edge in layout.graph.bonds:
            self.neighbours[edge.begin].append(edge.end)
            self.neighbours[edge.end].append(edge.begin)

    def scatter(self, text: str, rng: random.Random) -> None:
        """Write a text on a free spot, if one is found."""
        path = self.style.font if text.isascii() else self.style.caption_font
        font = _font(path, max(8, round(self.unit * self.style.text * rng.uniform(0.7, 1.3))))
        wide, high = font.getlength(text), font.size
        for _ in range(8):
            x = rng.uniform(0, max(1, self.image.width - wide))
            y = rng.uniform(0, max(1, self.image.height - high))
            gaps = np.maximum(abs(self.places - (x + wide / 2, y + high / 2)) - (wide / 2, high / 2), 0)
            if np.hypot(*gaps.T).min() > 0.8 * self.unit:
                self.ink.text((x, y), text, 0, font)
                return

    def strays(self, rng: random.Random) -> None:
        """Write numbers of atoms, letters of rings and marks of stereocentres beside what they belong to."""
        size = max(MIN_LABEL_EM_PX * OVERSAMPLING, round(self.style.text * self.unit * rng.uniform(0.6, 1.0)))
        font = _font(self.style.font, size)
        kind = rng.choices(("", "all", "some", "marks"), (0.84, 0.07, 0.05, 0.04))[0]
        first, prime = rng.choice((1, 1, 1, 2, 5, 10)), rng.choice(("", "", "", "'"))
        for number, index in enumerate(range(len(self.places)) if kind else (), first):
            if kind == "some" and rng.random() < 0.7 or kind == "marks" and rng.random() < 0.8:
                continue
            mark = rng.choice(("(R)", "(S)", "*", "*", "a", "b", "α", "β")) if kind == "marks" else f"{number}{prime}"
            self._write_near(index, mark, font, rng)
        for ring in self.layout.rings if rng.random() < 0.04 else ():
            x, y = self.places[list(ring)].mean(0)
            self._stray(x, y, rng.choice("ABCDE"), font)

    def _write_near(self, index: int, text: str, font: ImageFont.FreeTypeFont, rng: random.Random) -> None:
        """Write a text near a node, where the widest gap between its bonds is."""
        vectors = self.places[self.neighbours[index]] - self.places[index]
        angles = np.sort(np.arctan2(vectors[:, 1], vectors[:, 0]))
        if not len(angles):
            return
        gaps = np.diff([*angles, angles[0] + 2 * np.pi])
        widest = int(gaps.argmax())
        angle = angles[widest] + gaps[widest] * rng.uniform(0.4, 0.6)
        towards = np.array([np.cos(angle), np.sin(angle)])
        half = abs(towards) @ (font.getlength(text), font.size) / 2
        x, y = self.places[index] + towards * (half + rng.uniform(0.05, 0.4) * self.unit)
        self._stray(x, y, text, font)

    def _stray(self, x: float, y: float, text: str, font: ImageFont.FreeTypeFont) -> None:
        """Write a text around a place, if the paper is empty there."""
        left, top, right, bottom = self.ink.textbbox((x, y), text, font, anchor="mm")
        around = self.image.crop((int(left) - 2, int(top) - 2, int(right) + 3, int(bottom) + 3))
        inside = left >= 0 and top >= 0 and right < self.image.width and bottom < self.image.height
        if inside and around.getextrema() == (255, 255):
            self.ink.text((x, y), text, 0, font, anchor="mm")

    def bonds(self) -> None:
        """Draw all bonds, and the circles of aromatic rings."""
        for number, edge in enumerate(self.layout.graph.bonds):
            begin, end = self.places[edge.begin], self.places[edge.end]
            if self.style.bridges:
                self._bridge(edge, self.layout.graph.bonds[:number])
            wide = self._across(begin, end) * self.style.wedge * self.unit / 2
            if edge.kind == "wedge":
                tip = self._across(begin, end) * self.width / 2
                corners = (begin + tip, end + wide, end - wide, begin - tip)
                self.ink.polygon([float(value) for corner in corners for value in corner], 0)
            elif edge.kind == "dash":
                for step in np.linspace(0.12, 1, self.style.hashes):
                    middle, half = begin + (end - begin) * step, wide * max(0.25, step)
                    self.ink.line([*(middle - half), *(middle + half)], 0, max(OVERSAMPLING, round(self.width * 0.8)))
            elif edge.kind == "double":
                self._double(edge.begin, edge.end)
            else:
                self._line(begin, end)
                if edge.kind == "triple":
                    across = self._across(begin, end) * self.style.gap * self.unit
                    self._line(begin + across, end + across)
                    self._line(begin - across, end - across)
        for places in (self.places[list(ring)] for ring in self.layout.circles):
            x, y = places.mean(0)
            radius = 0.55 * float(np.linalg.norm(places - (x, y), axis=1).mean())
            self.ink.ellipse([x - radius, y - radius, x + radius, y + radius], None, 0, self.width)

    def _bridge(self, edge: Bond, before: tuple[Bond, ...]) -> None:
        """Break the bonds that a bond crosses."""
        begin, end = self.places[edge.begin].tolist(), self.places[edge.end].tolist()
        along = end[0] - begin[0], end[1] - begin[1]
        for other in before:
            if edge.begin in (other.begin, other.end) or edge.end in (other.begin, other.end):
                continue
            first, last = self.places[other.begin].tolist(), self.places[other.end].tolist()
            across, between = (last[0] - first[0], last[1] - first[1]), (first[0] - begin[0], first[1] - begin[1])
            area = along[0] * across[1] - along[1] * across[0]
            if abs(area) < 0.1 * self.unit**2:
                continue
            here = (between[0] * across[1] - between[1] * across[0]) / area
            there = (between[0] * along[1] - between[1] * along[0]) / area
            if 0 < here < 1 and 0 < there < 1:
                gap = [begin[k] + along[k] * share for share in (here - 0.12, here + 0.12) for k in (0, 1)]
                self.ink.line(gap, 255, round(self.width + 0.2 * self.unit))

    def _line(self, begin: np.ndarray, end: np.ndarray) -> None:
        self.ink.line([*begin, *end], 0, self.width)
        radius = self.width / 2 - 0.5
        if radius >= 1:
            for x, y in (begin, end):
                self.ink.ellipse([x - radius, y - radius, x + radius, y + radius], 0)

    def _across(self, begin: np.ndarray, end: np.ndarray) -> np.ndarray:
        """Return the unit vector at a right angle to a bond."""
        along = (end - begin) / max(1e-6, float(np.linalg.norm(end - begin)))
        return np.array([-along[1], along[0]])

    def _double(self, first: int, second: int) -> None:
        begin, end = self.places[first], self.places[second]
        across = self._across(begin, end) * self.style.gap * self.unit
        side = self._side(first, second, across)
        if side == 0:
            self._line(begin + across / 2, end + across / 2)
            self._line(begin - across / 2, end - across / 2)
            return
        along = (end - begin) * self.style.shorten
        short = [along * bool(len(self.neighbours[node]) > 1) for node in (first, second)]
        self._line(begin, end)
        self._line(begin + across * side + short[0], end + across * side - short[1])

    def _side(self, first: int, second: int, across: np.ndarray) -> int:
        """Say where a double bond's second line lies: towards its ring or its neighbours; 0 for both sides."""
        middle = (self.places[first] + self.places[second]) / 2
        rings: list[tuple[int, ...]] = [ring for ring in self.layout.rings if first in ring and second in ring]
        if rings:
            around = self.places[list(sorted(rings, key=len)[0])].mean(0)
        else:
            others = {*self.neighbours[first], *self.neighbours[second]} - {first, second}
            terminal = min(len(self.neighbours[first]), len(self.neighbours[second])) == 1
            if terminal or self.style.centred or not others:
                return 0
            around = self.places[list(others)].mean(0)
        return 1 if float((around - middle) @ across) > 0 else -1

    def labels(self, rng: random.Random) -> None:
        """Write what isn't a bare corner."""
        for index, node in enumerate(self.layout.graph.nodes):
            hydrogens = self.layout.hydrogens[index]
            if node.label == "C" and self._bare(index, rng):
                continue
            methyl = node.label == "C" and hydrogens == 3
            if methyl and (self.style.methyl == "Me" or (self.style.methyl == "any" and rng.random() < 0.5)):
                self._write(index, ["Me"], 0)
            elif node.label in ELEMENTS:
                self._element(index, node.label, hydrogens, node.charge)
            else:
                self._abbreviation(index, node.label, rng)

    def _bare(self, index: int, rng: random.Random) -> bool:
        """Say whether a carbon is drawn as a mere corner or end."""
        if self.layout.graph.nodes[index].charge or not self.neighbours[index]:
            return False
        if self.style.carbons:
            return self.style.carbons == "chains" and any(index in ring for ring in self.layout.rings)
        if len(self.neighbours[index]) > 1 or not self.style.methyl:
            return True
        return self.style.methyl == "any" and rng.random() < 0.4

    def _towards(self, index: int) -> np.ndarray:
        """Return the sum of unit vectors to the neighbours."""
        vectors = self.places[self.neighbours[index]] - self.places[index]
        return np.asarray((vectors / np.maximum(np.linalg.norm(vectors, axis=1, keepdims=True), 1e-6)).sum(0))

    def _element(self, index: int, symbol: str, hydrogens: int, charge: int) -> None:
        number = [str(hydrogens)] if hydrogens > 1 else []
        written = ["H", *number] if hydrogens else []
        x, y = self._towards(index) if self.neighbours[index] else (0.0, 0.0)
        if written and self._between(index):
            self._write(index, [symbol], 0)
            self._stack(index, written, -1 if y > 0 else 1)
            right = 0.0
        elif written and x > 0.25:
            right = self._write(index, [*written, symbol], len(written))
        else:
            right = self._write(index, [symbol, *written], 0)
        if charge:
            self._charge(index, charge, right)

    def _between(self, index: int) -> bool:
        """Say whether a node has neighbours to its left and to its right."""
        horizontal = [self.places[other][0] - self.places[index][0] for other in self.neighbours[index]]
        return bool(horizontal) and min(horizontal) < -0.3 * self.unit and max(horizontal) > 0.3 * self.unit

    def _abbreviation(self, index: int, label: str, rng: random.Random) -> None:
        rightwards, leftwards = spellings(label)
        if label in INNER and self._between(index) and rng.random() < 0.8:  # S above O2
            first, *rest = _TOKENS.findall(rng.choice(rightwards))
            self._write(index, [first], 0)
            self._stack(index, [token for token in rest if token != "-"], -1 if self._towards(index)[1] > 0 else 1)
        elif self.neighbours[index] and self._towards(index)[0] > 0.25:
            tokens = _TOKENS.findall(rng.choice(leftwards))
            anchor = max(k for k, token in enumerate(tokens) if token.isalpha())
            if tokens[anchor] == "H" and anchor:  # HOH2C hangs on its C
                anchor = max(k for k, token in enumerate(tokens[:anchor]) if token.isalpha())
            self._write(index, tokens, anchor)
        else:
            tokens = _TOKENS.findall(rng.choice(rightwards))
            self._write(index, tokens, 0)

    def _write(self, index: int, tokens: list[str], anchor: int) -> float:
        """Write tokens in a row, number `anchor` on the node; return how far they extend to its right."""
        large, small = self._fonts()
        fonts = [small if token.isdigit() and self.style.subscripts else large for token in tokens]
        widths = [font.getlength(token) for font, token in zip(fonts, tokens, strict=True)]
        first = tokens[anchor][0]
        left = self.places[index][0] - sum(widths[:anchor]) - large.getlength(first) / 2
        box = large.getbbox(first, anchor="ls")
        baseline = self.places[index][1] - (box[1] + box[3]) / 2
        self._clear(index, left, baseline + box[1], left + sum(widths), baseline)
        for token, font, width in zip(tokens, fonts, widths, strict=True):
            drop = 0.25 * large.size if font is small else 0
            if token == "-" and token in (tokens[0], tokens[-1]):  # a charge
                drop = -0.35 * large.size
            self.ink.text((left, baseline + drop), token, 0, font, anchor="ls")
            left += width
        return float(left - self.places[index][0])

    def _clear(self, index: int, left: float, top: float, right: float, bottom: float) -> None:
        """Clear the paper for a label; remember whether it lies on another node or label, or is cut off."""
        margin = max(OVERSAMPLING, self.style.margin * self.unit)
        self.ink.rectangle([left - margin, top - margin, right + margin, bottom + margin], 255)
        label = Box(left, top, right, bottom)
        others = np.delete(self.places, index, axis=0)
        inside = (others > (left - margin, top - margin)) & (others < (right + margin, bottom + margin))
        cut = left < 0 or top < 0 or right > self.image.width or bottom > self.image.height
        self.clash |= (
            cut
            or bool(inside.all(1).any())
            or any(owner != index and box.overlap(label) > 0 for owner, box in self.boxes)
        )
        self.boxes.append((index, label))

    def _stack(self, index: int, tokens: list[str], direction: int) -> None:
        """Write tokens above (-1) or below (1) a node."""
        large, small = self._fonts()
        box = large.getbbox("H", anchor="ls")
        x = self.places[index][0] - large.getlength(tokens[0][0]) / 2
        height = box[3] - box[1]
        y = self.places[index][1] + height / 2 + direction * (height * 1.2 + OVERSAMPLING)
        fonts = [small if token.isdigit() and self.style.subscripts else large for token in tokens]
        long = sum(font.getlength(token) for font, token in zip(fonts, tokens, strict=True))
        self._clear(index, x, y - height, x + (long if len(tokens) > 2 else large.getlength(tokens[0])), y)
        for token, font in zip(tokens, fonts, strict=True):
            self.ink.text((x, y + (0.25 * large.size if font is small else 0)), token, 0, font, anchor="ls")
            x += font.getlength(token)

    def _fonts(self) -> tuple[ImageFont.FreeTypeFont, ImageFont.FreeTypeFont]:
        size = max(MIN_LABEL_EM_PX * OVERSAMPLING, round(self.style.text * self.unit))
        return _font(self.style.font, size), _font(self.style.font, round(0.7 * size))

    def _charge(self, index: int, charge: int, right: float) -> None:
        """Draw a plus or a minus at the upper right."""
        large, _ = self._fonts()
        arm = 0.17 * large.size
        x = self.places[index][0] + (right or 0.4 * large.size) + 1.4 * arm
        y = self.places[index][1] - 0.4 * large.size
        outer = arm * 1.6
        self.ink.ellipse([x - outer, y - outer, x + outer, y + outer], 255)
        self.ink.line([x - arm, y, x + arm, y], 0, max(OVERSAMPLING, self.width))
        if charge > 0:
            self.ink.line([x, y - arm, x, y + arm], 0, max(OVERSAMPLING, self.width))
        if self.style.circled_charges:
            self.ink.ellipse([x - outer, y - outer, x + outer, y + outer], None, 0, OVERSAMPLING)
