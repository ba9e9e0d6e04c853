"""Lines that run across a gutter, parted: where columns stand close, the finder takes two lines for one.

A line is cut where it has a blank of half an em and the lines above and below are blank at the same place, end there or
begin there. A wide space between two words of one line has no such company.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.layout.text_line import FoundLine

_BLANK = 0.5
"""ems of paper within a line that may be a gutter"""
_NEAR = 9.0
"""ems above and below a line within which others agree or not"""
_COMPANY, _AGAINST = 3, 0.25
"""lines that agree at least; those that have ink there, for each that agrees, at most"""
_INK = 0.4
"""of the range between paper and the darkest pixel of a line"""

Span = tuple[float, float]


def split_lines(grey: np.ndarray, lines: Sequence[FoundLine]) -> list[FoundLine]:
    """The lines of a grey page (H, W) uint8, those that run across gutters cut there."""
    blanks = [_blanks(grey, line) for line in lines]
    parted: list[FoundLine] = []
    for i, line in enumerate(lines):
        near = [j for j in range(len(lines)) if j != i and abs(_middle(lines[j]) - _middle(line)) < _NEAR * line.em]
        cuts = [blank for blank in blanks[i] if _is_gutter(blank, line.em, [(lines[j], blanks[j]) for j in near])]
        parted += _cut(line, cuts)
    return parted


def _middle(line: FoundLine) -> float:
    return (line.left[1] + line.right[1]) / 2


def _blanks(grey: np.ndarray, line: FoundLine) -> list[Span]:
    """Where a line has no ink for `_BLANK` ems, ends aside."""
    left, top, right, bottom = (round(side) for side in line.box)
    piece = grey[max(0, top) : bottom, max(0, left) : right].astype(np.int16)
    if piece.size == 0:
        return []
    paper = int(np.median(piece))
    away = np.abs(piece - paper).max(0)
    inked = np.nonzero(away > _INK * max(int(away.max()), 30))[0]
    gaps = np.nonzero(np.diff(inked) > _BLANK * line.em)[0]
    return [(max(0, left) + float(inked[gap]) + 1, max(0, left) + float(inked[gap + 1])) for gap in gaps]


def _is_gutter(blank: Span, em: float, near: Sequence[tuple[FoundLine, list[Span]]]) -> bool:
    x = (blank[0] + blank[1]) / 2
    agree = against = 0
    for line, blanks in near:
        begin, end = line.left[0], line.right[0]
        if any(a - 0.2 * em < x < b + 0.2 * em for a, b in blanks) or min(abs(begin - x), abs(end - x)) < em:
            agree += 1
        elif begin < x < end:
            against += 1
    return agree >= _COMPANY and against <= _AGAINST * agree


def _cut(line: FoundLine, cuts: Sequence[Span]) -> list[FoundLine]:
    edges = [line.left[0], *(x for cut in cuts for x in cut), line.right[0]]

    def at(x: float) -> tuple[float, float]:
        return x, line.left[1] + line.slope * (x - line.left[0])

    pairs = zip(edges[::2], edges[1::2], strict=True)
    return [FoundLine(at(a), at(b), line.em, line.kind, line.confidence) for a, b in pairs]
