"""Tables in HTML as grids of text, and how far two lots of grids agree: cells as neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from html.parser import HTMLParser
from itertools import pairwise
from typing import NamedTuple

from sokdok.bench.printed.block import Block, Grid, dense, plain

MAX_SPAN = 200
"""rows or columns of one cell"""
Neighbours = tuple[str, str, str]
"""text, next text that is not empty, direction"""


class Cell(NamedTuple):
    """A cell where its row has it."""

    text: str
    rows: int = 1
    columns: int = 1


class _Tables(HTMLParser):
    """Cells of every table, row by row; a table within a cell is that cell's text."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.tables: list[list[list[Cell]]] = []
        self._depth = 0
        self._text: list[str] | None = None
        self._span = (1, 1)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "table":
            self._depth += 1
            if self._depth == 1:
                self.tables.append([])
        elif self._depth == 1 and tag in ("tr", "td", "th"):
            self._end_cell()
            if tag == "tr" or not self.tables[-1]:
                self.tables[-1].append([])
            if tag != "tr":
                values = dict(attrs)
                self._span = (_span(values.get("rowspan")), _span(values.get("colspan")))
                self._text = []
        elif self._text is not None and tag in ("br", "p", "li", "div"):
            self._text.append(" ")

    def handle_endtag(self, tag: str) -> None:
        if tag == "table" and self._depth:
            if self._depth == 1:
                self._end_cell()
            self._depth -= 1
        elif self._depth == 1 and tag in ("td", "th", "tr"):
            self._end_cell()

    def handle_data(self, data: str) -> None:
        if self._text is not None:
            self._text.append(data)

    def _end_cell(self) -> None:
        if self._text is not None:
            self.tables[-1][-1].append(Cell("".join(self._text), *self._span))
            self._text = None


def _span(value: str | None) -> int:
    return max(1, min(MAX_SPAN, int(value))) if value and value.strip().isdigit() else 1


def html_tables(source: str) -> list[Block]:
    """The tables of a piece of HTML that say something."""
    parser = _Tables()
    parser.feed(source)
    parser.close()
    grids = [grid_of(rows) for rows in parser.tables]
    return [table_block(grid) for grid in grids if grid] if parser.tables else []


def has_table(source: str) -> bool:
    """Whether a piece of HTML holds a table, an empty one too."""
    parser = _Tables()
    parser.feed(source)
    return bool(parser.tables)


def table_block(grid: Grid) -> Block:
    """A grid as a block."""
    return Block("table", " ".join(text for row in grid for text in row if text), grid=grid)


def grid_of(rows: Iterable[Iterable[Cell]]) -> Grid:
    """Spans laid out: the text at the first place, nothing at the others; no empty rows and columns."""
    rows = [list(row) for row in rows]
    taken: dict[tuple[int, int], str] = {}
    for y, row in enumerate(rows):
        x = 0
        for cell in row:
            while (y, x) in taken:
                x += 1
            for down in range(min(cell.rows, len(rows) - y)):
                for right in range(cell.columns):
                    taken.setdefault((y + down, x + right), "" if down or right else plain(cell.text))
            x += cell.columns
    width = max((x for _, x in taken), default=-1) + 1
    return _trimmed([[taken.get((y, x), "") for x in range(width)] for y in range(len(rows))])


def _trimmed(grid: Grid) -> Grid:
    filled = [row for row in grid if any(row)]
    kept = [x for x in range(len(filled[0])) if any(row[x] for row in filled)] if filled else []
    return [[row[x] for x in kept] for row in filled]


def neighbours(grids: Iterable[Grid], *, spaces: bool = True) -> Counter[Neighbours]:
    """Each text with the next one right of it and below it; a table of one text is that text alone."""
    found: Counter[Neighbours] = Counter()
    for grid in grids:
        if not spaces:
            grid = [[dense(text) for text in row] for row in grid]
        before = found.total()
        for lines, way in ((grid, "right"), (zip(*grid, strict=True), "down")):
            for line in lines:
                texts = [text for text in line if text]
                found.update((a, b, way) for a, b in pairwise(texts))
        if found.total() == before:
            found.update((text, "", "alone") for row in grid for text in row if text)
    return found


def texts_of(grid: Grid) -> Counter[str]:
    """The texts of a grid, white space ignored."""
    return Counter(dense(text) for row in grid for text in row if text)
