"""Joined handwriting: a few lines of one writer, with exact truth, on paper that was scanned or photographed.

    maker = CursiveMaker(Words(), {"en": 0.7, "ko": 0.3})
    page = maker.page(seed=7)     # pixels are (H, W), grey
    page.text, page.text_boxes

Fonts of hands (`synth.pages.handwriting`) are some two hundred writers; here each page has a writer of its own, and no
font is needed.
"""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

import numpy as np

from sokdok_lab.synth.cursive.pen import Pen, draw
from sokdok_lab.synth.cursive.writer import Writer, Written
from sokdok_lab.synth.pages.paper import press
from sokdok_lab.synth.pages.strips import scanned
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.synth.pages.words import Source

SIZES_PX = (8.0, 24.0)  # height of an x
LINES = (1, 2, 2, 3, 3, 4)  # how many of a page, one as likely as another
LENGTHS = (8, 24, 40, 60)  # characters of a line, one as likely as another
EMS = (2.4, 4.0)  # height of a symbol's box, in heights of an x
BELOW = 0.28  # share of it that is below the baseline
STROKES_EM = 0.5  # of its em has a font with strokes as thin: what blur spares them


PRESSED_SHARE = 0.3  # of pages, whose ink has spread or worn off
RULED_SHARE, UNDERLINED_SHARE = 0.25, 0.03  # of sheets, with lines to write on; of words, with a line below


class CursiveMaker:
    """Writes words of a source, some of each of `kinds`; characters that no writer knows are left out."""

    def __init__(self, source: Source, kinds: Mapping[str, float]) -> None:
        self.source, self.kinds = source, dict(kinds)

    def page(self, seed: int | str) -> SyntheticPage:
        """Write a few lines; some 100 to 1,500 pixels wide."""
        rng = random.Random(seed)
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        sheet = _Sheet(Writer(rng, korean=kind == "ko"), rng)
        lines = self._lines(kind, sheet.writer, rng)
        for words in lines:
            sheet.line(words)
        size = rng.uniform(*SIZES_PX)
        ink = sheet.ink(size)
        if rng.random() < PRESSED_SHARE:
            noise = np.random.default_rng(rng.getrandbits(64))
            ink = press(ink, size * rng.uniform(0.03, 0.1), rng.uniform(-0.7, 0.9), rng.choice([0, 0.1, 0.25]), noise)
        pixels = scanned(ink, STROKES_EM * sheet.em * size, rng.choice([0.0, 0.5, 1.0, 1.0, 1.5]), rng)
        text = "".join(" ".join(words) + "\n" for words in lines)
        return SyntheticPage(pixels, text, sheet.symbol_boxes(size), (Block("paragraph", 0, len(text)),))

    def _lines(self, kind: str, writer: Writer, rng: random.Random) -> list[list[str]]:
        """Choose the words of each line."""
        count, length = rng.choice(LINES), rng.choice(LENGTHS)
        sampled = self.source.sample(kind, count * (length + 20) + 20, rng).split()[1:]
        words = list(filter(None, ("".join(filter(writer.knows, word)) for word in sampled)))
        return list(_broken(words or ["1"], length))[:count]


def _broken(words: Sequence[str], length: int) -> Iterator[list[str]]:
    """Break words into lines of `length` characters at most, one word at least."""
    line: list[str] = []
    for word in words:
        if line and len(" ".join([*line, word])) > length:
            yield line
            line = []
        line.append(word)
    yield line


@dataclass
class _Sheet:
    """What has been written, in heights of an x; x to the right, y downwards."""

    writer: Writer
    rng: random.Random
    curves: list[np.ndarray] = field(default_factory=list)
    boxes: list[np.ndarray] = field(default_factory=list)

    def __post_init__(self) -> None:
        rng = self.rng
        self.em, self.pitch, self.rise = rng.uniform(*EMS), rng.uniform(2.4, 4.6), rng.gauss(0, 0.02)
        self.baseline = 0.0

    def line(self, words: Sequence[str]) -> None:
        """Write a line below those that are there."""
        rng, writer = self.rng, self.writer
        if self.boxes:
            self.baseline += self.pitch
        x = rng.choice([0, 0, rng.uniform(0, 3)])
        for i, word in enumerate(words):
            y = self.baseline - self.rise * x + rng.gauss(0, 1.2 * writer.habits.unsteadiness)
            written = writer.word(word)
            self.curves += [np.array([x, y]) + curve * (1, -1) for curve in written.curves]
            if rng.random() < UNDERLINED_SHARE:
                below = y + rng.uniform(0.2, 0.7)
                self.curves.append(np.array([[x, below], [x + written.width, below + rng.gauss(0, 0.15)]]))
            behind = writer.habits.space * rng.uniform(0.7, 1.3)
            self._box(written, x, y, behind if i < len(words) - 1 else 0.0)
            x += written.width + behind
        self._add_box(x, x, y)  # the line feed

    def _box(self, written: Written, x: float, y: float, space: float) -> None:
        """Note the boxes of a word's letters and, if there is any, of the space behind it."""
        edges = [*written.starts, written.width, *([written.width + space] if space else [])]
        for begin, end in pairwise(edges):
            self._add_box(x + begin, x + end, y)

    def _add_box(self, begin: float, end: float, y: float) -> None:
        middle = 0.5 * self.writer.habits.slant  # half up an x its letters have moved so far
        top, bottom = y - (1 - BELOW) * self.em, y + BELOW * self.em
        self.boxes.append(np.array([begin + middle, top, end + middle, bottom]))

    def _cut_out(self) -> tuple[float, float]:
        """Move all that is written so that the sheet begins at 0, 0; return its width and height."""
        points = np.concatenate([*self.curves, np.array(self.boxes).reshape(-1, 2)])
        left, top = points.min(0) - [self.rng.uniform(0.2, 1.5), self.rng.uniform(0.1, 1.5)]
        self.curves = [curve - (left, top) for curve in self.curves]
        self.boxes = [box - (left, top, left, top) for box in self.boxes]
        self.baseline -= top
        width, height = points.max(0) - (left, top)
        return float(width) + self.rng.uniform(0.2, 2), float(height) + self.rng.uniform(0.1, 1.5)

    def ink(self, size: float) -> np.ndarray:
        """Draw it with a pen, `size` pixels to an x: ink (H, W) uint8."""
        width, height = self._cut_out()
        shape = math.ceil(height * size), math.ceil(width * size)
        ink = draw(self.curves, Pen(self.rng), shape, size)
        return np.maximum(ink, self._ruling(shape, size)) if self.rng.random() < RULED_SHARE else ink

    def _ruling(self, shape: tuple[int, int], size: float) -> np.ndarray:
        """Pale lines to write on, as far apart as the lines are: ink (H, W) uint8."""
        ink = np.zeros(shape, np.uint8)
        first = self.baseline + self.rng.choice([self.rng.uniform(0, 0.3), self.rng.uniform(0, self.pitch)])
        thick, tone = self.rng.choice([1, 1, 2]), self.rng.randint(25, 130)
        for y in np.arange(first % self.pitch, shape[0] / size, self.pitch):
            ink[round(y * size) : round(y * size) + thick] = tone
        return ink

    def symbol_boxes(self, size: float) -> np.ndarray:
        """Boxes (N, 4) float32 in pixels, `size` to an x."""
        return np.array(self.boxes, np.float32) * size
