"""Where ruled tables stand on a page: ruling lines that meet, a vertical one between columns, text in the cells."""

from __future__ import annotations

from collections.abc import Sequence

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import close_values
from sokdok.layout.tables.ruling_lines import Ruling, RulingLine
from sokdok.layout.text_line import TextLine

MEET_PX = 8
"""between the ends of ruling lines that meet"""
MIN_LINES_PER_CELL = 0.3
"""lines of text for each cell; the grid of a chart has fewer"""
EDGE_SHARE = 0.02
"""of a table's width, within which a vertical line is its edge"""


def ruled_tables(ruling: Ruling, lines: Sequence[TextLine]) -> list[Box]:
    """Boxes of the grids on a page: two horizontal lines or more, one vertical that is no edge, text in many cells."""
    grids: list[tuple[list[RulingLine], list[RulingLine]]] = []
    for vertical in ruling.vertical:
        horizontal = [rule for rule in ruling.horizontal if _meet(rule, vertical)]
        near = [number for number, grid in enumerate(grids) if any(rule in grid[0] for rule in horizontal)]
        merged = (
            [rule for number in near for rule in grids[number][0]] + horizontal,
            [rule for number in near for rule in grids[number][1]] + [vertical],
        )
        grids = [grid for number, grid in enumerate(grids) if number not in near] + [merged]
    return [_outline(horizontal) for horizontal, vertical in grids if _is_table(horizontal, vertical, lines)]


def _is_table(horizontal: Sequence[RulingLine], vertical: Sequence[RulingLine], lines: Sequence[TextLine]) -> bool:
    if len(set(horizontal)) < 2:
        return False
    box = _outline(horizontal)
    margin = max(MEET_PX, EDGE_SHARE * box.width)
    inner = any(box.left + margin < rule.at < box.right - margin for rule in vertical)
    cells = (_places(horizontal) - 1) * (_places(vertical) - 1)
    return inner and sum(box.holds(*line.box.middle) for line in lines) >= MIN_LINES_PER_CELL * cells


def _places(rules: Sequence[RulingLine]) -> int:
    """How many places ruling lines stand at, those in line with one another counted once."""
    return len(close_values([rule.at for rule in rules], MEET_PX))


def _meet(horizontal: RulingLine, vertical: RulingLine) -> bool:
    across = horizontal.start - MEET_PX <= vertical.at <= horizontal.end + MEET_PX
    return across and vertical.start - MEET_PX <= horizontal.at <= vertical.end + MEET_PX


def _outline(horizontal: Sequence[RulingLine]) -> Box:
    return Box.around((float(rule.start), rule.at, float(rule.end), rule.at) for rule in horizontal)
