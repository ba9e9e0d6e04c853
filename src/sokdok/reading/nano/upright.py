"""Which way up a page lies: where its lines read badly, some are read in other directions, and the best one wins.

- Lines that run up or down the picture are detected as heaps of pieces as short as they are high: such a page is tried
  by its sides first. Any other is tried upside down first.
- The sample is small, and a direction that reads well ends the search, so that a page that lies as it should costs
  nothing, and one that reads badly in every direction (handwriting) about half of what reading it costs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

SURE = 0.85  # confidence from which a direction is the right one; print that lies wrong is read at about .55
LIKELY, BETTER = 0.75, 0.1
"""confidence with which another direction must be read, and by which better than as the page lies: noise and hands stay
below, whichever way they are turned"""
MIN_SYMBOLS = 8  # that a sample must have to say anything
SAMPLE_LINES = 12
LONGEST_EM = 25.0  # of a line in a sample: longer ones are cut off
STANDING_EM = 1.6  # length up to which the usual detected line is a piece of one that stands

Detect = Callable[[np.ndarray], list[DetectedLine]]
Read = Callable[[np.ndarray, Sequence[DetectedLine]], list[LineText]]


def stand(lines: Sequence[DetectedLine]) -> bool:
    """Whether most lines are heaps of short pieces, as those that run up or down."""
    return len(lines) > 2 and float(np.median([line.width / line.em for line in lines])) < STANDING_EM


def find_turn(gray: np.ndarray, lines: Sequence[DetectedLine], confidence: float, detect: Detect, read: Read) -> int:
    """The degrees, one of `imaging.pose.QUARTERS`, by which a grey page (H, W) uint8 was turned clockwise.

    `lines` are those detected on it as it is, `confidence` that of a sample of them.
    """
    best, turn = confidence, 0
    needed = max(best + BETTER, LIKELY)
    sideways: list[DetectedLine] | None = None
    for degrees in (90, 270, 180) if stand(lines) else (180, 90, 270):
        if best >= SURE:
            break
        page = np.rot90(gray, degrees // 90)
        if degrees == 180:
            found = _upside_down(lines, gray.shape)
        else:
            if sideways is None:
                sideways = detect(np.ascontiguousarray(np.rot90(gray)))
            found = sideways if degrees == 90 else _upside_down(sideways, page.shape)
        sample = sample_confidence(np.ascontiguousarray(page), found, read)
        if sample > max(best, needed):
            best, turn = sample, degrees
    return turn


def mean_confidence(texts: Sequence[LineText], least: int = MIN_SYMBOLS) -> float:
    """Mean probability of the symbols of lines; 0 where there are too few to say anything: less than `least`."""
    return _mean(np.concatenate([np.ones(0, np.float32), *(text.probability for text in texts)]), least)


def _mean(probability: np.ndarray, least: int) -> float:
    return float(probability.mean()) if len(probability) >= least else 0.0


def sample_confidence(gray: np.ndarray, lines: Sequence[DetectedLine], read: Read) -> float:
    """Mean confidence of a sample of lines; one of which nothing is read counts as a symbol of 0 for each em."""
    longest = sorted(lines, key=lambda line: -min(line.width / line.em, LONGEST_EM))[:SAMPLE_LINES]
    sample = [_beginning(line) for line in longest]
    texts = read(gray, sample)
    nothing = [np.zeros(round(line.width / line.em)) for line, text in zip(sample, texts, strict=True) if not text.text]
    probability = np.concatenate([np.ones(0), *nothing, *(text.probability for text in texts)])
    return _mean(probability, MIN_SYMBOLS)


def _beginning(line: DetectedLine) -> DetectedLine:
    width = min(line.width, LONGEST_EM * line.em)
    return replace(line, right=(line.left[0] + width, line.left[1] + line.slope * width))


def _upside_down(lines: Sequence[DetectedLine], shape: tuple[int, ...]) -> list[DetectedLine]:
    height, width = shape
    return [
        replace(
            line,
            left=(width - line.right[0], height - line.right[1]),
            right=(width - line.left[0], height - line.left[1]),
        )
        for line in lines
    ]
