"""A table's lines of text, and its picture → one HTML `<table>` with spans, by ruling lines and gaps; nothing learned.

    html, confidence = read_table(pixels, lines)

- Borders of columns and rows cut the table into places; places merge into a cell where text runs across a border, and
  where a border that is a ruling line elsewhere has none between them.
- A heading that reaches over several columns, or has a ruling line of their width below it, spans them.
- Rows and columns without any text are left out.
"""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.box import Box
from sokdok.layout.joining import joined
from sokdok.layout.tables.cells import Cell
from sokdok.layout.tables.grids import MEET, Grid
from sokdok.layout.tables.seen_grids import Seen, see
from sokdok.layout.text_line import TextLine

WHOLE_SHARE = 0.8  # of a picture's lines that are in a grid, if it is the whole table's
DOUBT = 0.3  # times the lines' confidence, where there is hardly a table: a single row or column
_TAG = re.compile(r"<[^>]*>")


def read_table(
    pixels: np.ndarray, lines: Sequence[TextLine], join: Callable[[list[str]], str] = joined
) -> tuple[str, float]:
    """Read a table's picture (H, W, 3) uint8 RGB with its lines: its HTML, and a confidence from 0 to 1.

    "" and 0 without a line of text.
    """
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        return "", 0.0
    seen = see(pixels, lines)
    cells, _ = seen.cells(seen.lines, _around(seen))
    return cells_html(cells, join), _confidence(cells)


def _around(seen: Seen) -> Grid | None:
    """The grid of the whole picture, if there is one around most of its lines."""
    inside = [sum(grid.box.holds(*line.box.scaled(seen.scale).middle) for line in seen.lines) for grid in seen.grids]
    most = max(range(len(inside)), key=lambda at: inside[at], default=None)
    if most is None or inside[most] < WHOLE_SHARE * len(seen.lines):
        return None
    grid, text = seen.grids[most], Box.around(line.box.scaled(seen.scale) for line in seen.lines)
    xs = (min(grid.xs[0], text.left), *grid.xs[1:-1], max(grid.xs[-1], text.right))
    above, below = text.top < grid.ys[0] - MEET, text.bottom > grid.ys[-1] + MEET
    return replace(grid, xs=xs, ys=(*(text.top,) * above, *grid.ys, *(text.bottom,) * below))


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


def _confidence(cells: Sequence[Cell]) -> float:
    """Mean confidence of the symbols, less where there is hardly a table."""
    pieces = [piece for cell in cells for piece in cell.pieces]
    symbols = sum(len(piece.text) for piece in pieces)
    mean = sum(piece.confidence * len(piece.text) for piece in pieces) / symbols
    filled = [cell for cell in cells if cell.pieces]
    rows, columns = {cell.top for cell in filled}, {cell.left for cell in filled}
    return mean if min(len(rows), len(columns)) > 1 else DOUBT * mean
