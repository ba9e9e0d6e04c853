"""Rows of a text layer as a table: columns are where pieces stand above each other.

- Columns come from the rows with the most pieces; a piece that reaches over several of them spans them.
- The first row is not taken for a header: nothing in a text layer says so.
"""

from __future__ import annotations

from collections.abc import Sequence
from html import escape

from sokdok.documents import sanitize
from sokdok.pages.textlayer import LayerLine, Piece

Interval = tuple[float, float]


def table_html(rows: Sequence[LayerLine]) -> str:
    """An HTML table of the rows' pieces."""
    columns = _columns(rows)
    body = "".join(f"<tr>{_row(row, columns)}</tr>" for row in rows)
    return sanitize.table(f"<table>{body}</table>")


def _columns(rows: Sequence[LayerLine]) -> list[Interval]:
    """Left and right of each column: narrow pieces first, since wide ones may span."""
    columns: list[Interval] = []
    for piece in sorted((piece for row in rows for piece in row.pieces), key=_width):
        touched = [column for column in columns if _overlap(column, piece) > 0]
        if not touched:
            columns.append((piece.box[0], piece.box[2]))
        elif len(touched) == 1:
            (old,) = touched
            columns[columns.index(old)] = (min(old[0], piece.box[0]), max(old[1], piece.box[2]))
    return sorted(columns)


def _width(piece: Piece) -> float:
    return piece.box[2] - piece.box[0]


def _overlap(column: Interval, piece: Piece) -> float:
    return min(column[1], piece.box[2]) - max(column[0], piece.box[0])


def _row(row: LayerLine, columns: list[Interval]) -> str:
    cells: list[str] = []
    filled = 0
    for piece in row.pieces:
        touched = [index for index, column in enumerate(columns) if _overlap(column, piece) > 0 and index >= filled]
        if not touched:  # two pieces in one column: both are kept
            cells[-1] = cells[-1].removesuffix("</td>") + f" {escape(piece.text)}</td>"
            continue
        cells += ["<td></td>"] * (touched[0] - filled)
        span = f' colspan="{len(touched)}"' if len(touched) > 1 else ""
        cells.append(f"<td{span}>{escape(piece.text)}</td>")
        filled = touched[-1] + 1
    return "".join(cells) + "<td></td>" * (len(columns) - filled)
