"""Where a table's rows part: at ruling lines, and between the stacks of lines that cells are made of.

- Lines of one cell stand closer than rows do. Where both occur, the distances in the columns fall into two groups, and
  those of the smaller one stack lines; where they don't, every line stands alone.
- Stacks side by side are a row. A stack beside several rows spans them.
- Where ruling lines part most rows already, they alone do: a cell's paragraphs are not its rows.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

import numpy as np

from sokdok.layout.tables.borders import FULL_SHARE, Border, ruled_borders
from sokdok.layout.tables.ruling_lines import RulingLine
from sokdok.layout.text_line import TextLine

MAX_LINE_DISTANCE = 1.9
"""of two lines of one cell, from middle to middle, in heights of a line"""
STEP = 1.12
"""times the distance of lines that the distance of rows is, at least"""
CLEAR_STEP = 1.25
"""the same, where the two are told apart beyond doubt"""
WRAPPED_SHARE = 0.5
"""of the columns in which lines go on in the same place, at most"""
CLEAR_WRAPPED_SHARE = 0.65
"""the same, where distances are told apart beyond doubt"""
OVERLAP_SHARE = 0.35
"""of the lower of two things side by side in a row, that both have in common"""

Interval = tuple[float, float]
"""top and bottom"""


@dataclass
class Stack:
    """Lines of one cell, one below the other."""

    column: int
    top: float
    bottom: float
    lines: int = 1

    def beside(self, interval: Interval) -> bool:
        """Whether a row from top to bottom lies beside it."""
        top, bottom = interval
        shared = min(self.bottom, bottom) - max(self.top, top)
        return shared > OVERLAP_SHARE * min(self.bottom - self.top, bottom - top)


@dataclass(frozen=True)
class Rows:
    """How a table is cut into rows."""

    borders: list[Border]
    """inner ones, from top to bottom"""
    spanning: list[Stack]
    """stacks beside several rows"""


def find_rows(pieces: Sequence[TextLine], rules: Sequence[RulingLine], columns: Sequence[Border]) -> Rows:
    """Find the rows of a table from its horizontal ruling lines, and the borders of its columns."""
    top, bottom = min(piece.box.top for piece in pieces), max(piece.box.bottom for piece in pieces)
    ruled = [border for border in ruled_borders(rules) if top < border.at < bottom]
    by_column = _by_column(pieces, columns)
    stacks = _stacks(by_column, ruled, _line_distance(by_column, ruled, len(columns) + 1))
    intervals, spanning = _side_by_side(stacks)
    sections = _sections(intervals, ruled)
    if _ruled_throughout(sections):
        # Ruling lines say where the rows are; what they enclose is divided only if it is a dense table of its own.
        intervals = [row for section in sections for row in _divided(section, stacks, len(columns) + 1)]
        spanning = []
    between = [
        Border((upper[1] + lower[0]) / 2)
        for upper, lower in pairwise(intervals)
        if not any(sum(upper) / 2 < border.at < sum(lower) / 2 for border in ruled)
    ]
    return Rows(sorted([*ruled, *between], key=lambda border: border.at), spanning)


def _by_column(pieces: Sequence[TextLine], columns: Sequence[Border]) -> dict[int, list[TextLine]]:
    """Pieces by the column of their middle, from top to bottom."""
    found: dict[int, list[TextLine]] = defaultdict(list)
    for piece in sorted(pieces, key=lambda piece: piece.box.middle[1]):
        found[sum(border.at <= piece.box.middle[0] for border in columns)].append(piece)
    return found


def _line_distance(by_column: dict[int, list[TextLine]], ruled: Sequence[Border], columns: int) -> float:
    """Largest distance of two lines of one cell, from middle to middle; 0 if no cell has several."""
    pairs = [pair for column in by_column.values() for pair in pairwise(column) if not _ruled_apart(*pair, ruled)]
    height = float(np.median([piece.box.height for column in by_column.values() for piece in column]))
    distances = sorted(_distance(*pair) for pair in pairs)
    distances = [distance for distance in distances if distance > 0.5 * height]
    # Candidates are the jumps in the sorted distances: how large the jump is, and a limit a little above its foot.
    jumps = [(b / a, 1.02 * a) for a, b in pairwise(distances) if a <= MAX_LINE_DISTANCE * height]
    wrapped = {limit: _wrapped_columns(by_column, limit, height) for step, limit in jumps[1:] if step >= STEP}
    most = {limit: max(1.5, columns * _most_wrapped(step)) for step, limit in jumps}
    found = [(step, limit) for step, limit in jumps[1:] if wrapped.get(limit, np.inf) <= most[limit]]
    return next((limit for step, limit in found if step >= CLEAR_STEP), max(found, default=(0.0, 0.0))[1])


def _most_wrapped(step: float) -> float:
    return CLEAR_WRAPPED_SHARE if step >= CLEAR_STEP else WRAPPED_SHARE


def _distance(upper: TextLine, lower: TextLine) -> float:
    return lower.box.middle[1] - upper.box.middle[1]


def _ruled_apart(upper: TextLine, lower: TextLine, ruled: Sequence[Border]) -> bool:
    """Whether a ruling line lies between two lines of a column, along most of the lower one."""
    top, bottom = upper.box.middle[1], lower.box.middle[1]
    return any(top < border.at < bottom and border.covers(lower.box.left, lower.box.right) for border in ruled)


def _wrapped_columns(by_column: dict[int, list[TextLine]], limit: float, height: float) -> float:
    """In how many columns lines as near as `limit` go on, where they do: few if cells wrap, most in dense rows."""
    pairs = [pair for column in by_column.values() for pair in pairwise(column)]
    middles = sorted(lower.box.middle[1] for upper, lower in pairs if _distance(upper, lower) <= limit)
    counts = np.bincount(np.cumsum(np.diff(middles, prepend=middles[0]) > 0.5 * height))
    return float((counts**2).sum() / counts.sum())


def _stacks(by_column: dict[int, list[TextLine]], ruled: Sequence[Border], distance: float) -> list[Stack]:
    """Stack the lines of each column that are as near as `distance`, or in one row, without a ruling line between."""
    stacks: list[Stack] = []
    for column, pieces in by_column.items():
        last: TextLine | None = None
        for piece in pieces:
            near = last is not None and _distance(last, piece) <= distance and not _ruled_apart(last, piece, ruled)
            if near or (last is not None and _distance(last, piece) < 0.5 * piece.box.height):
                stack = stacks[-1]
                stack.top = min(stack.top, piece.box.top)
                stack.bottom = max(stack.bottom, piece.box.bottom)
                stack.lines += near
            else:
                stacks.append(Stack(column, piece.box.top, piece.box.bottom))
            last = piece
    return stacks


def _side_by_side(stacks: list[Stack]) -> tuple[list[Interval], list[Stack]]:
    """Rows from top to bottom, and the stacks that lie beside several. Low stacks come first: they make the rows."""
    rows: list[list[Stack]] = []
    spanning = []
    for stack in sorted(stacks, key=lambda stack: (stack.bottom - stack.top, stack.top)):
        beside = [row for row in rows if stack.beside(_interval(row))]
        if len(beside) > 1:
            spanning.append(stack)
        elif beside:
            beside[0].append(stack)
        else:
            rows.append([stack])
    return sorted(map(_interval, rows)), spanning


def _interval(row: list[Stack]) -> Interval:
    return min(stack.top for stack in row), max(stack.bottom for stack in row)


def _sections(intervals: list[Interval], ruled: Sequence[Border]) -> list[list[Interval]]:
    """Rows by the ruling lines between which they stand."""
    sections: dict[int, list[Interval]] = defaultdict(list)
    for interval in intervals:
        sections[sum(border.at < sum(interval) / 2 for border in ruled)].append(interval)
    return list(sections.values())


def _ruled_throughout(sections: list[list[Interval]]) -> bool:
    """Whether ruling lines part all rows: most sections hold one, or none holds many of them."""
    single, rows = sum(len(section) == 1 for section in sections), sum(map(len, sections))
    return len(sections) >= 3 and (single >= FULL_SHARE * len(sections) or max(map(len, sections)) <= 0.4 * rows)


def _divided(section: list[Interval], stacks: list[Stack], columns: int) -> list[Interval]:
    """A section between ruling lines as one row, or as its rows where nearly all of several fill the columns."""
    filled = [len({stack.column for stack in stacks if stack.beside(interval)}) for interval in section]
    full = sum(count >= FULL_SHARE * columns for count in filled)
    if (len(section) >= 3 and full >= 0.8 * len(section)) or filled == [columns, columns]:
        return section
    return [(section[0][0], section[-1][1])]
