"""Lines of text in a table cut into pieces that belong to one cell each, and set in rows.

- A line is cut at every white gap as wide as letters are high, and where an upright rule passes; its text is cut at
  the spaces nearest to the gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.imaging.runs import runs
from sokdok.layout.tables.ruling_lines import Rules
from sokdok.layout.text_line import TextLine

WIDE_GAP = 0.9
"""of a line's height"""
_INK = 60
"""levels of 255 from the ground"""


@dataclass(frozen=True)
class Piece:
    """Text in one cell."""

    left: float
    top: float
    right: float
    bottom: float
    text: str
    confidence: float

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def middle(self) -> tuple[float, float]:
        """x, y"""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2


def cut_lines(pixels: np.ndarray, lines: Sequence[TextLine], rules: Rules) -> list[Piece]:
    """Pieces of all lines that say something; `pixels` (H, W, 3) without the rules."""
    gray = pixels.astype(np.int16).mean(2)
    return [piece for line in lines for piece in _cut(gray, line, rules)]


def _cut(gray: np.ndarray, line: TextLine, rules: Rules) -> list[Piece]:
    left, top, right, bottom = line.box
    gaps = _white_gaps(gray, line) + _crossings(line, rules)
    spans, start = [], left
    for begin, end in sorted(gaps):
        if begin > start:
            spans.append((start, begin))
        start = min(max(start, end), right)
    spans.append((start, right))
    texts = _share_out(line.text.strip(), [end - begin for begin, end in spans])
    return [
        Piece(begin, top, end, bottom, text, line.confidence)
        for (begin, end), text in zip(spans, texts, strict=True)
        if text
    ]


def _white_gaps(gray: np.ndarray, line: TextLine) -> list[tuple[float, float]]:
    left, top, right, bottom = (round(side) for side in line.box)
    left = max(0, left)
    crop = gray[max(0, top) : bottom, left:right]
    if not crop.size:
        return []
    ink = np.abs(crop - np.median(crop)) > _INK
    _, starts, ends = runs(~ink.any(0, keepdims=True))
    inner = (ends - starts > WIDE_GAP * (bottom - top)) & (starts > 0) & (ends < crop.shape[1])
    return [(left + float(start), left + float(end)) for start, end in zip(starts[inner], ends[inner], strict=True)]


def _crossings(line: TextLine, rules: Rules) -> list[tuple[float, float]]:
    left, top, right, bottom = line.box
    middle, margin = (top + bottom) / 2, 0.3 * (bottom - top)
    inside = [r.at for r in rules.upright if r.start <= middle < r.end and left + margin < r.at < right - margin]
    return [(at - 1, at + 1) for at in inside]


def _share_out(text: str, widths: list[float]) -> list[str]:
    """A text in parts, about as long as the widths say, cut at spaces; without a space near it is cut in a word."""
    parts = []
    for index, width in enumerate(widths[:-1]):
        target = len(text) * width / sum(widths[index:])
        spaces = [place for place, symbol in enumerate(text) if symbol == " "]
        cut = min(spaces, key=lambda place: abs(place + 0.5 - target), default=round(target))
        parts.append(text[:cut].strip())
        text = text[cut:].strip()
    return [*parts, text]


def text_rows(pieces: Sequence[Piece]) -> list[list[Piece]]:
    """Pieces by rows of text, from top to bottom, left to right."""
    rows: list[list[Piece]] = []
    for piece in sorted(pieces, key=lambda piece: piece.middle[1]):
        if rows and _level(rows[-1], piece):
            rows[-1].append(piece)
        else:
            rows.append([piece])
    return [sorted(row, key=lambda piece: piece.left) for row in rows]


def _level(row: list[Piece], piece: Piece) -> bool:
    middle = sum(other.middle[1] for other in row) / len(row)
    height = min(piece.height, float(np.median([other.height for other in row])))
    return piece.middle[1] - middle < 0.5 * height
