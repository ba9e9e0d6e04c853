"""Where a table's columns part: at rules and at white corridors.

- A border is a rule seen whole (its fragments joined) or a gap without one; which, decides how cells join across it.
- Corridors are looked for among the rows of text that are fullest, so that a heading over several columns closes none.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sokdok.imaging.runs import runs
from sokdok.layout.tables.pieces import Piece
from sokdok.layout.tables.ruling_lines import Rule

SAME = 6
"""pixels: rules nearer than this are fragments of one"""
FULL = 0.6
"""share of the columns that a full row of text fills"""


@dataclass(frozen=True)
class Border:
    """A line between two columns or rows, at x or y."""

    at: float
    rules: tuple[Rule, ...] = ()
    """empty if there is only a gap"""

    def covers(self, start: float, end: float) -> bool:
        """Whether rules lie along most of a stretch."""
        total = sum(max(0.0, min(end, rule.end) - max(start, rule.start)) for rule in self.rules)
        return total >= 0.5 * (end - start)


def join_rules(rules: Sequence[Rule]) -> list[Border]:
    """Borders of rules; those at nearly the same place are one."""
    groups: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: rule.at):
        if groups and rule.at - groups[-1][-1].at <= SAME:
            groups[-1].append(rule)
        else:
            groups.append([rule])
    return [Border(float(np.mean([rule.at for rule in group])), tuple(group)) for group in groups]


def column_borders(rows: list[list[Piece]], rules: Sequence[Rule], width: int) -> list[Border]:
    """Inner borders of the columns, from left to right."""
    height = float(np.median([piece.height for row in rows for piece in row]))
    ruled = [border for border in join_rules(rules) if _parts(border, rows, height)]
    borders = list(ruled)
    for left, right in pairwise([0.0, *(border.at for border in ruled), float(width)]):
        inside = [[piece for piece in row if left <= piece.middle[0] < right] for row in rows]
        borders += [Border(at) for at in _corridors(inside, height, strict=bool(ruled))]
    return sorted(borders, key=lambda border: border.at)


def _parts(border: Border, rows: list[list[Piece]], height: float) -> bool:
    """Whether an upright border is long enough and has text on both sides."""
    length = sum(rule.end - rule.start for rule in border.rules)
    lefts, rights = (
        any(piece.middle[0] < border.at for row in rows for piece in row),
        any(piece.middle[0] > border.at for row in rows for piece in row),
    )
    return length >= 1.2 * height and lefts and rights


def _corridors(rows: list[list[Piece]], height: float, *, strict: bool) -> list[float]:
    """Middles of the white corridors through most of the fullest rows."""
    counts = [len(row) for row in rows if row]
    if not counts or max(counts) < 2:
        return []
    typical = float(np.quantile([count for count in counts if count > 1], 0.8))
    full = [row for row in rows if len(row) >= max(2.0, FULL * typical)]
    if strict and (len(full) < 3 or len(full) < 0.5 * len(counts)):
        return []
    left, right = min(piece.left for row in full for piece in row), max(piece.right for row in full for piece in row)
    covered = np.zeros(int(right - left) + 1)
    for row in full:
        for piece in row:
            covered[int(piece.left - left) : int(piece.right - left) + 1] += 1
    few = max(1.0, 0.12 * len(full)) if len(full) > 3 else 0.0
    _, starts, ends = runs((covered <= few)[None])
    wide = (ends - starts > 0.3 * height) & (starts > 0) & (ends < len(covered))
    return _supported([left + float(a + b) / 2 for a, b in zip(starts[wide], ends[wide], strict=True)], full)


def _supported(corridors: list[float], rows: list[list[Piece]]) -> list[float]:
    """Corridors that have text of one row on both sides in several rows; so a ragged column has none."""
    least = max(1.0, 0.15 * len(rows))
    kept: list[float] = []
    for index, at in enumerate(corridors):
        before = kept[-1] if kept else -np.inf
        after = corridors[index + 1] if index + 1 < len(corridors) else np.inf
        both = sum(
            any(before < piece.middle[0] < at for piece in row) and any(at < piece.middle[0] < after for piece in row)
            for row in rows
        )
        if both >= least:
            kept.append(at)
    return kept
