"""What nano's line reader is trained on: windows of lines cut from drawn pages, with the symbol at every 2 pixels.

- Lines are cut from whole pages, so that neighbours, rules and damage come along as they do when a page is read.
- A batch takes its lines from many pages of many fonts, since one font a step teaches nothing; a page serves several
  batches.
- The frame of a line is shaken: no line finder is exact.
- Some windows hold short texts side by side, each alone on its paper: labels of charts and cells of tables, which no
  neighbour explains and whose frames are the least exact.
"""

from __future__ import annotations

import math
import random
import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.nano.alphabet import Alphabet
from sokdok.model.nano.formats.recogniser import HEIGHT, PITCH
from sokdok.model.nano.line_image import MARGIN, Frame, cut, stretch
from sokdok.model.nano.recogniser import RowLogits, RowReader
from sokdok.synth.pages.truth import SyntheticPage

WIDTH = 512
"""of a window, pixels"""
POOL = 400
"""pages that a batch draws from"""
FRESH = 2
"""pages of the pool that are new in a batch"""
LABELS = 4
"""short texts that share a window"""
IGNORED = -100


Window = tuple[np.ndarray, np.ndarray]
"""ink (32, 512) uint8 and the classes (256, 3) of its answers"""


@dataclass(frozen=True)
class LineTruth:
    """A line on a page: its symbols and their boxes (N, 4) in page pixels."""

    text: str
    boxes: np.ndarray


def lines_of(page: SyntheticPage) -> list[LineTruth]:
    """The lines of a page that hold anything."""
    ends = [i for i, symbol in enumerate(page.symbols) if symbol == "\n"]
    spans = zip([0, *(end + 1 for end in ends)], ends, strict=False)
    lines = [LineTruth(page.symbols[a:b], page.boxes[a:b]) for a, b in spans]
    return [line for line in lines if line.text.strip()]


@dataclass(frozen=True)
class Shake:
    """How a frame differs from its line: ranges of its height and of its squeeze, deviation of its middle in ems."""

    height: tuple[float, float]
    across: tuple[float, float]
    middle: float


_LINE = Shake((0.9, 1.15), (0.42, 1.2), 0.05)
_LABEL = Shake((0.8, 1.35), (0.75, 1.2), 0.08)


class RowBatches:
    """Batches of windows by number: `pixels` (B, 1, 32, 512) uint8 ink, `first`, `vowel`, `final` (B, 256) classes.

    labels: share of the windows that hold short texts.
    """

    def __init__(
        self, page: Callable[[int], SyntheticPage], alphabet: Alphabet, size: int = 32, labels: float = 0.0
    ) -> None:
        self.alphabet, self.size, self.labels = alphabet, size, labels
        self.page = lru_cache(POOL + FRESH)(lambda seed: (made := page(seed), self._readable(made)))

    def _readable(self, page: SyntheticPage) -> list[LineTruth]:
        """The lines of a page that the alphabet can spell."""
        return [line for line in lines_of(page) if self.alphabet.code_points.issuperset(map(ord, line.text))]

    def __call__(self, number: int) -> dict[str, Tensor]:
        rng = random.Random(f"rows {number}")
        windows = [
            self._labelled(number, rng) if rng.random() < self.labels else self._lined(number, rng)
            for _ in range(self.size)
        ]
        pixels, labels = zip(*windows, strict=True)
        first, vowel, final = np.stack(labels).transpose(2, 0, 1)
        named = {"pixels": np.stack(pixels)[:, None], "first": first, "vowel": vowel, "final": final}
        return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in named.items()}

    def _drawn(self, number: int, rng: random.Random) -> tuple[np.ndarray, list[LineTruth]]:
        """Pixels and lines of a page of the pool that has any."""
        while True:
            page, lines = self.page(number * FRESH - rng.randrange(POOL) + POOL)
            if lines:
                return page.pixels, lines

    def _lined(self, number: int, rng: random.Random) -> Window:
        """A stretch of a line."""
        pixels, lines = self._drawn(number, rng)
        ink, labels, em = self._window(pixels, _choose(lines, rng), WIDTH, _LINE, rng)
        if rng.random() < 0.1:
            ink = underlined(ink, HEIGHT / 2 + rng.uniform(0.38, 0.5) * em, rng)
        return shade(ink, rng), labels

    def _labelled(self, number: int, rng: random.Random) -> Window:
        """A few short texts side by side."""
        pieces = []
        for _ in range(LABELS):
            pixels, lines = self._drawn(number, rng)
            pixels, label = alone(pixels, some_words(rng.choice(lines), rng))
            ink, labels, _ = self._window(pixels, label, WIDTH // LABELS, _LABEL, rng)
            if rng.random() < 0.2:
                ink = ruled(ink, labels[:, 0] != self.alphabet.classes, rng)
            pieces.append((shade(ink, rng), labels))
        inks, labels = zip(*pieces, strict=True)
        return np.concatenate(inks, 1), np.concatenate(labels)

    def _window(
        self, pixels: np.ndarray, line: LineTruth, width: int, shake: Shake, rng: random.Random
    ) -> tuple[np.ndarray, np.ndarray, float]:
        """Ink (32, width) uint8 of a stretch of a line, the classes (width / 2, 3) of its answers, and its em there."""
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
        return cut(pixels, frame, width), self._labels(line, left, across, width), em * HEIGHT / height

    def _labels(self, line: LineTruth, left: float, across: float, width: int) -> np.ndarray:
        """The middle half of a symbol answers for it; what the window's edge cuts answers for nothing."""
        labels = np.full((width // PITCH, 3), IGNORED, np.int64)
        labels[:, 0] = self.alphabet.classes
        triples = self.alphabet.encode(np.array([ord(c) for c in line.text]))
        begins = (line.boxes[:, 0] - left) * across / PITCH
        ends = (line.boxes[:, 2] - left) * across / PITCH
        for begin, end, triple in zip(begins, ends, triples, strict=True):
            if begin < -0.2 * (end - begin) or end > len(labels):
                labels[max(0, round(begin)) : max(0, round(end))] = IGNORED
                continue
            told = max(1, round((end - begin) / 2))
            start = max(0, round((begin + end - told) / 2))
            labels[start : start + told] = triple
        return labels


def _choose(lines: list[LineTruth], rng: random.Random) -> LineTruth:
    """Long lines more often: the length decides how much there is to learn."""
    return rng.choices(lines, [min(len(line.text), 40) for line in lines])[0]


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


def ruled(ink: np.ndarray, told: np.ndarray, rng: random.Random) -> np.ndarray:
    """A label with a line of a chart's grid behind it, or with a tick beside it; `told`: the answers that are no blank.

    The symbols are the same: neither is text.
    """
    result, dark = ink.copy(), int(np.percentile(ink, 99))
    y, thick = rng.randrange(HEIGHT), rng.randint(1, 2)
    if rng.random() < 0.5 or not told.any():
        result[y : y + thick] = np.maximum(result[y : y + thick], int(dark * rng.uniform(0.15, 0.5)))
        return result
    start = PITCH * int(np.nonzero(told)[0][-1]) + rng.randint(10, 18)
    y = HEIGHT // 2 + rng.randint(-4, 3)
    result[y : y + thick, start : start + rng.randint(4, 12)] = dark
    return result


def underlined(ink: np.ndarray, y: float, rng: random.Random) -> np.ndarray:
    """A stretch of a line underlined, `y` pixels from the top; the symbols are the same."""
    start = rng.randrange(WIDTH)
    top, left, right = round(y), max(0, start - rng.randint(20, WIDTH)), start
    result = ink.copy()
    result[top : top + rng.randint(1, 2), left:right] = int(np.percentile(ink, 99))
    return result


def shade(ink: np.ndarray, rng: random.Random) -> np.ndarray:
    """White on black at times, tinted paper, less contrast; then stretched as the reader stretches what it cuts."""
    x = ink.astype(np.float32)
    if rng.random() < 0.3:
        x = x * rng.uniform(0.3, 1) + rng.uniform(0, 60)
    if rng.random() < 0.15:
        x += np.linspace(rng.uniform(-30, 30), rng.uniform(-30, 30), ink.shape[1], dtype=np.float32)
    if rng.random() < 0.1:
        x = 255 - x
    return stretch(x)


def loss(model: nn.Module, batch: dict[str, Tensor]) -> dict[str, Tensor]:
    """Cross-entropies of the answers read from the codes and, at first guidance, from the features before them."""
    assert isinstance(model, RowReader)
    features = model.features(batch["pixels"].float() / 255)
    late, early = model.decode(model.encode(features)), model.answers(model.early(features))
    # Every answer that is a symbol, and every second blank: half of all answers are blank and soon right.
    target = batch["first"].flatten()
    at = torch.nonzero(target != IGNORED)[:, 0]
    parts = {"late": _entropy(late, batch, at), "early": _entropy(early, batch, at)}
    told = at[target[at] != model.classes]
    right = late.first.flatten(0, 1)[told].argmax(-1) == target[told]
    hangul = told[batch["vowel"].flatten()[told] < model.sizes[1] - 1]
    right_vowel = late.vowel.flatten(0, 1)[hangul].argmax(-1) == batch["vowel"].flatten()[hangul]
    return parts | {"symbols?": right.float().mean(), "vowels?": right_vowel.float().mean()}


def _entropy(logits: RowLogits, batch: dict[str, Tensor], at: Tensor) -> Tensor:
    total = logits.first.new_zeros((), dtype=torch.float32)
    for name, head in zip(("first", "vowel", "final"), logits, strict=True):
        target = batch[name].flatten()[at]
        known = target != IGNORED
        chosen = head.flatten(0, 1)[at[known]].float()
        total = total + F.cross_entropy(chosen, target[known], reduction="sum") / max(1, len(at))
    return total
