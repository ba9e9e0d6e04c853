"""Lines of text in a table cut into pieces that belong to one cell each.

- A line is cut at every white gap as wide as letters are high, and where a vertical ruling line passes; its text is
  cut at the spaces nearest to the gaps.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

import numpy as np

from sokdok.imaging.arrays import color_sums, gaps
from sokdok.layout.tables.ruling_lines import Ruling
from sokdok.layout.text_line import TextLine

WIDE_GAP_HEIGHTS = 0.9  # of a line: a gap that divides cells
INK_LEVELS = 60  # of 255 that ink differs from the ground

Span = tuple[float, float]  # left and right


def cut_lines(pixels: np.ndarray, lines: Sequence[TextLine], ruling: Ruling) -> list[TextLine]:
    """Cut all lines that say something into pieces; `pixels` (H, W, 3) without the ruling lines."""
    gray = color_sums(pixels) / 3
    return [piece for line in lines for piece in _cut(gray, line, ruling)]


def _cut(gray: np.ndarray, line: TextLine, ruling: Ruling) -> list[TextLine]:
    spans: list[Span] = []
    start = line.box.left
    for begin, end in sorted(_white_gaps(gray, line) + _crossings(line, ruling)):
        if begin > start:
            spans.append((start, begin))
        start = min(max(start, end), line.box.right)
    spans.append((start, line.box.right))
    if line.words:
        return _between_words(line, [begin for begin, _ in spans[1:]])
    texts = share_out(line.text.strip(), [end - begin for begin, end in spans])
    return [
        replace(line, box=line.box._replace(left=begin, right=end), text=text)
        for (begin, end), text in zip(spans, texts, strict=True)
        if text
    ]


def _between_words(line: TextLine, begins: Sequence[float]) -> list[TextLine]:
    """A line whose words have places, cut where parts begin."""
    parts = [sum(begin <= word.box.middle[0] for begin in begins) for word in line.words]
    starts = [at for at, part in enumerate(parts) if not at or part != parts[at - 1]]
    return [line.part(a, b) for a, b in pairwise([*starts, len(parts)])] if len(starts) > 1 else [line]


def _white_gaps(gray: np.ndarray, line: TextLine) -> list[Span]:
    left, top, right, bottom = (round(side) for side in line.box)
    left = max(0, left)
    crop = gray[max(0, top) : bottom, left:right]
    if not crop.size:
        return []
    ink = np.abs(crop - np.median(crop)) > INK_LEVELS
    wide = gaps(ink.any(0), WIDE_GAP_HEIGHTS * (bottom - top))
    return [(left + float(start), left + float(end)) for start, end in wide]


def _crossings(line: TextLine, ruling: Ruling) -> list[Span]:
    """A pixel to either side of the ruling lines that pass through a line."""
    y, margin = line.box.middle[1], 0.3 * line.box.height
    return [
        (rule.at - 1, rule.at + 1)
        for rule in ruling.vertical
        if rule.start <= y < rule.end and line.box.left + margin < rule.at < line.box.right - margin
    ]


def share_out(text: str, widths: Sequence[float]) -> list[str]:
    """Divide a text into parts about as long as the widths say, at spaces; without a space near, within a word."""
    parts = []
    for index, width in enumerate(widths[:-1]):
        target = len(text) * width / sum(widths[index:])
        spaces = [place for place, symbol in enumerate(text) if symbol == " "]
        cut = min(spaces, key=lambda place: abs(place + 0.5 - target), default=round(target))
        parts.append(text[:cut].strip())
        text = text[cut:].strip()
    return [*parts, text]
