"""Handwriting: lines and short paragraphs in fonts drawn after hands, written unevenly, with exact truth.

- A hand has its slant, width, pressure, colour and unsteadiness; letters are bent each in its own way, words stray from
  the baseline, lines wander and drift. The boxes follow.
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
from dataclasses import dataclass, replace

import numpy as np
from PIL import Image

from sokdok.errors import InputError
from sokdok_lab.synth.pages.fonts import Family, Font, FontBook
from sokdok_lab.synth.pages.strips import sheared
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.pages.typeset import Canvas, Line, TextStyle, set_text, symbol_boxes
from sokdok_lab.synth.pages.words import Phrases, Source
from sokdok_lab.synth.wear import SCAN, displacement, press, sheet, smooth_noise, stain, warp, warp_boxes

HANDS = re.compile(
    r"hand|script|(?<!o)pen\b|barunpen|penheulim|brush|allura|aurore|breip|caveat|cedarville|chancery|comic|delphine"
    r"|doulaise|great vibes|haviland|homemade apple|italianno|joscelyn|kiloji|kirang|kkubulim|klee|kristi|parisienne"
    r"|pilgia|purisa|sacramento|seto|steve|tangerine|vada|yeonsung|yusei|z003",
    re.IGNORECASE,
)  # names of families that look handwritten
_INKS = ((25, 25, 30), (25, 25, 30), (20, 40, 110), (30, 60, 160), (60, 40, 30), (90, 90, 95), (150, 30, 30))
_MARGIN_EM = 1.2
SIZES_PX = (26, 32, 38, 44, 50, 56, 62)  # pixels per em: few, so that glyphs are found again
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
    size: int  # pixels per em
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
        ink, boxes = _written(lines, hand, rng)
        pixels = _on_paper(ink, lines, hand, rng)
        text = "".join(line.text + "\n" for line in lines)
        block = Block("paragraph", 0, len(text))
        return SyntheticPage(SCAN(pixels, rng, damage=self.damage), text, boxes, (block,))

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
        size=rng.choice(SIZES_PX),
        slant=rng.gauss(0.08, 0.14) if rng.random() < 0.6 else rng.uniform(0.0, 0.7),
        width=rng.choice([1.0, rng.uniform(0.8, WIDEST)]),
        unsteadiness=rng.random() ** 1.5,
        color=rng.choice(_INKS),
    )


def _written(lines: list[Line], hand: Hand, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
    """Write lines: ink (H, W) float32 in 0..1 and the boxes (N, 4) of the symbols, line feeds included.

    No letter comes out like another: the sheet is drawn out of shape at the scale of letters, of words and of lines.
    """
    size, unsteadiness = hand.size, hand.unsteadiness
    noise = np.random.default_rng(rng.getrandbits(64))
    width = math.ceil(max(line.end for line in lines) + _MARGIN_EM * size)
    ink = np.zeros((math.ceil(lines[-1].y + (_MARGIN_EM + 0.3) * size), width), np.uint8)
    for line in lines:  # each leans about its own middle
        strip, top = Canvas((width, 2 * size)), round(line.y - 1.3 * size)
        strip.line(replace(line, y=1.3 * size))
        leaning, _ = sheared(strip.ink, symbol_boxes([replace(line, y=1.3 * size)])[1], hand.slant)
        rim, spot = (leaning.shape[1] - width) // 2, ink[top : top + 2 * size]
        np.maximum(spot, leaning[: len(spot), rim : rim + width], out=spot)
    _, boxes = symbol_boxes(lines)
    drawn = Image.fromarray(ink).resize((round(width * hand.width), len(ink)), Image.Resampling.BILINEAR)
    boxes[:, ::2] *= drawn.width / width
    weight = rng.uniform(-0.5, 0.9)
    pressed = press(np.asarray(drawn), size * rng.uniform(0.01, 0.035), weight, 0.06 * unsteadiness, noise)
    offsets = np.zeros((2, *pressed.shape), np.float32)
    for cell, reach in ((0.6, 0.035), (1.5, 0.03), (6, 0.08)):
        offsets += displacement(pressed.shape, cell * size, reach * size * unsteadiness, noise)
    drift = rng.gauss(0, 0.012) * unsteadiness
    offsets[1] -= drift * np.arange(pressed.shape[1], dtype=np.float32)
    fading = 0.25 * rng.random() * (1 + smooth_noise(pressed.shape, 2 * size, noise))
    return warp(pressed, offsets) / 255 * np.clip(1 - fading, 0.35, 1), warp_boxes(boxes, offsets)


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
