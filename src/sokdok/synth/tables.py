"""Tables: random contents set in columns, with full rules, horizontal rules or none."""

from __future__ import annotations

import random
from dataclasses import dataclass, replace
from typing import Protocol

from sokdok.synth.canvas import Canvas
from sokdok.synth.typeset import Line, TextStyle, set_text

RULES = ("grid", "rows", "frame", "none")


class Contents(Protocol):
    """What cells say."""

    def take(self, length: int) -> str:
        """A phrase of at most `length` characters."""
        ...

    def number(self) -> str:
        """A number as tables have them."""
        ...


@dataclass(frozen=True)
class PlacedCell:
    """A cell with its lines where they stand on the page."""

    row: int
    column: int
    columns: int
    lines: list[Line]


@dataclass(frozen=True)
class Table:
    """Cells and their rules, placed on a page."""

    cells: list[PlacedCell]
    rules: list[tuple[float, float, float, float]]
    bottom: float


def set_table(
    left: float, top: float, width: float, height: float, style: TextStyle, bold: TextStyle, contents: Contents,
    rng: random.Random,
) -> Table:  # fmt: skip
    """A table of at most `height` pixels below `top`: rows are added while they fit."""
    count = rng.randint(2, max(2, min(7, int(width / (style.size * 4)))))
    edges = _column_edges(left, width, count, rng)
    numeric = [column > 0 and rng.random() < 0.6 for column in range(count)]
    pad, rows, y = style.size * rng.uniform(0.25, 0.5), rng.randint(2, 12), top
    cells: list[PlacedCell] = []
    borders = [top]
    for row in range(rows):
        placed = _row(row, y, edges, numeric, pad, style if row else bold, contents, rng)
        bottom = max(cell.lines[-1].y for cell in placed) + 0.3 * style.size + pad
        if bottom > top + height:
            break
        cells += placed
        borders.append(bottom)
        y = bottom
    spans = [cell for cell in cells if cell.columns > 1]
    return Table(cells, _rules(rng.choice(RULES), edges, borders, spans), borders[-1])


def _column_edges(left: float, width: float, count: int, rng: random.Random) -> list[float]:
    shares = [rng.uniform(1, 2) for _ in range(count)]
    edges = [left]
    for share in shares:
        edges.append(edges[-1] + width * share / sum(shares))
    return edges


def _row(
    row: int, top: float, edges: list[float], numeric: list[bool], pad: float, style: TextStyle, contents: Contents,
    rng: random.Random,
) -> list[PlacedCell]:  # fmt: skip
    """Cells of a row; two header cells may be one; an empty cell holds a space."""
    placed = []
    column, count = 0, len(numeric)
    while column < count:
        columns = 2 if row == 0 and column + 2 <= count and rng.random() < 0.1 else 1
        room = edges[column + columns] - edges[column] - 2 * pad
        number = numeric[column] and row > 0
        cell_style = replace(style, align="right" if number else "left", indent=0.0, hanging=0.0)
        empty = column > 0 and rng.random() < 0.05
        text = (
            ""
            if empty
            else contents.number()
            if number
            else contents.take(rng.randint(3, max(4, int(1.5 * room / style.size))))
        )
        lines = set_text(text or " ", cell_style, max(room, style.size), rng)[:2]
        x, y = edges[column] + pad, top + pad + 0.8 * style.size
        placed.append(
            PlacedCell(row, column, columns, [line.moved(x, y + i * style.pitch) for i, line in enumerate(lines)])
        )
        column += columns
    return placed


def _rules(
    kind: str, edges: list[float], borders: list[float], spans: list[PlacedCell]
) -> list[tuple[float, float, float, float]]:
    """Rectangles of the rules; a header cell over two columns has none through it."""
    if kind == "none":
        return []
    rows = borders if kind in ("grid", "rows") else [borders[0], *borders[1:2], borders[-1]]
    rules = [(edges[0], y, edges[-1], y) for y in rows]
    if kind == "grid":
        inside = {cell.column + 1 for cell in spans}
        rules += [(x, borders[i in inside], x, borders[-1]) for i, x in enumerate(edges)]
    return rules


def draw_table(canvas: Canvas, table: Table) -> None:
    """Rules and text."""
    for rule in table.rules:
        canvas.rectangle(rule)
    for cell in table.cells:
        for line in cell.lines:
            canvas.line(line)
