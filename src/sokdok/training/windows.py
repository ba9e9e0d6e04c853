"""Windows of lines: what the recogniser learns from, cut from drawn pictures, kept in shards and worn anew each time.

- A window is 512 pixels of a line set 32 pixels high, with the symbols in it and where their boxes begin and end.
- Pictures come from pages (neighbours, rules, columns), strips (diversity of fonts and damage) and hands; each serves
  a few windows, scattered, since one font a batch teaches nothing.
- The frame of a line is shaken: no line finder is exact.
- Some windows hold short texts side by side, each alone on its paper: labels and cells, which no neighbour explains.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from sokdok.model.row_format import HEIGHT
from sokdok.reading.nano.lines.row_image import MARGIN, Frame, cut
from sokdok.synth.truth import SyntheticPage

WIDTH = 512
"""of a window, pixels"""
MOST = 160
"""symbols in a window; one with more is left out"""
LABELS = 4
"""short texts that share a window"""
POOL = 160
"""pictures among which the next window is chosen"""


class Window(NamedTuple):
    """A stretch of a line, or short texts side by side."""

    ink: np.ndarray
    """(32, 512) uint8, as it is cut: paper of any grey, white text on black"""
    symbols: np.ndarray
    """(N,) int32 code points"""
    spans: np.ndarray
    """(N, 2) float32: pixels of the window where their boxes begin and end"""
    unknown: np.ndarray
    """(M, 2) float32: stretches whose symbols the window's edge cuts"""


@dataclass(frozen=True)
class LineTruth:
    """A line on a page: its symbols and their boxes (N, 4) in page pixels."""

    text: str
    boxes: np.ndarray


@dataclass(frozen=True)
class Shake:
    """How a frame differs from its line: ranges of its height and of its squeeze, deviation of its middle in ems."""

    height: tuple[float, float]
    across: tuple[float, float]
    middle: float


_LINE = Shake((0.88, 1.2), (0.42, 1.2), 0.05)
_LABEL = Shake((0.8, 1.35), (0.6, 1.2), 0.08)


@dataclass(frozen=True)
class Pictures:
    """A kind of picture: how one is drawn from a seed, how many windows it serves, and its share of the windows."""

    draw: Callable[[int], SyntheticPage]
    uses: int
    share: float


class Windows:
    """Endless windows from kinds of pictures.

    readable: code points that may be in a window. labels: share of windows that hold short texts.
    """

    def __init__(self, kinds: Mapping[str, Pictures], readable: frozenset[int], labels: float, seed: int) -> None:
        self.kinds, self.readable, self.labels = kinds, readable, labels
        self.rng, self.drawn = random.Random(f"windows {seed}"), seed * 10**9
        self.pool: list[tuple[np.ndarray, list[LineTruth], int]] = []

    def __iter__(self) -> Iterator[Window]:
        rng = self.rng
        while True:
            made = self._labelled() if rng.random() < self.labels else window(*self._line(), WIDTH, _LINE, rng)
            if len(made.symbols) <= MOST:
                yield made

    def _line(self) -> tuple[np.ndarray, LineTruth]:
        """A line of a picture of the pool, and the picture; one that has served its time makes room for another."""
        rng = self.rng
        while len(self.pool) < POOL:
            self._draw()
        at = rng.randrange(POOL)
        pixels, lines, left = self.pool[at]
        self.pool[at] = pixels, lines, left - 1
        if left <= 1:
            self.pool.pop(at)
        weights = [min(len(line.text), 40) for line in lines]  # the length decides how much there is to learn
        return pixels, rng.choices(lines, weights)[0]

    def _draw(self) -> None:
        names = list(self.kinds)
        name = self.rng.choices(names, [self.kinds[n].share / self.kinds[n].uses for n in names])[0]
        self.drawn += 1
        page = self.kinds[name].draw(self.drawn)
        lines = [line for line in lines_of(page) if self.readable.issuperset(map(ord, line.text))]
        if lines:
            self.pool.append((page.pixels, lines, self.kinds[name].uses))

    def _labelled(self) -> Window:
        """A few short texts side by side."""
        pieces, width = [], WIDTH // LABELS
        for i in range(LABELS):
            pixels, line = self._line()
            made = window(*alone(pixels, some_words(line, self.rng)), width, _LABEL, self.rng)
            pieces.append(made._replace(spans=made.spans + i * width, unknown=made.unknown + i * width))
        ink, *rest = zip(*pieces, strict=True)
        return Window(np.concatenate(ink, 1), *map(np.concatenate, rest))


def lines_of(page: SyntheticPage) -> list[LineTruth]:
    """The lines of a page that hold anything."""
    ends = [i for i, symbol in enumerate(page.symbols) if symbol == "\n"]
    spans = zip([0, *(end + 1 for end in ends)], ends, strict=False)
    lines = [LineTruth(page.symbols[a:b], page.boxes[a:b]) for a, b in spans]
    return [line for line in lines if line.text.strip()]


def window(pixels: np.ndarray, line: LineTruth, width: int, shake: Shake, rng: random.Random) -> Window:
    """A stretch of a line, `width` pixels of it once set 32 pixels high and squeezed."""
    boxes = line.boxes
    em = float(boxes[0, 3] - boxes[0, 1])
    height = em * (1 + 2 * MARGIN) * rng.uniform(*shake.height)
    across = HEIGHT / height * rng.uniform(*shake.across)
    length = width / across
    room = boxes[-1, 2] - boxes[0, 0] - length
    left = boxes[0, 0] - rng.uniform(0.05, 0.6) * em if room < 0 else boxes[0, 0] + rng.uniform(-0.6 * em, room)
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    slope = float(np.polyfit(boxes[:, 0], middle, 1)[0]) if len(boxes) > 3 else 0.0
    tilt = rng.gauss(0, 0.004)  # about the window's middle: about the line's start it would leave a long line
    y = float(middle[0]) + slope * (left - float(boxes[0, 0])) - tilt * length / 2
    y += rng.gauss(0, shake.middle) * em
    frame = Frame(float(left), y, slope + tilt, length, height, stop=float(boxes[-1, 2]) + 0.3 * em)
    spans = (boxes[:, [0, 2]] - left) * across
    begin, end = spans.T
    inside = (begin >= -0.2 * (end - begin)) & (end <= width)
    cut_off = ~inside & (end > 0) & (begin < width)
    symbols = np.array([ord(c) for c in line.text], np.int32)[inside]
    return Window(cut(pixels, frame, width), symbols, spans[inside].astype(np.float32), spans[cut_off].clip(0, width))


def some_words(line: LineTruth, rng: random.Random) -> LineTruth:
    """A word of a line, at times with its neighbour."""
    ends = [match.span() for match in re.finditer(r"\S+", line.text)]
    at = rng.randrange(len(ends))
    last = min(at + rng.choice([0, 0, 1]), len(ends) - 1)
    span = slice(ends[at][0], ends[last][1])
    return LineTruth(line.text[span], line.boxes[span])


def alone(pixels: np.ndarray, line: LineTruth) -> tuple[np.ndarray, LineTruth]:
    """The part of a page that holds a line, without what stands left and right of it, and the line there."""
    rim = 0.08 * float(line.boxes[0, 3] - line.boxes[0, 1])
    left, right = max(0, int(line.boxes[0, 0] - rim)), math.ceil(line.boxes[-1, 2] + rim)
    return pixels[:, left:right], LineTruth(line.text, line.boxes - np.array([left, 0, left, 0], np.float32))
