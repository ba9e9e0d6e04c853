"""Tables without vertical rules: ruling lines of one width, one below the other, and rows of cells between them.

As books set them: a line above the head, one below it, one at the end; or one below each row. What stands between two
such lines and is running text is no part of a table: the lines of the next one may be as long.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import fmean

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import clusters
from sokdok.layout.blocks import rows_of
from sokdok.layout.tables.ruling_lines import Ruling, RulingLine
from sokdok.layout.text_line import TextLine

ALIKE_EM = 0.6
"""by which the ends of a table's lines may differ"""
MIN_WIDTH_EM = 10.0
MIN_SECTIONS = 2
"""between lines, of a table: its head and its body"""
MIN_CELLS_SHARE = 0.4
"""of the rows of a section that have cells side by side: those of several lines have rows with one"""
MAX_FILL_SHARE = 0.85
"""of its width that rows with cells side by side cover: columns of running text fill theirs"""


def open_tables(ruling: Ruling, lines: Sequence[TextLine], em: float) -> list[Box]:
    """Boxes of the tables that horizontal ruling lines alone tell; `em` is the size of most of the type."""
    long = [rule for rule in ruling.horizontal if rule.end - rule.start >= MIN_WIDTH_EM * em]
    boxes = []
    for group in clusters(long, lambda a, b: _alike(a, b, ALIKE_EM * em)):
        run: list[RulingLine] = []
        for above, below in pairwise(sorted(group, key=lambda rule: rule.at)):
            if not _has_cells(_between(above, below), lines):
                boxes += _table(run)
                run = []
                continue
            run = [*(run or [above]), below]
        boxes += _table(run)
    return boxes


def _alike(a: RulingLine, b: RulingLine, tolerance: float) -> bool:
    return abs(a.start - b.start) <= tolerance and abs(a.end - b.end) <= tolerance


def _between(above: RulingLine, below: RulingLine) -> Box:
    return Box(min(above.start, below.start), above.at, max(above.end, below.end), below.at)


def _has_cells(section: Box, lines: Sequence[TextLine]) -> bool:
    """Whether what stands between two lines is rows of cells."""
    rows = rows_of([line for line in lines if section.holds(*line.box.middle)])
    divided = [row for row in rows if len(row.pieces) > 1]
    if not divided or len(divided) < MIN_CELLS_SHARE * len(rows):
        return False
    return fmean(sum(piece.box.width for piece in row.pieces) for row in divided) < MAX_FILL_SHARE * section.width


def _table(run: Sequence[RulingLine]) -> list[Box]:
    return [_between(run[0], run[-1])] if len(run) > MIN_SECTIONS else []
