"""The columns of a table that nothing but gaps parts."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from sokdok.imaging.box import Box
from sokdok.layout.tables.borders import column_borders
from sokdok.layout.tables.cells import text_rows
from sokdok.layout.tables.grids import Grid
from sokdok.layout.tables.ruling_lines import RulingLine
from sokdok.layout.text_line import TextLine


def with_columns(grid: Grid, lines: Sequence[TextLine]) -> Grid:
    """A grid whose columns are known: where nothing is drawn between them, the gaps tell."""
    drawn = len(grid.xs) > 2
    if not lines or drawn and not grid.vertical:
        return grid
    ruled = [RulingLine(x, round(grid.ys[0]), round(grid.ys[-1])) for x in grid.xs[1:-1]]
    inner = column_borders(text_rows(lines), ruled, grid.xs[-1])
    found = [border.at for border in inner if not border.rules]
    return replace(grid, xs=tuple(sorted([*grid.xs, *found])))


def column_places(lines: Sequence[TextLine]) -> tuple[float, ...]:
    """Where the columns of a table part that nothing but gaps shows, both outer borders included."""
    box = Box.around(line.box for line in lines)
    return (box.left, *(border.at for border in column_borders(text_rows(lines), (), box.right)), box.right)
