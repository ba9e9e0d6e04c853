"""Handwriting: lines and short paragraphs in fonts drawn after hands, written unevenly, with exact truth.

- A hand has its slant, width, pressure, colour and unsteadiness; each glyph is turned, scaled and shifted a little,
  words stray from the baseline, lines wander and drift, and the whole is distorted elastically. The boxes follow.
- Pens of old letters lean far to the right and draw the strokes between letters out, so that words are half again as
  wide as a font has them, and stand far apart.
- Written on paper that is plain, ruled, squared or framed, of any tint, grainy, and scanned or photographed.

    maker = HandwritingMaker(hands_of(FontBook(folder)), Words(), {"en": 0.7, "ko": 0.3})
    page = maker.page(seed=7)     # pixels are (H, W, 3)
    page.text, page.text_boxes
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from PIL import Image

from sokdok.errors import InputError
from sokdok_lab.synth.pages.fonts import Family, Font, FontBook
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.pages.typeset import Line, TextStyle, set_text, symbol_boxes
from sokdok_lab.synth.pages.words import Phrases, Source
from sokdok_lab.synth.wear import SCAN, Wear, displacement, press, sheet, smooth_noise, stain, warp, warp_boxes

HANDS = re.compile(
    r"hand|script|(?<!o)pen\b|barunpen|penheulim|brush|allura|aurore|breip|caveat|cedarville|chancery|comic|delphine"
    r"|doulaise|great vibes|haviland|homemade apple|italianno|joscelyn|kiloji|kirang|kkubulim|klee|kristi|parisienne"
    r"|pilgia|purisa|sacramento|seto|steve|tangerine|vada|yeonsung|yusei|z003",
    re.IGNORECASE,
)  # names of families that look handwritten
_INKS = ((25, 25, 30), (25, 25, 30), (20, 40, 110), (30, 60, 160), (60, 40, 30), (90, 90, 95), (150, 30, 30))
_MARGIN_EM = 1.2
WEAR = replace(SCAN, toned=Wear.toned)
WIDEST = 2.0  # of a hand: times as wide as its font
LINES = (1, 1, 1, 2, 3, 4, 5, 6, 8)  # how many of a text, one as likely as another


def hands_of(book: FontBook) -> list[Family]:
    """List the families of a book of all kinds of fonts that look handwritten by their names; all if none does."""
    named = [family for family in book.families.values() if HANDS.search(family.name)]
    return [family for family in named if family.latin] or book.latin


@dataclass(frozen=True)
class Hand:
    """How somebody writes; lengths in ems, angles in radians."""

    font: Font
    size: float  # pixels per em
    slant: float  # rise to the right: the tangent of the angle
    width: float  # of its writing, in that of its font
    unsteadiness: float  # 0 is a machine, 1 a scrawl
    color: tuple[int, int, int]


class HandwritingMaker:
    """Writes in handwriting fonts the words of a source, some of each of `kinds`.

    lines: how many of a text, one as likely as another. damage: as in `wear.photograph`. Raises InputError where no
    font has the letters of a kind.
    """

    def __init__(
        self, hands: Sequence[Family], source: Source, kinds: Mapping[str, float], *, lines: Sequence[int] = LINES,
        damage: float = 1.0,
    ) -> None:  # fmt: skip
        self.hands = list(hands)
        self.korean = [family for family in self.hands if family.korean]
        self.source, self.lines, self.damage = source, lines, damage
        self.kinds = {kind: weight for kind, weight in kinds.items() if kind == "en" or self.korean}
        if not self.kinds:
            raise InputError("no handwriting font has Hangul; lab/scripts/fetch_fonts.py --handwriting fetches some")

    def page(self, seed: int | str) -> SyntheticPage:
        """Write a line or a paragraph; (H, W, 3), about 200 to 1,300 pixels wide."""
        rng = random.Random(seed)
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        hand = _choose_hand(rng.choice(self.hands if kind == "en" else self.korean), rng)
        lines = self._lines(hand, kind, rng)
        pages = _Writing(hand, lines, rng)
        ink, boxes = pages.ink()
        pixels = _on_paper(ink, lines, hand, rng)
        text = "".join(line.text + "\n" for line in lines)
        block = Block("paragraph", 0, len(text))
        return SyntheticPage(WEAR(pixels, rng, damage=self.damage), text, boxes, (block,))

    def _lines(self, hand: Hand, kind: str, rng: random.Random) -> list[Line]:
        """Set the lines of a text, broken to a width, each on its baseline."""
        style = TextStyle(
            hand.font,
            hand.font,
            hand.size,
            leading=rng.uniform(1.15, 2.0),
            tracking=rng.uniform(-0.02, 0.08),
            word_space=rng.uniform(0.9, 2.2),
            indent=rng.choice([0, 0, 1.5]) * hand.size,
            break_hangul=rng.random() < 0.3,
        )
        phrases = Phrases(self.source, kind, None, style.covers, rng)
        count = rng.choice(self.lines)
        width = hand.size * rng.uniform(8, 22)
        lines = set_text(phrases.take(int(count * width / (0.45 * hand.size))), style, width, rng)[:count]
        return [line.moved(_MARGIN_EM * hand.size, (_MARGIN_EM + 0.8) * hand.size + i * style.pitch)
                for i, line in enumerate(lines)]  # fmt: skip


def _choose_hand(family: Family, rng: random.Random) -> Hand:
    return Hand(
        family.style("bold" if rng.random() < 0.1 else "regular"),
        size=rng.uniform(26, 62),
        slant=rng.gauss(0.08, 0.14) if rng.random() < 0.6 else rng.uniform(0.0, 0.7),
        width=rng.choice([1.0, rng.uniform(0.8, WIDEST)]),
        unsteadiness=rng.random() ** 1.5,
        color=rng.choice(_INKS),
    )


@dataclass
class _Writing:
    """Lines being written by a hand."""

    hand: Hand
    lines: list[Line]
    rng: random.Random
    canvas: np.ndarray = field(init=False)
    _glyphs: dict[str, tuple[Image.Image, float, float]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        size = self.hand.size
        width = max(line.end for line in self.lines) + _MARGIN_EM * size
        height = self.lines[-1].y + (_MARGIN_EM + 0.3) * size
        self.canvas = np.zeros((math.ceil(height), math.ceil(width)), np.uint8)
        self.font = self.hand.font.at(size)

    def ink(self) -> tuple[np.ndarray, np.ndarray]:
        """Write everything: ink (H, W) float32 in 0..1 and the boxes (N, 4) of the symbols."""
        boxes = np.concatenate([self._write(line) for line in self.lines])
        height, width = self.canvas.shape
        drawn = Image.fromarray(self.canvas).resize((round(width * self.hand.width), height), Image.Resampling.BILINEAR)
        boxes[:, ::2] *= drawn.width / width
        noise = np.random.default_rng(self.rng.getrandbits(64))
        size, unsteadiness = self.hand.size, self.hand.unsteadiness
        weight = self.rng.uniform(-0.5, 0.9)
        pressed = press(np.asarray(drawn), size * self.rng.uniform(0.01, 0.035), weight, 0.06 * unsteadiness, noise)
        offsets = displacement(pressed.shape, size, size * 0.03 * unsteadiness, noise)
        offsets += displacement(pressed.shape, 6 * size, size * 0.08 * unsteadiness, noise)
        written = warp(pressed, offsets) / 255
        fading = 0.25 * self.rng.random() * (1 + smooth_noise(pressed.shape, 2 * size, noise))
        return written * np.clip(1 - fading, 0.35, 1), warp_boxes(boxes, offsets)

    def _write(self, line: Line) -> np.ndarray:
        """Draw a line; return the boxes of its symbols and of the line feed behind it."""
        rng, size, unsteadiness = self.rng, self.hand.size, self.hand.unsteadiness
        drift, sway = rng.gauss(0, 0.012) * unsteadiness, rng.gauss(0, 0.06) * unsteadiness * size
        period, phase = rng.uniform(8, 25) * size, rng.uniform(0, math.tau)
        rises, step = np.zeros(len(line.text) + 1), 0.0
        for i, (char, x) in enumerate(zip(line.text, line.x.tolist(), strict=True)):
            if char == " ":
                step = rng.gauss(0, 0.04) * unsteadiness * size
            rises[i] = step + drift * (x - line.x[0]) + sway * math.sin(math.tau * x / period + phase)
            if char != " ":
                self._glyph(char, x + rng.gauss(0, 0.015) * unsteadiness * size, line.y + rises[i])
        rises[-1] = rises[-2]
        _, boxes = symbol_boxes([line])
        boxes[:, 1::2] += rises[:, None]
        return boxes

    def _glyph(self, char: str, x: float, y: float) -> None:
        """Lay down one glyph, its pen at (x, y), turned, leaning and scaled."""
        picture, left, top = self._picture(char)
        matrix = self._shape()
        corners = np.array([[left + dx, top + dy] for dx in (0, picture.width) for dy in (0, picture.height)])
        moved = corners @ matrix.T + (x, y)
        x0, y0 = np.floor(moved.min(0)).astype(int)
        x1, y1 = np.ceil(moved.max(0)).astype(int) + 1
        inverse = np.linalg.inv(matrix)
        origin = inverse @ np.array([x0 - x, y0 - y]) - (left, top)
        spread = (inverse[0, 0], inverse[0, 1], origin[0], inverse[1, 0], inverse[1, 1], origin[1])
        drawn = picture.transform(
            (int(x1 - x0), int(y1 - y0)), Image.Transform.AFFINE, spread, Image.Resampling.BILINEAR
        )
        _blend(self.canvas, np.asarray(drawn), x0, y0)

    def _shape(self) -> np.ndarray:
        """Choose the matrix (2, 2) from the font's glyph to this hand's, a little different each time."""
        rng, unsteadiness = self.rng, self.hand.unsteadiness
        turn, slant = rng.gauss(0, 0.05) * unsteadiness, self.hand.slant + rng.gauss(0, 0.05) * unsteadiness
        wide, high = 1 + rng.gauss(0, 0.05) * unsteadiness, 1 + rng.gauss(0, 0.06) * unsteadiness
        rotation = np.array([[math.cos(turn), -math.sin(turn)], [math.sin(turn), math.cos(turn)]])
        return rotation @ np.array([[wide, -slant], [0, high]])

    def _picture(self, char: str) -> tuple[Image.Image, float, float]:
        """Draw a glyph as the font has it, with a rim of two pixels; return its corner from the pen too."""
        if char not in self._glyphs:
            mask, (left, top) = self.font.getmask2(char, mode="L", anchor="ls")
            ink = np.frombuffer(bytes(mask), np.uint8).reshape(mask.size[1], mask.size[0])
            self._glyphs[char] = Image.fromarray(np.pad(ink, 2)), left - 2, top - 2
        return self._glyphs[char]


def _blend(canvas: np.ndarray, ink: np.ndarray, left: int, top: int) -> None:
    """Lay ink on the canvas; what lies outside is cut off."""
    height, width = canvas.shape
    rows = slice(max(0, -top), max(0, min(ink.shape[0], height - top)))
    columns = slice(max(0, -left), max(0, min(ink.shape[1], width - left)))
    part = ink[rows, columns]
    spot = canvas[top + rows.start : top + rows.start + part.shape[0],
                  left + columns.start : left + columns.start + part.shape[1]]  # fmt: skip
    np.maximum(spot, part, out=spot)


def _on_paper(ink: np.ndarray, lines: list[Line], hand: Hand, rng: random.Random) -> np.ndarray:
    """Lay the writing on a sheet: pixels (H, W, 3) uint8."""
    noise = np.random.default_rng(rng.getrandbits(64))
    tint = np.array([rng.randint(225, 255)] * 3, np.float32) - (0, rng.choice([0, 0, 8]), rng.choice([0, 0, 12, 40]))
    paper = sheet(ink.shape, tint, rng.choice([0, 0.004, 0.015]), noise)
    paper = stain(paper, _ruling_lines(ink.shape, lines, hand.size, rng), np.array(rng.choice(_INKS[2:]), np.float32))
    written = stain(paper, ink, np.array(hand.color, np.float32))
    return np.clip(written, 0, 255).astype(np.uint8)


def _ruling_lines(shape: tuple[int, int], lines: list[Line], size: float, rng: random.Random) -> np.ndarray:
    """Draw ink (H, W) float32 of what is printed on the paper: nothing, lines to write on, a margin line, squares."""
    ink = np.zeros(shape, np.float32)
    strength, pitch = rng.uniform(0.15, 0.6), lines[0].style.pitch
    kind = rng.choice(["plain", "plain", "ruled", "ruled", "margin", "squares"])
    if kind in ("ruled", "margin"):
        below = 0.15 * size * rng.uniform(0, 2)
        for y in np.arange(lines[0].y + below - pitch, shape[0], pitch):
            ink[max(0, round(y)) : max(0, round(y)) + rng.choice([1, 1, 2])] = strength
    if kind == "margin":
        x = round(rng.uniform(0.3, 0.9) * _MARGIN_EM * size)
        ink[:, x : x + 2] = strength
    if kind == "squares":
        step = size * rng.uniform(0.5, 1.2)
        ink[np.arange(0, shape[0], step).astype(int)] = strength * 0.6
        ink[:, np.arange(0, shape[1], step).astype(int)] = strength * 0.6
    return ink
