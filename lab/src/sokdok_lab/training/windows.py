"""Windows of lines: what the recogniser learns from, cut from drawn pictures, kept for a while and worn anew each time.

- A window is 512 pixels of a line set 32 pixels high, with the symbols in it and where their boxes begin and end.
- Pictures come from pages and tables (neighbours, rules, columns), from strips (diversity of fonts and damage) and from
  hands; each serves a few windows, scattered, since one font a batch teaches nothing.
- The frame of a line is jittered: no text detector is exact.
- Some windows hold short texts side by side, each alone on its paper: labels and cells, which no neighbour explains.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import islice
from typing import NamedTuple

import numpy as np
import torch

from sokdok.model.nano.alphabet import Alphabet, as_read
from sokdok.model.nano.formats.lines import HEIGHT, MARGIN, PITCH, Frame, cut, stretch
from sokdok_lab.synth.pages.truth import LineTruth, SyntheticPage
from sokdok_lab.synth.wear import Wear
from sokdok_lab.training.recipe import Range
from sokdok_lab.training.task import Batch

WIDTH_PX = 512  # of a window
MOST_SYMBOLS = 160  # in a window; one with more is left out
SHORT_TEXTS = 4  # short texts that share a window
PICTURES = 160  # among which the next window is chosen
INK_WEAR = Wear(  # a little more of what happens to prints, each time a window is seen
    blurred=(0.1, 0.3, 0.9), coarse=(0.08, 0.35, 0.8), gamma=(0.15, 0.6, 1.6), lit=(0.15, 0.02, 0.12),
    noisy=(0.15, 2, 18), jpeg=(0.06, 15, 70), inverted=0.12,
)  # fmt: skip
SHIFTED_SHARE = 0.3  # of the windows, by a pixel up or down
CUT_TOLERANCE = 0.2  # share of its width by which a symbol may reach beyond a window's left edge and still be asked for


class Window(NamedTuple):
    """A span of a line, or short texts side by side."""

    ink: np.ndarray  # (32, 512) uint8, as it is cut: paper of any grey, white text on black
    symbols: np.ndarray  # (N,) int32 code points
    spans: np.ndarray  # (N, 2) float32: pixels of the window where their boxes begin and end
    unknown: np.ndarray  # (M, 2) float32: spans whose symbols the window's edge cuts


@dataclass(frozen=True)
class Jitter:
    """How a frame differs from its line: factors of its height and of its squeeze, deviation of its middle."""

    height: Range
    squeeze: Range
    middle_em: float


LINE_JITTER = Jitter(height=(0.88, 1.2), squeeze=(0.42, 1.2), middle_em=0.05)
SHORT_TEXT_JITTER = Jitter(height=(0.8, 1.35), squeeze=(0.6, 1.2), middle_em=0.08)
HAND_JITTER = Jitter(height=(0.6, 1.3), squeeze=(0.42, 1.2), middle_em=0.1)  # letters fill an em or its third
PEN_JITTER = Jitter(
    height=(0.7, 1.3), squeeze=(0.6, 1.25), middle_em=0.1
)  # writing's own width and height differ already


@dataclass(frozen=True)
class Pictures:
    """A kind of picture: how one is drawn from a seed, how many windows it serves, and its share of the windows."""

    draw: Callable[[int], SyntheticPage]
    uses: int
    share: float
    jitter: Jitter = LINE_JITTER


class Windows:
    """Endless windows from kinds of pictures.

    readable: code points that may be in a window. short_texts: share of windows that hold short texts.
    """

    def __init__(self, kinds: Mapping[str, Pictures], readable: frozenset[int], short_texts: float, seed: int) -> None:
        self.kinds, self.readable, self.short_texts = kinds, readable, short_texts
        self.rng, self.drawn = random.Random(f"windows {seed}"), seed * 10**9
        self.pictures: list[tuple[np.ndarray, list[LineTruth], Jitter, int]] = []

    def __iter__(self) -> Iterator[Window]:
        rng = self.rng
        while True:
            if rng.random() < self.short_texts:
                made = self._several()
            else:
                pixels, lines, jitter = self._picture()
                made = (
                    window(pixels, self._choose(lines), WIDTH_PX, jitter, rng)
                    if lines
                    else without_text(pixels, WIDTH_PX, rng)
                )
            if len(made.symbols) <= MOST_SYMBOLS:
                yield made

    def _choose(self, lines: list[LineTruth]) -> LineTruth:
        """Choose a line; the length decides how much there is to learn."""
        return self.rng.choices(lines, [min(len(line.text), 40) for line in lines])[0]

    def _picture(self) -> tuple[np.ndarray, list[LineTruth], Jitter]:
        """Choose a picture and its lines; one that has served its time makes room for another."""
        rng = self.rng
        while len(self.pictures) < PICTURES:
            self._draw()
        at = rng.randrange(PICTURES)
        pixels, lines, jitter, left = self.pictures[at]
        self.pictures[at] = pixels, lines, jitter, left - 1
        if left <= 1:
            self.pictures.pop(at)
        return pixels, lines, jitter

    def _draw(self) -> None:
        names = list(self.kinds)
        name = self.rng.choices(names, [self.kinds[n].share / self.kinds[n].uses for n in names])[0]
        self.drawn += 1
        page = self.kinds[name].draw(self.drawn)
        # What prints like another symbol is asked for as the other: a picture can't tell them apart.
        lines = [replace(line, text=as_read(line.text)) for line in page.lines]
        lines = [
            line
            for line in lines
            if len(line.text) == len(line.boxes) and self.readable.issuperset(map(ord, line.text))
        ]
        if lines or not page.symbols:
            self.pictures.append((page.pixels, lines, self.kinds[name].jitter, self.kinds[name].uses))

    def _several(self) -> Window:
        """Cut a few short texts and set them side by side."""
        pieces, width = [], WIDTH_PX // SHORT_TEXTS
        for i in range(SHORT_TEXTS):
            pixels, lines, _ = self._picture()
            if lines:
                words = some_words(self._choose(lines), self.rng)
                made = window(*alone(pixels, words), width, SHORT_TEXT_JITTER, self.rng)
            else:
                made = without_text(pixels, width, self.rng)
            pieces.append(made._replace(spans=made.spans + i * width, unknown=made.unknown + i * width))
        ink, *rest = zip(*pieces, strict=True)
        return Window(np.concatenate(ink, 1), *map(np.concatenate, rest))


class Pool:
    """The newest windows of a stream, from which batches are drawn: each window serves several, worn anew each time.

    size: windows that are kept. fresh: new ones for each batch.
    """

    def __init__(self, windows: Iterator[Window], size: int, fresh: int, seed: int) -> None:
        self.windows, self.size, self.fresh = windows, size, fresh
        self.rng = random.Random(f"pool {seed}")
        self.kept: list[Window] = []

    def draw(self, count: int) -> list[Window]:
        """Choose the windows of a batch, some of them seen never before; the first batch waits for enough to choose."""
        new = list(islice(self.windows, max(self.fresh, 2 * count - len(self.kept))))
        old = self.rng.choices([*self.kept, *new], k=count - min(self.fresh, count))
        self.kept = [*self.kept, *new][-self.size :]
        return [*new[: count - len(old)], *old]


def window(pixels: np.ndarray, line: LineTruth, width: int, jitter: Jitter, rng: random.Random) -> Window:
    """Cut a span of a line of a grey page (H, W) uint8: `width` pixels of it once set 32 pixels high and squeezed."""
    boxes = line.boxes
    em = float(boxes[0, 3] - boxes[0, 1])
    height = em * (1 + 2 * MARGIN) * rng.uniform(*jitter.height)
    squeeze = HEIGHT / height * rng.uniform(*jitter.squeeze)
    length = width / squeeze
    # A line shorter than the window stands near its left edge; of a longer one any part may be shown.
    slack = boxes[-1, 2] - boxes[0, 0] - length
    left = boxes[0, 0] - rng.uniform(0.05, 0.6) * em if slack < 0 else boxes[0, 0] + rng.uniform(-0.6 * em, slack)
    middle = (boxes[:, 1] + boxes[:, 3]) / 2
    slope = float(np.polyfit(boxes[:, 0], middle, 1)[0]) if len(boxes) > 3 else 0.0
    tilt = rng.gauss(0, 0.004)  # about the window's middle: about the line's start it would leave a long line
    y = float(middle[0]) + slope * (left - float(boxes[0, 0])) - tilt * length / 2
    y += rng.gauss(0, jitter.middle_em) * em
    frame = Frame(float(left), y, slope + tilt, length, height, stop=float(boxes[-1, 2]) + 0.3 * em)
    spans = (line.boxes[:, [0, 2]] - frame.left) * squeeze
    begin, end = spans.T
    inside = (begin >= -CUT_TOLERANCE * (end - begin)) & (end <= width)
    cut_off = ~inside & (end > 0) & (begin < width)
    symbols = np.array([ord(c) for c in line.text], np.int32)[inside]
    return Window(cut(pixels, frame, width), symbols, spans[inside].astype(np.float32), spans[cut_off].clip(0, width))


def without_text(pixels: np.ndarray, width: int, rng: random.Random) -> Window:
    """Cut a window anywhere in a grey picture (H, W) uint8 that says nothing: what a detector takes for a line."""
    high, wide = pixels.shape
    height = rng.uniform(0.03, 0.25) * high
    length = width * height / HEIGHT * rng.uniform(0.8, 1.6)
    left, y = rng.uniform(-0.1, 0.8) * wide, rng.uniform(0.1, 0.9) * high
    frame = Frame(left, y, rng.gauss(0, 0.02), length, height, stop=left + length * rng.choice([1.0, rng.random()]))
    none = np.zeros((0, 2), np.float32)
    return Window(cut(pixels, frame, width), np.zeros(0, np.int32), none, none)


def some_words(line: LineTruth, rng: random.Random) -> LineTruth:
    """Choose a word of a line, at times with its neighbour."""
    ends = [match.span() for match in re.finditer(r"\S+", line.text)]
    at = rng.randrange(len(ends))
    last = min(at + rng.choice([0, 0, 1]), len(ends) - 1)
    span = slice(ends[at][0], ends[last][1])
    return LineTruth(line.text[span], line.boxes[span])


def alone(pixels: np.ndarray, line: LineTruth) -> tuple[np.ndarray, LineTruth]:
    """Cut a page (H, W) uint8 to what holds a line, without what stands left and right of it; and the line there."""
    rim = 0.08 * float(line.boxes[0, 3] - line.boxes[0, 1])
    left, right = max(0, int(line.boxes[0, 0] - rim)), math.ceil(line.boxes[-1, 2] + rim)
    return pixels[:, left:right], LineTruth(line.text, line.boxes - np.array([left, 0, left, 0], np.float32))


# --- batches ---


def stacked(windows: Sequence[Window], alphabet: Alphabet, rng: random.Random | None) -> Batch:
    """Stack B windows; their ink is worn anew unless `rng` is None.

    `pixels` (B, 1, 32, 512) uint8 ink; of the symbols in a window, padded to L, `first`, `vowel` and `final` (B, L)
    classes, `spans` (B, L, 2) where their boxes begin and end, in frames of 2 pixels, and `real` (B, L) whether they
    are any; and `known` (B, 256) the frames about which anything is known.
    """
    count, length = len(windows), max(len(window.symbols) for window in windows)
    symbols, spans = np.full((count, length), ord(" "), np.int64), np.zeros((count, length, 2), np.float32)
    real, known = np.zeros((count, length), bool), np.ones((count, WIDTH_PX // PITCH), bool)
    at = PITCH * (np.arange(WIDTH_PX // PITCH, dtype=np.float32) + 0.5)
    for i, window in enumerate(windows):
        size = len(window.symbols)
        symbols[i, :size], spans[i, :size], real[i, :size] = window.symbols, window.spans / PITCH, True
        for begin, end in window.unknown:
            known[i] &= (at < begin) | (at >= end)
    triples = alphabet.encode(symbols.ravel()).reshape(count, length, 3)
    inks = [window.ink for window in windows]
    if rng:  # another wear each time, in a fraction of a ms
        worn = (INK_WEAR(ink, rng) for ink in inks)
        inks = [np.roll(ink, rng.choice([-1, 1]), 0) if rng.random() < SHIFTED_SHARE else ink for ink in worn]
    pixels = np.stack(list(map(stretch, inks)))[:, None]
    named = {"pixels": pixels, "first": triples[..., 0], "vowel": triples[..., 1], "final": triples[..., 2]}
    named |= {"spans": spans, "real": real, "known": known}
    return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in named.items()}
