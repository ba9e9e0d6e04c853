"""Parse tables in HTML or CSV as the metrics compare them: rows of cells with spans, or a plain grid of texts.

- Of HTML only `table`, `tr`, `td`, `th`, `colspan` and `rowspan` count; `thead`, `tbody` and `th` are no difference,
  since the sets that we measure with do not mark them.
- Lenient where models are sloppy: missing end tags, spans that are no numbers, text around the table.
- Independent of `tables.parse`, which is what is measured.
"""

from __future__ import annotations

import csv
import io
from dataclasses import dataclass, field
from html.parser import HTMLParser

Grid = list[list[str]]  # Rows of texts.
_PARTS_WORDS = ("br", "p", "li", "div")  # elements between whose texts there is a space
_MAX_SPAN = 100  # Columns or rows of a span, at most: a larger one is a slip of the model and would only cost memory.


@dataclass(frozen=True)
class Cell:
    """A table cell; white space in its text is collapsed."""

    text: str
    columns: int = 1
    rows: int = 1


Table = list[list[Cell]]  # Rows of cells; a cell that reaches in from above is not repeated.


def html_tables(text: str, *, nested: bool = True) -> list[Table]:
    """Return all tables in a text, in order of their beginnings; a nested one's text is in the cell around it, too."""
    parser = _Parser()
    parser.feed(text)
    parser.close()
    return parser.tables if nested else parser.outer


def grid_of(text: str) -> Grid:
    """Return the first table of an HTML text as a grid, spanning cells repeated; other text is read as CSV."""
    if "<table" in text.lower():
        tables = html_tables(text)
        return spread(tables[0]) if tables else []
    rows = [[cell.strip() for cell in row] for row in csv.reader(io.StringIO(text))]
    return [row for row in rows if any(row)]


def spread(table: Table, *, repeated: bool = True) -> Grid:
    """Return every grid place with the text of the cell that covers it, or begins there; rows of equal length."""
    covered: dict[tuple[int, int], str] = {}
    for row, cells in enumerate(table):
        column = 0
        for cell in cells:
            while (row, column) in covered:
                column += 1
            for down in range(min(cell.rows, len(table) - row)):
                for right in range(cell.columns):
                    text = cell.text if repeated or not (down or right) else ""
                    covered.setdefault((row + down, column + right), text)
            column += cell.columns
    width = 1 + max((column for _, column in covered), default=-1)
    return [[covered.get((row, column), "") for column in range(width)] for row in range(len(table))]


@dataclass
class _Open:
    """A table whose end has not come yet."""

    rows: Table
    cell: list[str] | None = None
    spans: tuple[int, int] = (1, 1)


@dataclass
class _Parser(HTMLParser):
    tables: list[Table] = field(default_factory=list)
    outer: list[Table] = field(default_factory=list)  # those that stand in no other
    stack: list[_Open] = field(default_factory=list)

    def __post_init__(self) -> None:
        super().__init__(convert_charrefs=True)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self.tables.append([])
            if not self.stack:
                self.outer.append(self.tables[-1])
            self.stack.append(_Open(self.tables[-1]))
        elif self.stack and tag == "tr":
            self._close_cell()
            self.stack[-1].rows.append([])
        elif self.stack and tag in ("td", "th"):
            self._close_cell()
            given = dict(attrs)
            self.stack[-1].cell = []
            self.stack[-1].spans = _span(given.get("colspan")), _span(given.get("rowspan"))
        elif tag in _PARTS_WORDS:
            self.handle_data(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag in ("td", "th", "tr", "table"):
            self._close_cell()
        if tag == "table" and self.stack:
            self.stack.pop()

    def handle_data(self, data: str) -> None:
        for table in self.stack:
            if table.cell is not None:
                table.cell.append(data)

    def close(self) -> None:
        super().close()
        while self.stack:
            self.handle_endtag("table")

    def _close_cell(self) -> None:
        if not self.stack or self.stack[-1].cell is None:
            return
        table = self.stack[-1]
        if not table.rows:
            table.rows.append([])
        table.rows[-1].append(Cell(" ".join("".join(table.cell or []).split()), *table.spans))
        table.cell = None


def _span(value: str | None) -> int:
    return max(1, min(int(value), _MAX_SPAN)) if value and value.strip().isdecimal() else 1
