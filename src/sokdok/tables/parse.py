"""A table with its spans: read from HTML or Markdown, given as HTML, Markdown, CSV, XLSX or a DataFrame.

- `parse_table` takes whatever a model wrote: tags left open, text that breaks off, tables inside tables, script, spans
  of a billion columns. It never raises: what is no table is `valid=False` with a reason, what was mended is a warning.
- A cell holds plain text; every format is written from it, so nothing a model wrote reaches a page as markup.
- Spans are kept in HTML and XLSX. Markdown and CSV have the text where the span begins, a DataFrame in all its places.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.errors import imported
from sokdok.files import new_text_file
from sokdok.reasons import say
from sokdok.tables.markup import Cell, guarded, html_table_of_cells, html_text, place, read_rows

if TYPE_CHECKING:
    import pandas

__all__ = ["Cell", "Table", "parse_table"]

_STYLE = (
    ":root{color-scheme:light dark}body{margin:2rem;font-family:Pretendard,'Noto Sans KR','Malgun Gothic',NanumGothic,"
    "sans-serif;word-break:keep-all}table{border-collapse:collapse;font-variant-numeric:tabular-nums}caption{text-align:"
    "left;padding-bottom:.5em}td,th{border:1px solid #8888;padding:.3em .6em;text-align:left;vertical-align:top}"
    "th{background:#8882}"
)


@dataclass(frozen=True)
class Table:
    """Cells that cover `rows` × `columns` places exactly, sorted by row, then column."""

    cells: tuple[Cell, ...] = ()
    rows: int = 0
    columns: int = 0
    caption: str = ""
    valid: bool = True
    reason: str = ""  # why it is not valid
    rectangular: bool = True  # whether the cells as written covered the table; missing ones were added, empty
    warnings: tuple[str, ...] = ()
    confidence: float | None = None  # 0 to 1, if the reader says

    def grid(self, *, repeat: bool = False) -> list[list[str]]:
        """List texts by row and column; the text of a span is in its first place, or with `repeat` in all of them."""
        texts = [[""] * self.columns for _ in range(self.rows)]
        for cell in self.cells:
            for row in range(cell.row, cell.row + (cell.rows if repeat else 1)):
                for column in range(cell.column, cell.column + (cell.columns if repeat else 1)):
                    texts[row][column] = cell.text
        return texts

    @property
    def header_rows(self) -> int:
        """How many rows at the top are headings throughout."""
        return min((cell.row for cell in self.cells if not cell.header), default=self.rows)

    def html(self) -> str:
        """Write one `<table>` with its spans; texts are escaped, line breaks are `<br>`."""
        return html_table_of_cells(self.cells, self.rows, self.caption)

    def markdown(self) -> str:
        """Write a pipe table; its first row is the heading, as Markdown wants one. Pipes are escaped."""
        if not self.rows:
            return ""
        # Markdown may hold HTML: a text is escaped for both.
        texts = ([html_text(text).replace("\\", "\\\\").replace("|", "\\|") for text in row] for row in self.grid())
        first, *rest = texts
        return "".join(f"| {' | '.join(line)} |\n" for line in (first, ["---"] * self.columns, *rest))

    def csv(self) -> str:
        """Write comma-separated values; what a spreadsheet would run as a formula begins with an apostrophe."""
        file = io.StringIO()
        csv.writer(file, lineterminator="\n").writerows(map(guarded, row) for row in self.grid())
        return file.getvalue()

    def to_dataframe(self) -> pandas.DataFrame:
        """Make a DataFrame of texts, its columns named by the heading rows (the first row if none is marked as one).

        Raises MissingExtraError without pandas.
        """
        pandas = imported("pandas", "pandas", "making a DataFrame")
        texts, head = self.grid(repeat=True), max(1, min(self.header_rows, self.rows - 1))
        names = [" ".join(dict.fromkeys(filter(None, column))) for column in zip(*texts[:head], strict=True)]
        return pandas.DataFrame(texts[head:], columns=names)

    def redraw(self, path: Path) -> None:
        """Write the table as a page of HTML that stands alone."""
        viewport = '<meta name="viewport" content="width=device-width">'
        head = f'<!doctype html><meta charset="utf-8">{viewport}<title>table</title><style>{_STYLE}</style>'
        with new_text_file(path, errors="backslashreplace") as file:
            file.write(f"{head}{self.html()}\n")

    def to_dict(self) -> dict[str, Any]:
        """Convert to what JSON holds."""
        values = vars(self) | {"cells": [vars(cell) for cell in self.cells], "warnings": list(self.warnings)}
        return {"kind": "table"} | values | {"html": self.html()}


def parse_table(text: str, confidence: float | None = None) -> Table:
    """Parse the first table in a model's text, HTML or Markdown. Never raises: see `valid`, `reason` and `warnings`."""
    found = read_rows(text)
    if not found.rows:
        return Table(valid=False, reason=say("no_table"), confidence=confidence)
    grid = place(found.rows)
    return Table(
        tuple(grid.cells),
        grid.rows,
        grid.columns,
        found.caption,
        rectangular=not grid.ragged,
        warnings=(*found.warnings, *grid.warnings),
        confidence=confidence,
    )
