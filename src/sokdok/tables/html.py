"""Tables written as HTML: one `<table>`, texts escaped, line breaks as `<br>`."""

from __future__ import annotations

import html
from collections.abc import Iterable, Sequence

from sokdok.tables.grid import Cell


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
