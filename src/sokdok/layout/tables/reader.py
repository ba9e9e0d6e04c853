"""A table's lines of text, and its picture → one HTML `<table>` with spans, by ruling lines and gaps; nothing learned.

    html, confidence = read_table(pixels, lines)

- Borders of columns and rows cut the table into places; places merge into a cell where text runs across a border, and
  where a border that is a ruling line elsewhere has none between them.
- A heading that stands in the middle over several columns, or over a ruling line of their width, spans them.
- Rows and columns without any text are left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence

import numpy as np

from sokdok.imaging.box import Box
from sokdok.layout.joining import joined
from sokdok.layout.tables.borders import column_borders
from sokdok.layout.tables.cells import Cell, Grid, text_rows
from sokdok.layout.tables.pieces import cut_lines
from sokdok.layout.tables.rows import find_rows
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling
from sokdok.layout.text_line import TextLine

DOUBT = 0.3
"""times the lines' confidence, where there is hardly a table: a single row or column"""
_TAG = re.compile(r"<[^>]*>")


def read_table(
    pixels: np.ndarray | None, lines: Sequence[TextLine], join: Callable[[list[str]], str] = joined
) -> tuple[str, float]:
    """Read a table: its HTML, and a confidence from 0 to 1; "" and 0 without a line of text.

    `pixels` (H, W, 3) uint8 RGB is the table's picture, in which the lines are. Without one the lines must be pieces
    that hold one cell's text each, and only gaps are looked for.
    """
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        return "", 0.0
    if pixels is None:
        ruling, pieces, right = Ruling(), list(lines), Box.around(line.box for line in lines).right
    else:
        ruling, right = find_ruling(pixels, lines), float(pixels.shape[1])
        pieces = cut_lines(erased(pixels, ruling), lines, ruling)
    columns = column_borders(text_rows(pieces), ruling.vertical, right)
    cells = Grid(columns, find_rows(pieces, ruling.horizontal, columns), pieces).cells()
    return cells_html(cells, join), _confidence(pieces, cells)


def table_text(table: str) -> str:
    """The text of an HTML table: cells with a space between, rows with a line end."""
    rows = table.replace("</tr>", "\n").replace("</td>", " ")
    lines = (" ".join(html.unescape(_TAG.sub("", row)).split()) for row in rows.split("\n"))
    return "\n".join(line for line in lines if line)


def cells_html(cells: Sequence[Cell], join: Callable[[list[str]], str] = joined) -> str:
    """Cells by row, then column; rows and columns in which no text begins are left out."""
    rows = sorted({cell.top for cell in cells if cell.pieces})
    columns = sorted({cell.left for cell in cells if cell.pieces})
    lines: dict[int, list[str]] = {row: [] for row in rows}
    head = _head(cells)
    for cell in cells:
        down = [row for row in rows if cell.top <= row <= cell.bottom]
        right = [column for column in columns if cell.left <= column <= cell.right]
        if down and right:
            tag = "th" if cell.bottom < head else "td"
            lines[down[0]].append(_td(tag, join(cell.lines or [""]), len(down), len(right)))
    return "<table>" + "".join(f"<tr>{''.join(line)}</tr>" for line in lines.values()) + "</table>"


def _head(cells: Sequence[Cell]) -> int:
    """How many rows at the top are set in bold throughout, where others are not: the table's head."""
    bold = {cell.top: all(piece.bold for piece in cell.pieces) for cell in cells if cell.pieces}
    for cell in cells:
        if cell.pieces and not all(piece.bold for piece in cell.pieces):
            bold[cell.top] = False
    rows = sorted(bold)
    head = next((number for number, row in enumerate(rows) if not bold[row]), 0)
    return rows[head] if head else 0


def _td(tag: str, text: str, rows: int, columns: int) -> str:
    spans = f' rowspan="{rows}"' * (rows > 1) + f' colspan="{columns}"' * (columns > 1)
    return f"<{tag}{spans}>{html.escape(text, quote=False)}</{tag}>"


def _confidence(pieces: Sequence[TextLine], cells: Sequence[Cell]) -> float:
    """Mean confidence of the symbols, less where there is hardly a table."""
    symbols = sum(len(piece.text) for piece in pieces)
    mean = sum(piece.confidence * len(piece.text) for piece in pieces) / symbols
    filled = [cell for cell in cells if cell.pieces]
    rows, columns = {cell.top for cell in filled}, {cell.left for cell in filled}
    return mean if min(len(rows), len(columns)) > 1 else DOUBT * mean
