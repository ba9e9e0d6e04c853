"""The cells of a table whose lines of text are known word by word: by the grid that is drawn, or by gaps alone."""

from __future__ import annotations

from collections.abc import Sequence

from sokdok.layout.tables.cells import Cell
from sokdok.layout.tables.drawn_cells import cells_of
from sokdok.layout.tables.gap_cells import gap_cells
from sokdok.layout.tables.gap_columns import column_places, with_columns
from sokdok.layout.tables.grids import Grid
from sokdok.layout.text_line import TextLine


def table_cells(rows: Sequence[Sequence[TextLine]], grid: Grid | None) -> tuple[list[Cell], tuple[float, ...]]:
    """Cells by row, then column, and the borders of the columns, both outer ones included.

    `rows` are the table's rows of text, from top to bottom, in points, as the grid is.
    """
    lines = [line for row in rows for line in row]
    if grid is None:
        columns = column_places(lines)
        return gap_cells([list(row) for row in rows], columns), columns
    grid = with_columns(grid, lines)
    return cells_of(grid, lines), grid.xs
