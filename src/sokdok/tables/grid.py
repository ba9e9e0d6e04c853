"""Cells get their places, by HTML's table model with bounds, and are written as HTML: one `<table>`, texts escaped.

- A cell takes the first free place of its row; a span ends where another cell already is, at the last row, and at
  `MAX_COLUMNS`.
- Places that no cell takes get an empty one, so that the cells cover the table exactly.
"""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field

from sokdok.reasons import say
from sokdok.tables.markup import RawCell

MAX_COLUMNS = 1000
MAX_PLACES = 1_000_000  # rows times columns


@dataclass(frozen=True)
class Cell:
    """A cell; `row` and `column` count from 0 and are its top left place."""

    row: int
    column: int
    text: str
    rows: int = 1
    columns: int = 1
    header: bool = False


@dataclass
class Grid:
    """Cells that cover `rows` × `columns` places, sorted by row, then column."""

    rows: int
    columns: int = 0
    cells: list[Cell] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    ragged: int = 0  # rows that had too few cells


def place(raws: list[list[RawCell]]) -> Grid:
    """Place rows of cells as written, in time proportional to the places covered."""
    grid = Grid(len(raws))
    busy: dict[int, int] = {}  # column → the row in which it is free again
    for row, line in enumerate(raws):
        _place_row(grid, row, line, busy)
    most = MAX_PLACES // max(1, grid.columns)
    if len(raws) > most:
        grid = place(raws[:most])
        grid.warnings.append(say("table_rows", most=most))
        return grid
    _fill(grid)
    grid.warnings = list(dict.fromkeys(grid.warnings))
    return grid


def _place_row(grid: Grid, row: int, line: list[RawCell], busy: dict[int, int]) -> None:
    column = 0
    for raw in line:
        if not busy and raw.rows == raw.columns == 1 and column < MAX_COLUMNS:  # nearly all, and tables may be long
            grid.cells.append(Cell(row, column, raw.text, header=raw.header))
            column += 1
            continue
        while busy.get(column, 0) > row:
            column += 1
        if column >= MAX_COLUMNS:
            grid.warnings.append(say("table_columns", most=MAX_COLUMNS))
            break
        limit = min(raw.columns, MAX_COLUMNS - column)
        width = next((i for i in range(limit) if busy.get(column + i, 0) > row), limit)
        height = min(raw.rows, grid.rows - row)
        if (width, height) != (raw.columns, raw.rows):
            grid.warnings.append(say("span_cut"))
        grid.cells.append(Cell(row, column, raw.text, height, width, raw.header))
        if height > 1:
            busy.update((place, row + height) for place in range(column, column + width))
        column += width
    grid.columns = max(grid.columns, column)


def _fill(grid: Grid) -> None:
    """Add empty cells where none is; they are headings in a row of headings."""
    covered = [bytearray(grid.columns) for _ in range(grid.rows)]
    plain = [False] * grid.rows
    for cell in grid.cells:
        plain[cell.row] |= not cell.header
        for row in range(cell.row, cell.row + cell.rows):
            covered[row][cell.column : cell.column + cell.columns] = b"\1" * cell.columns
    for row, line in enumerate(covered):
        gaps = [Cell(row, column, "", header=not plain[row]) for column, taken in enumerate(line) if not taken]
        grid.cells += gaps
        grid.ragged += bool(gaps)
    if grid.ragged:
        grid.cells.sort(key=lambda cell: (cell.row, cell.column))
        grid.warnings.append(say("short_rows", count=grid.ragged, rows=grid.rows))


def html_text(text: str) -> str:
    """Escape a text for a cell."""
    return html.escape(text, quote=False).replace("\n", "<br>")


def html_table(rows: Iterable[Sequence[str]], caption: str = "") -> str:
    """Write rows of texts, without headings or spans."""
    return _table(_caption(caption), (f"<td>{'</td><td>'.join(map(html_text, row))}</td>" for row in rows))


def html_table_of_cells(cells: Iterable[Cell], rows: int, caption: str = "") -> str:
    """Write cells, sorted by row, then column, with their spans and headings."""
    lines: list[list[str]] = [[] for _ in range(rows)]
    for cell in cells:
        lines[cell.row].append(_cell(cell))
    return _table(_caption(caption), map("".join, lines))


def _caption(caption: str) -> str:
    return f"<caption>{html_text(caption)}</caption>" if caption else ""


def _table(caption: str, rows: Iterable[str]) -> str:
    return f"<table>{caption}{''.join(f'<tr>{row}</tr>' for row in rows)}</table>"


def _cell(cell: Cell) -> str:
    tag = "th" if cell.header else "td"
    rows = f' rowspan="{cell.rows}"' if cell.rows > 1 else ""
    columns = f' colspan="{cell.columns}"' if cell.columns > 1 else ""
    return f"<{tag}{rows}{columns}>{html_text(cell.text)}</{tag}>"
