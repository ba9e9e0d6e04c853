"""Parse tables in HTML or CSV as the metrics compare them: rows of cells with spans, or a plain grid of texts.

- Of HTML only `table`, `tr`, `td`, `th`, `colspan` and `rowspan` count; `thead`, `tbody` and `th` are no difference,
  since the sets that we measure with do not mark them.
- Lenient where models are sloppy: HTML is read as browsers do (html5lib), spans that are no numbers are 1.
- Independent of `tables.parse`, which is what is measured.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass
from xml.etree.ElementTree import Element

import html5lib

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
    if "<table" not in text.lower():
        return []
    root: Element = html5lib.parse(text, namespaceHTMLElements=False)
    tables = root.iter("table") if nested else _below(root, "table")
    return [[list(map(_cell, _below(row, "td", "th"))) for row in _below(table, "tr")] for table in tables]


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


def _below(element: Element, *tags: str) -> Iterator[Element]:
    """Yield the nearest elements of these tags below one."""
    for child in element:
        if child.tag in tags:
            yield child
        else:
            yield from _below(child, *tags)


def _cell(element: Element) -> Cell:
    text = " ".join("".join(_texts(element)).split())
    return Cell(text, _span(element.get("colspan")), _span(element.get("rowspan")))


def _texts(element: Element) -> Iterator[str]:
    """Yield the pieces of an element's text, a space where a part of it begins that is a line of its own."""
    yield element.text or ""
    for child in element:
        if isinstance(child.tag, str):  # a comment's tag is a function
            yield " " if child.tag in _PARTS_WORDS else ""
            yield from _texts(child)
        yield child.tail or ""


def _span(value: str | None) -> int:
    return max(1, min(int(value), _MAX_SPAN)) if value and value.strip().isdecimal() else 1
