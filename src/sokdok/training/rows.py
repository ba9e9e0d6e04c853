"""What nano's line reader is trained on: windows of lines cut from drawn pages, with the symbol at every 2 pixels.

- Lines are cut from whole pages, so that neighbours, rules and damage come along as they do when a page is read.
- A batch takes its lines from many pages of many fonts, since one font a step teaches nothing; a page serves several
  batches.
- The frame of a line is shaken: no line finder is exact.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache

import numpy as np
import torch
import torch.nn.functional as F
from torch import Tensor, nn

from sokdok.model.alphabet import Alphabet
from sokdok.model.row_format import HEIGHT, PITCH
from sokdok.model.rows import RowLogits, RowReader
from sokdok.reading.nano.lines.row_image import MARGIN, Frame, cut, stretch
from sokdok.synth.truth import SyntheticPage

WIDTH = 512
"""of a window, pixels"""
POOL = 400
"""pages that a batch draws from"""
FRESH = 2
"""pages of the pool that are new in a batch"""
IGNORED = -100


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


class RowBatches:
    """Batches of windows by number: `pixels` (B, 1, 32, 512) uint8 ink, `first`, `vowel`, `final` (B, 256) classes."""

    def __init__(self, page: Callable[[int], SyntheticPage], alphabet: Alphabet, size: int = 32) -> None:
        self.alphabet, self.size = alphabet, size
        self.page = lru_cache(POOL + FRESH)(lambda seed: (made := page(seed), lines_of(made)))

    def __call__(self, number: int) -> dict[str, Tensor]:
        rng = random.Random(f"rows {number}")
        windows: list[tuple[np.ndarray, np.ndarray]] = []
        while len(windows) < self.size:
            page, lines = self.page(number * FRESH - rng.randrange(POOL) + POOL)
            if lines:
                windows.append(self._window(page.pixels, _choose(lines, rng), rng))
        pixels, labels = zip(*windows, strict=True)
        first, vowel, final = np.stack(labels).transpose(2, 0, 1)
        named = {"pixels": np.stack(pixels)[:, None], "first": first, "vowel": vowel, "final": final}
        return {name: torch.from_numpy(np.ascontiguousarray(value)) for name, value in named.items()}

    def _window(self, pixels: np.ndarray, line: LineTruth, rng: random.Random) -> tuple[np.ndarray, np.ndarray]:
        """Ink (32, 512) uint8 of a stretch of a line, and the classes (256, 3) of its answers."""
        boxes = line.boxes
        em = float(boxes[0, 3] - boxes[0, 1])
        height = em * (1 + 2 * MARGIN) * rng.uniform(0.9, 1.15)
        across = HEIGHT / height * rng.uniform(0.42, 1.2)
        length = WIDTH / across
        room = boxes[-1, 2] - boxes[0, 0] - length
        left = boxes[0, 0] - rng.uniform(0.05, 0.6) * em if room < 0 else boxes[0, 0] + rng.uniform(-0.6 * em, room)
        middle = (boxes[:, 1] + boxes[:, 3]) / 2
        slope = float(np.polyfit(boxes[:, 0], middle, 1)[0]) if len(boxes) > 3 else 0.0
        slope += rng.gauss(0, 0.004)
        y = float(middle[0]) + slope * (left - float(boxes[0, 0])) + rng.gauss(0, 0.05) * em
        frame = Frame(float(left), y, slope, length, height, stop=float(boxes[-1, 2]) + 0.3 * em)
        ink = cut(pixels, frame, WIDTH)
        if rng.random() < 0.1:
            ink = underlined(ink, HEIGHT / 2 + rng.uniform(0.38, 0.5) * em * HEIGHT / height, rng)
        return shade(ink, rng), self._labels(line, left, across)

    def _labels(self, line: LineTruth, left: float, across: float) -> np.ndarray:
        """The middle half of a symbol answers for it; what the window's edge cuts answers for nothing."""
        labels = np.full((WIDTH // PITCH, 3), IGNORED, np.int64)
        labels[:, 0] = self.alphabet.classes
        triples = self.alphabet.encode(np.array([ord(c) for c in line.text]))
        begins = (line.boxes[:, 0] - left) * across / PITCH
        ends = (line.boxes[:, 2] - left) * across / PITCH
        for begin, end, triple in zip(begins, ends, triples, strict=True):
            if begin < -0.2 * (end - begin) or end > len(labels):
                labels[max(0, round(begin)) : max(0, round(end))] = IGNORED
                continue
            width = max(1, round((end - begin) / 2))
            start = max(0, round((begin + end - width) / 2))
            labels[start : start + width] = triple
        return labels


def _choose(lines: list[LineTruth], rng: random.Random) -> LineTruth:
    """Long lines more often: the length decides how much there is to learn."""
    return rng.choices(lines, [min(len(line.text), 40) for line in lines])[0]


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
