"""Windows of lines cut from drawn pages, with the symbol at every 2 pixels: what the recogniser is trained on.

- Lines are cut from whole pages, so that neighbours, ruling lines and damage come along as they do when a page is read.
- A batch takes its lines from many pages of many fonts, since one font a step teaches nothing; a page serves several
  batches.
- The frame of a line is jittered: no text detector is exact.
- Some windows hold short texts side by side, each alone on its paper: labels of charts and cells of tables, which no
  neighbour explains and whose frames are the least exact.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from functools import lru_cache

import numpy as np

from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.formats.recogniser import HEIGHT, PITCH
from sokdok.model.nano.line_image import cut, stretch
from sokdok.synth.pages.truth import SyntheticPage
from sokdok.training.lines.windows import CUT_TOLERANCE, SHORT_TEXTS, WIDTH_PX, Jitter, alone, placed, some_words
from sokdok.training.pictures import LineTruth, lines_of

IGNORED = -100
"""class of steps that nothing is asked of"""
UNDERLINED_SHARE = 0.1
"""share of the windows of lines that are underlined"""
RULED_SHARE = 0.2
"""share of the short texts with a line of a chart's grid, or a tick"""

Window = tuple[np.ndarray, np.ndarray]
"""ink (32, 512) uint8 and the class triples (256, 3) of its steps"""


LINE_JITTER = Jitter(height=(0.9, 1.15), squeeze=(0.42, 1.2), middle_em=0.05)
SHORT_TEXT_JITTER = Jitter(height=(0.8, 1.35), squeeze=(0.75, 1.2), middle_em=0.08)


class LineWindows:
    """Windows by the number of their batch, cut from drawn pages.

    page: draws the page of a seed. pool: pages that a batch draws from, `fresh` of them new. short_texts: share of the
    windows that hold short texts.
    """

    def __init__(
        self, page: Callable[[int], SyntheticPage], alphabet: Alphabet, *, pool: int, fresh: int, short_texts: float
    ) -> None:
        self.alphabet, self.pool, self.fresh, self.short_texts = alphabet, pool, fresh, short_texts
        self.page = lru_cache(pool + fresh)(lambda seed: (drawn := page(seed), self._readable(drawn)))

    def _readable(self, page: SyntheticPage) -> list[LineTruth]:
        """Choose the lines of a page that the alphabet can spell."""
        return [line for line in lines_of(page) if self.alphabet.code_points.issuperset(map(ord, line.text))]

    def batch(self, number: int, size: int) -> list[Window]:
        """Cut the windows of a batch."""
        rng = random.Random(f"rows {number}")
        return [
            self._several(number, rng) if rng.random() < self.short_texts else self._single(number, rng)
            for _ in range(size)
        ]

    def _drawn(self, number: int, rng: random.Random) -> tuple[np.ndarray, list[LineTruth]]:
        """Choose a page of the pool that has lines: its pixels and them."""
        while True:
            page, lines = self.page(number * self.fresh - rng.randrange(self.pool) + self.pool)
            if lines:
                return page.pixels, lines

    def _single(self, number: int, rng: random.Random) -> Window:
        """Cut a span of a line."""
        pixels, lines = self._drawn(number, rng)
        ink, labels, em = self._window(pixels, _choose(lines, rng), WIDTH_PX, LINE_JITTER, rng)
        if rng.random() < UNDERLINED_SHARE:
            ink = underlined(ink, HEIGHT / 2 + rng.uniform(0.38, 0.5) * em, rng)
        return shade(ink, rng), labels

    def _several(self, number: int, rng: random.Random) -> Window:
        """Cut a few short texts and set them side by side."""
        pieces = []
        for _ in range(SHORT_TEXTS):
            pixels, lines = self._drawn(number, rng)
            pixels, line = alone(pixels, some_words(rng.choice(lines), rng))
            ink, labels, _ = self._window(pixels, line, WIDTH_PX // SHORT_TEXTS, SHORT_TEXT_JITTER, rng)
            if rng.random() < RULED_SHARE:
                ink = ruled(ink, labels[:, 0] != self.alphabet.classes, rng)
            pieces.append((shade(ink, rng), labels))
        inks, label_parts = zip(*pieces, strict=True)
        return np.concatenate(inks, 1), np.concatenate(label_parts)

    def _window(
        self, pixels: np.ndarray, line: LineTruth, width: int, jitter: Jitter, rng: random.Random
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Cut ink (32, width) uint8 of a span of a line, the classes (width / 2, 3) of its steps, and its em there."""
        frame, squeeze = placed(line, width, jitter, rng)
        em = float(line.boxes[0, 3] - line.boxes[0, 1])
        labels = self._labels(line, frame.left, squeeze, width)
        return cut(pixels, frame, width), labels, em * HEIGHT / frame.height

    def _labels(self, line: LineTruth, left: float, squeeze: float, width: int) -> np.ndarray:
        """Label every step: the middle half of a symbol is of its class; what the window's edge cuts is IGNORED."""
        labels = np.full((width // PITCH, 3), IGNORED, np.int64)
        labels[:, 0] = self.alphabet.classes
        triples = self.alphabet.encode(np.array([ord(c) for c in line.text]))
        begins = (line.boxes[:, 0] - left) * squeeze / PITCH
        ends = (line.boxes[:, 2] - left) * squeeze / PITCH
        for begin, end, triple in zip(begins, ends, triples, strict=True):
            if begin < -CUT_TOLERANCE * (end - begin) or end > len(labels):
                labels[max(0, round(begin)) : max(0, round(end))] = IGNORED
                continue
            count = max(1, round((end - begin) / 2))
            start = max(0, round((begin + end - count) / 2))
            labels[start : start + count] = triple
        return labels


def _choose(lines: list[LineTruth], rng: random.Random) -> LineTruth:
    """Choose long lines more often: the length decides how much there is to learn."""
    return rng.choices(lines, [min(len(line.text), 40) for line in lines])[0]


def ruled(ink: np.ndarray, symbols: np.ndarray, rng: random.Random) -> np.ndarray:
    """Draw a line of a chart's grid behind a short text, or a tick beside it; the labels stay, as neither is text.

    symbols: steps that are of a symbol.
    """
    result, dark = ink.copy(), int(np.percentile(ink, 99))
    y, thick = rng.randrange(HEIGHT), rng.randint(1, 2)
    if rng.random() < 0.5 or not symbols.any():
        result[y : y + thick] = np.maximum(result[y : y + thick], int(dark * rng.uniform(0.15, 0.5)))
        return result
    start = PITCH * int(np.nonzero(symbols)[0][-1]) + rng.randint(10, 18)
    y = HEIGHT // 2 + rng.randint(-4, 3)
    result[y : y + thick, start : start + rng.randint(4, 12)] = dark
    return result


def underlined(ink: np.ndarray, y: float, rng: random.Random) -> np.ndarray:
    """Underline a span of a line, `y` pixels from the top; the labels stay."""
    start = rng.randrange(WIDTH_PX)
    top, left, right = round(y), max(0, start - rng.randint(20, WIDTH_PX)), start
    result = ink.copy()
    result[top : top + rng.randint(1, 2), left:right] = int(np.percentile(ink, 99))
    return result


def shade(ink: np.ndarray, rng: random.Random) -> np.ndarray:
    """Print white on black at times, tint the paper, take contrast; then stretch as the reader does what it cuts."""
    x = ink.astype(np.float32)
    if rng.random() < 0.3:
        x = x * rng.uniform(0.3, 1) + rng.uniform(0, 60)
    if rng.random() < 0.15:
        x += np.linspace(rng.uniform(-30, 30), rng.uniform(-30, 30), ink.shape[1], dtype=np.float32)
    if rng.random() < 0.1:
        x = 255 - x
    return stretch(x)
