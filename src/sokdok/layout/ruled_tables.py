"""Where ruled tables stand on a page: rules that meet, with an upright one between columns and text in the cells."""

from __future__ import annotations

import html
import re
from collections.abc import Sequence

from sokdok.layout.blocks import Box, around, overlap
from sokdok.layout.tables.ruling_lines import Rule, Rules
from sokdok.layout.text_line import TextLine

_MEETS = 8
"""pixels between the ends of rules that meet"""
_FILLED = 0.3
"""lines of text for each cell; the grid of a chart has fewer"""
_TAG = re.compile(r"<[^>]*>")


def ruled_tables(rules: Rules, lines: Sequence[TextLine]) -> list[Box]:
    """Boxes of the grids on a page: at least two level rules, an upright one that is no edge, text in many cells."""
    grids: list[tuple[list[Rule], list[Rule]]] = []
    for upright in rules.upright:
        level = [rule for rule in rules.level if _meet(rule, upright)]
        near = [grid for grid in grids if any(rule in grid[0] for rule in level)]
        grids = [grid for grid in grids if not any(grid is other for other in near)]
        joined = [rule for grid in near for rule in grid[0]] + level
        grids.append((joined, [rule for grid in near for rule in grid[1]] + [upright]))
    return [around([_box(rule) for rule in level]) for level, upright in grids if _is_table(level, upright, lines)]


def _is_table(level: Sequence[Rule], upright: Sequence[Rule], lines: Sequence[TextLine]) -> bool:
    if len(set(level)) < 2:
        return False
    box = around([_box(rule) for rule in level])
    cells = (_places(level) - 1) * (_places(upright) - 1)
    text = sum(inside(line.box, [box]) for line in lines)
    return any(_parts(rule, box) for rule in upright) and text >= _FILLED * cells


def _places(rules: Sequence[Rule]) -> int:
    """How many places rules stand at, those in line with one another counted once."""
    at = sorted(rule.at for rule in rules)
    return 1 + sum(b - a > _MEETS for a, b in zip(at, at[1:], strict=False))


def _meet(level: Rule, upright: Rule) -> bool:
    across = level.start - _MEETS <= upright.at <= level.end + _MEETS
    return across and upright.start - _MEETS <= level.at <= upright.end + _MEETS


def _box(level: Rule) -> Box:
    return float(level.start), level.at, float(level.end), level.at


def _parts(upright: Rule, box: Box) -> bool:
    margin = max(_MEETS, 0.02 * (box[2] - box[0]))
    return box[0] + margin < upright.at < box[2] - margin


def table_text(table: str) -> str:
    """The text of an HTML table: cells parted by a space, rows by a line end."""
    rows = table.replace("</tr>", "\n").replace("</td>", " ")
    lines = (" ".join(html.unescape(_TAG.sub("", row)).split()) for row in rows.split("\n"))
    return "\n".join(line for line in lines if line)


def inside(box: Box, areas: Sequence[Box]) -> bool:
    """Whether a box's middle lies in one of the areas."""
    x, y = (box[0] + box[2]) / 2, (box[1] + box[3]) / 2
    return any(left <= x <= right and top <= y <= bottom for left, top, right, bottom in areas)


def mostly_inside(box: Box, areas: Sequence[Box]) -> bool:
    """Whether most of a box lies in one of the areas."""
    size = (box[2] - box[0]) * (box[3] - box[1])
    return any(overlap(box, area) > 0.5 * size for area in areas)
