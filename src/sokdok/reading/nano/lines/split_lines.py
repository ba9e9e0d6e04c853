"""Lines that run across a gutter are split: where columns stand close, the text detector takes two lines for one.

A line is cut where it has a blank of half an em and the lines above and below are blank at the same place, end there or
begin there. A wide space between two words of one line has no such company.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.runs import gaps
from sokdok.reading.nano.text_detector import DetectedLine, Point

BLANK_EM = 0.5  # paper within a line that may be a gutter
NEAR_EM = 9.0  # above and below a line: where others agree or not
MIN_AGREEING = 3  # lines that are blank in the same place
MAX_AGAINST_SHARE = 0.25  # lines that have ink there, for each that agrees
INK_SHARE = 0.4  # of the range between paper and the darkest pixel of a line
MIN_RANGE_LEVELS = 30  # of 255 that this range is taken for, at least

Span = tuple[float, float]  # left and right


def split_lines(gray: np.ndarray, lines: Sequence[DetectedLine]) -> list[DetectedLine]:
    """Cut the lines of a grey page (H, W) uint8 at the gutters that they run across."""
    blanks = [_blanks(gray, line) for line in lines]
    found: list[DetectedLine] = []
    for i, line in enumerate(lines):
        near = [j for j in range(len(lines)) if j != i and abs(_middle(lines[j]) - _middle(line)) < NEAR_EM * line.em]
        cuts = [blank for blank in blanks[i] if _is_gutter(blank, line.em, [(lines[j], blanks[j]) for j in near])]
        found += _cut(line, cuts)
    return found


def _middle(line: DetectedLine) -> float:
    return (line.left[1] + line.right[1]) / 2


def _blanks(gray: np.ndarray, line: DetectedLine) -> list[Span]:
    """Where a line has no ink for `BLANK_EM`, its ends excepted."""
    left, top, right, bottom = (round(side) for side in line.box)
    piece = gray[max(0, top) : bottom, max(0, left) : right].astype(np.int16)
    if piece.size == 0:
        return []
    contrast = np.abs(piece - int(np.median(piece))).max(0)
    inked = contrast > INK_SHARE * max(int(contrast.max()), MIN_RANGE_LEVELS)
    return [(max(0, left) + float(a), max(0, left) + float(b)) for a, b in gaps(inked, BLANK_EM * line.em - 1)]


def _is_gutter(blank: Span, em: float, near: Sequence[tuple[DetectedLine, list[Span]]]) -> bool:
    x = (blank[0] + blank[1]) / 2
    agree = against = 0
    for line, blanks in near:
        begin, end = line.left[0], line.right[0]
        if any(a - 0.2 * em < x < b + 0.2 * em for a, b in blanks) or min(abs(begin - x), abs(end - x)) < em:
            agree += 1
        elif begin < x < end:
            against += 1
    return agree >= MIN_AGREEING and against <= MAX_AGAINST_SHARE * agree


def _cut(line: DetectedLine, cuts: Sequence[Span]) -> list[DetectedLine]:
    edges = [line.left[0], *(x for cut in cuts for x in cut), line.right[0]]

    def at(x: float) -> Point:
        return x, line.left[1] + line.slope * (x - line.left[0])

    return [replace(line, left=at(a), right=at(b)) for a, b in zip(edges[::2], edges[1::2], strict=True)]
