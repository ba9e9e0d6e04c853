"""Tables as grids of text, and how far two lots of grids agree: cells as neighbours."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from itertools import pairwise

from sokdok_lab.bench.metrics.html_tables import Cell, html_tables
from sokdok_lab.bench.printed.block import Block, Grid, dense, plain

Neighbours = tuple[str, str, str]  # text, next text that is not empty, direction


def table_blocks(source: str) -> list[Block] | None:
    """The tables of a piece of HTML that say something; None where it holds none, not even an empty one."""
    tables = html_tables(source, nested=False)
    return [table_block(grid) for table in tables if (grid := grid_of(table))] if tables else None


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
