"""Where a table's columns part: at ruling lines and at white corridors.

- A border is a ruling line seen whole (its fragments merged) or a gap without one; which, decides how cells merge
  across it.
- Corridors are looked for among the rows of text that are fullest, so that a heading over several columns closes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sokdok.imaging.arrays import runs
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import close_values
from sokdok.layout.tables.ruling_lines import RulingLine
from sokdok.layout.text_line import TextLine

SAME_PX = 6  # ruling lines no further apart are fragments of one
FULL_SHARE = 0.6  # of the columns that a full row of text fills


@dataclass(frozen=True)
class Border:
    """A line between two columns or rows, at x or y."""

    at: float
    rules: tuple[RulingLine, ...] = ()  # empty if there is only a gap

    def covers(self, start: float, end: float) -> bool:
        """Whether ruling lines lie along most of the way from start to end."""
        total = sum(max(0.0, min(end, rule.end) - max(start, rule.start)) for rule in self.rules)
        return total >= 0.5 * (end - start)


def ruled_borders(rules: Sequence[RulingLine]) -> list[Border]:
    """Merge ruling lines at nearly the same place into borders, in rising order."""
    groups = [[rules[i] for i in group] for group in close_values([rule.at for rule in rules], SAME_PX)]
    return [Border(float(np.mean([rule.at for rule in group])), tuple(group)) for group in groups]


def column_borders(rows: list[list[TextLine]], rules: Sequence[RulingLine], right: float) -> list[Border]:
    """Find the inner borders of the columns, from left to right, of a table that ends at x = `right`."""
    height = float(np.median([piece.box.height for row in rows for piece in row]))
    ruled = [border for border in ruled_borders(rules) if _divides(border, rows, height)]
    borders = list(ruled)
    for start, end in pairwise([0.0, *(border.at for border in ruled), right]):
        between = [[piece for piece in row if start <= piece.box.middle[0] < end] for row in rows]
        borders += [Border(at) for at in _corridors(between, height, strict=bool(ruled))]
    return sorted(borders, key=lambda border: border.at)


def _divides(border: Border, rows: list[list[TextLine]], height: float) -> bool:
    """Whether a vertical border is long enough and has text on both sides."""
    length = sum(rule.end - rule.start for rule in border.rules)
    middles = [piece.box.middle[0] for row in rows for piece in row]
    return length >= 1.2 * height and min(middles) < border.at < max(middles)


def _corridors(rows: list[list[TextLine]], height: float, *, strict: bool) -> list[float]:
    """Middles of the white corridors through most of the fullest rows."""
    counts = [len(row) for row in rows if row]
    if not counts or max(counts) < 2:
        return []
    typical = float(np.quantile([count for count in counts if count > 1], 0.8))
    full = [row for row in rows if len(row) >= max(2.0, FULL_SHARE * typical)]
    if strict and (len(full) < 3 or len(full) < 0.5 * len(counts)):
        return []
    left = min(piece.box.left for row in full for piece in row)
    right = max(piece.box.right for row in full for piece in row)
    covered = np.zeros(int(right - left) + 1)
    for row in full:
        for piece in row:
            covered[int(piece.box.left - left) : int(piece.box.right - left) + 1] += 1
    few = max(1.0, 0.12 * len(full)) if len(full) > 3 else 0.0
    _, starts, ends = runs((covered <= few)[None])
    wide = (ends - starts > 0.3 * height) & (starts > 0) & (ends < len(covered))
    boxes = [piece.box for row in full for piece in row]
    found = zip(starts[wide].tolist(), ends[wide].tolist(), strict=True)
    return _supported([_between(left + start, left + end, boxes) for start, end in found], full)


def _between(start: float, end: float, boxes: Sequence[Box]) -> float:
    """The middle of what the few boxes that reach into a corridor leave of it; a heading may stand in its middle."""
    left = max((box.right for box in boxes if box.left < start < box.right < end), default=start)
    right = min((box.left for box in boxes if start < box.left < end < box.right), default=end)
    return (left + right) / 2 if left < right else (start + end) / 2


def _supported(corridors: list[float], rows: list[list[TextLine]]) -> list[float]:
    """Corridors that have text of one row on both sides in several rows; so a ragged column has none."""
    least = max(1.0, 0.15 * len(rows))
    middles = [np.array([piece.box.middle[0] for piece in row]) for row in rows]
    found: list[float] = []
    for index, at in enumerate(corridors):
        before = found[-1] if found else -np.inf
        after = corridors[index + 1] if index + 1 < len(corridors) else np.inf
        both = sum(bool(((before < x) & (x < at)).any() and ((at < x) & (x < after)).any()) for x in middles)
        if both >= least:
            found.append(at)
    return found
