"""A table's picture and its lines of text → one HTML `<table>` with spans, by rules and white gaps; nothing is learned.

    text, confidence = read_table(pixels, lines)

- Borders of columns and rows cut the picture into places; places join into a cell where text runs across a border, and
  where a border that is a rule elsewhere has none between them.
- A heading that stands in the middle over several columns, or over a rule of their width, spans them.
- Rows and columns without any text are left out.
"""

from __future__ import annotations

import html
from collections.abc import Sequence

import numpy as np

from sokdok.layout.tables.axes import column_borders
from sokdok.layout.tables.cells import Cell, Layout
from sokdok.layout.tables.pieces import Piece, cut_lines, text_rows
from sokdok.layout.tables.rows import find_rows
from sokdok.layout.tables.ruling_lines import erased, find_rules
from sokdok.layout.text_line import TextLine


def read_table(pixels: np.ndarray, lines: Sequence[TextLine]) -> tuple[str, float]:
    """HTML and confidence (0 to 1) of a picture (H, W, 3) uint8 RGB; "" and 0 without a line of text."""
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        return "", 0.0
    rules = find_rules(pixels, lines)
    pieces = cut_lines(erased(pixels, rules), lines, rules)
    columns = column_borders(text_rows(pieces), rules.upright, pixels.shape[1])
    cells = Layout(columns, find_rows(pieces, rules.level, columns), pieces).cells()
    return _html(cells), _confidence(pieces, cells)


def _html(cells: Sequence[Cell]) -> str:
    """Cells by row, then column; rows and columns in which no text begins are left out."""
    rows = sorted({cell.top for cell in cells if cell.pieces})
    columns = sorted({cell.left for cell in cells if cell.pieces})
    lines: dict[int, list[str]] = {row: [] for row in rows}
    for cell in cells:
        down = [row for row in rows if cell.top <= row <= cell.bottom]
        right = [column for column in columns if cell.left <= column <= cell.right]
        if down and right:
            lines[down[0]].append(_td(cell.text, len(down), len(right)))
    return "<table>" + "".join(f"<tr>{''.join(line)}</tr>" for line in lines.values()) + "</table>"


def _td(text: str, rows: int, columns: int) -> str:
    spans = f' rowspan="{rows}"' * (rows > 1) + f' colspan="{columns}"' * (columns > 1)
    return f"<td{spans}>{html.escape(text, quote=False)}</td>"


def _confidence(pieces: Sequence[Piece], cells: Sequence[Cell]) -> float:
    """How sure the lines are, less where there is hardly a table: a single row or column."""
    symbols = sum(len(piece.text) for piece in pieces)
    sure = sum(piece.confidence * len(piece.text) for piece in pieces) / symbols
    shape = (len({cell.top for cell in cells if cell.pieces}), len({cell.left for cell in cells if cell.pieces}))
    return sure if min(shape) > 1 else 0.3 * sure
