"""The cells of a table that gaps alone show, whose lines of text are known exactly.

A head of two rows, in which each column has a text in one of them, spans: across where the second row divides it, down
where the second row has nothing.
"""

from __future__ import annotations

from collections.abc import Sequence

from sokdok.layout.tables.cells import Cell
from sokdok.layout.tables.set_rows import grouped
from sokdok.layout.text_line import TextLine


def gap_cells(rows: Sequence[list[TextLine]], xs: Sequence[float]) -> list[Cell]:
    """Cells by row, then column; `rows` are rows of text, cut at the columns, of which `xs` are the borders."""
    cells: list[Cell] = []
    for number, group in enumerate(grouped(rows, xs)):
        cells += _row(number, [piece for row in group for piece in row], xs)
    return _with_head(cells, len(xs) - 1)


def _row(number: int, pieces: Sequence[TextLine], xs: Sequence[float]) -> list[Cell]:
    """The cells of a row: a column each, or as many as a text runs over."""
    spans = [_span(piece, xs) for piece in pieces]
    cells: list[Cell] = []
    column = 0
    while column < len(xs) - 1:
        last = max((right for left, right in spans if left == column), default=column)
        inside = [piece for piece, (left, _) in zip(pieces, spans, strict=True) if column <= left <= last]
        cells.append(Cell(number, column, number, last, inside))
        column = last + 1
    return cells


def _span(piece: TextLine, xs: Sequence[float]) -> tuple[int, int]:
    """The first and the last column that a piece stands in, by what is well inside of it."""
    ends = piece.box.grown(-min(0.5 * piece.em, 0.3 * piece.box.width), 0)
    left, right = (min(max(sum(x <= at for x in xs) - 1, 0), len(xs) - 2) for at in (ends.left, ends.right))
    return left, right


def _with_head(cells: list[Cell], columns: int) -> list[Cell]:
    first, second = ([cell for cell in cells if cell.top == row] for row in (0, 1))
    upper = [cell for cell in first if cell.pieces]
    under = {cell.left for cell in second if cell.pieces}
    if not upper or not second or upper[0].left > 0 or len(under) == columns:
        return cells
    head: list[Cell] = []
    for cell, after in zip(upper, [*(cell.left for cell in upper[1:]), columns], strict=True):
        below = [column for column in range(cell.left, after) if column in under]
        if below and below != list(range(cell.left, after)) or not below and after - cell.left > 1:
            return cells
        head.append(Cell(0, cell.left, int(not below), after - 1, cell.pieces))
    if all(cell.bottom == 1 for cell in head):
        return cells
    rest = [cell for cell in cells if cell.top > 1 or (cell.top == 1 and cell.left in under)]
    return sorted([*head, *rest], key=lambda cell: (cell.top, cell.left))
