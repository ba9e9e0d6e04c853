"""Tables, set and ruled: parts of a page, or pictures of their own with the place of every cell.

- Ruled as a grid, between rows, between columns, between groups, as booktabs does, or not at all; a line never runs
  through a cell that spans. Rows may be shaded in turn, and a header printed white on dark.
- Cells join as in real tables: a heading over several columns, one that is two rows deep, a label over several rows, a
  line across the whole table. No two cells meet in a slot, and none is left out.
- A column is of names, of figures in one format, of short words, or of single marks; figures stand to the right.
- `TableMaker` draws a table alone, with the margins of a crop, from the same engine as `pages.PageMaker`.
"""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from itertools import accumulate, pairwise

import numpy as np

from sokdok.imaging.arrays import spans
from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.truth import Block, Cell, SyntheticPage
from sokdok_lab.synth.pages.typeset import Align, Canvas, Line, TextStyle, choose_styles, set_text, symbol_boxes
from sokdok_lab.synth.pages.words import Phrases, Source
from sokdok_lab.synth.wear import photograph

RULINGS = ("grid", "grid", "rows", "columns", "groups", "booktabs", "box", "none")
_EMS_PX = (7.0, 26.0)  # smallest and largest text of a picture
_DRAWN_EMS_PX = (10, 14, 20, 28)  # ems of the drawing, which is scaled afterwards
_MAX_LINES = 3  # of a cell
_MARKS = ("0123456789", "123", "YN", "ABCDEF", "OX", "○×", "○△", "√", "✓", "●○", "-+", "남여", "유무")  # of one column
_MAX_SIDE_PX = 1400  # of a picture


# --- what a table says and how its cells join ---


@dataclass(frozen=True)
class Slot:
    """A cell before it is set."""

    row: int
    column: int
    text: str
    align: Align = "left"
    strong: bool = False
    rows: int = 1
    columns: int = 1


@dataclass(frozen=True)
class Grid:
    """The cells of a table, row by row."""

    slots: list[Slot]
    header: int  # how many rows are header

    @property
    def rows(self) -> int:
        return max(slot.row + slot.rows for slot in self.slots)

    def owners(self, columns: int) -> list[list[int]]:
        """Say which slot covers each place of the grid: rows of indices."""
        table = [[-1] * columns for _ in range(self.rows)]
        for index, slot in enumerate(self.slots):
            for row in table[slot.row : slot.row + slot.rows]:
                row[slot.column : slot.column + slot.columns] = [index] * slot.columns
        return table

    def first_rows(self, count: int) -> Grid:
        """Return at most so many rows, cut where no cell reaches across."""
        crossed = {row for slot in self.slots for row in range(slot.row + 1, slot.row + slot.rows)}
        count = max((row for row in range(count + 1) if row not in crossed), default=0)
        return replace(self, slots=[slot for slot in self.slots if slot.row < count])


Column = Callable[[], str]


def make_grid(capacities: list[float], rows: int, contents: Phrases, rng: random.Random) -> Grid:
    """Make a grid with a column for each of `capacities`: how many characters about fit in a line of it."""
    columns, aligns = _columns(capacities, contents, rng)
    slots = _header(capacities, aligns, contents, rng)
    header = max(slot.row + slot.rows for slot in slots)
    row, grouped = header, len(capacities) > 2 and rng.random() < 0.25
    while row < header + rows:
        if rng.random() < 0.04 and row > header:
            slots.append(Slot(row, 0, contents.take(30), rng.choice(["left", "center"]), True, columns=len(capacities)))
            row += 1
            continue
        height = rng.randint(2, 4) if grouped and rng.random() < 0.7 else 1
        slots += _body(row, height, columns, aligns, contents, rng)
        row += height
    return Grid(sorted(slots, key=lambda slot: (slot.row, slot.column)), header)


def _columns(capacities: list[float], contents: Phrases, rng: random.Random) -> tuple[list[Column], list[Align]]:
    """Choose what fills each column, and how it is aligned."""
    columns: list[Column] = []
    aligns: list[Align] = []
    wordy = rng.choice([0.9, 0.9, 1.6, 2.4])
    centred = rng.random() < 0.2
    for index, capacity in enumerate(capacities):
        longest = max(3, int(capacity * (rng.choice([wordy, 0.7]))))
        if index and contents.marks and rng.random() < contents.marks:
            signs = rng.choice(_MARKS)
            columns.append(lambda signs=signs: contents.clean(rng.choice(signs)))  # type: ignore[misc]
            aligns.append(rng.choice(["center", "center", "left"]))
        elif index and rng.random() < 0.6:
            columns.append(_figures(capacity, contents, rng))
            aligns.append("center" if centred else "right")
        else:
            columns.append(lambda longest=longest: contents.take(rng.randint(2, longest)))  # type: ignore[misc]
            aligns.append("center" if centred and index else "left")
    return columns, aligns


def _figures(capacity: float, contents: Phrases, rng: random.Random) -> Column:
    """Choose numbers of one format that fit; in a wide column also of every format."""
    if capacity > 12 and rng.random() < 0.25:
        return contents.number
    decimals = rng.choice([0, 0, 1, 2, 3])
    size = rng.randint(0, max(0, min(6, int(capacity) - decimals - 3)))
    before, after = rng.choice([("", ""), ("", ""), ("", "%"), ("$", ""), ("", " 원"), ("₩", ""), ("±", "")])
    separator = rng.choice([",", ",", ""])

    def number() -> str:
        value = rng.uniform(-0.1, 1) * 10**size if size < 2 else rng.random() * 10**size
        return contents.clean(f"{before}{value:{separator}.{decimals}f}{after}") or "0"

    return number


def _header(capacities: list[float], aligns: list[Align], contents: Phrases, rng: random.Random) -> list[Slot]:
    """Make one header row, or two: headings over groups of columns above those of the columns."""
    bold = rng.random() < 0.7
    heads: list[Align] = ["center"] * len(capacities) if rng.random() < 0.4 else aligns

    def slot(row: int, column: int, rows: int = 1, columns: int = 1) -> Slot:
        capacity = sum(capacities[column : column + columns])
        text = contents.take(rng.randint(2, max(3, int(capacity * rng.choice([0.9, 0.9, 1.8])))))
        align = "center" if columns > 1 else heads[column]
        return Slot(row, column, text, align, bold, rows, columns)

    if len(capacities) < 3 or rng.random() < 0.6:
        return _with_corner([slot(0, column) for column in range(len(capacities))], rng)
    slots, column = [], 0
    while column < len(capacities):
        width = min(rng.randint(2, 4), len(capacities) - column) if column else 1
        if width == 1:
            slots.append(slot(0, column, rows=2))
        else:
            slots.append(slot(0, column, columns=width))
            slots += [slot(1, inner) for inner in range(column, column + width)]
        column += width
    return _with_corner(slots, rng)


def _with_corner(slots: list[Slot], rng: random.Random) -> list[Slot]:
    """Empty the cell above the row labels in one table of four."""
    return [replace(slots[0], text=""), *slots[1:]] if rng.random() < 0.25 else slots


def _body(
    row: int, height: int, columns: list[Column], aligns: list[Align], contents: Phrases, rng: random.Random
) -> list[Slot]:
    """Make `height` rows under one label; rarely two cells of a row are one; an empty cell has no text."""
    slots = [Slot(row, 0, columns[0](), aligns[0], rows=height)]
    for inner in range(row, row + height):
        column = 1
        while column < len(columns):
            width = 2 if column + 2 <= len(columns) and rng.random() < 0.02 else 1
            blank = contents.clean(rng.choice(["", "", "-", "–"]))
            text = blank if rng.random() < 0.06 else columns[column]()
            slots.append(Slot(inner, column, text, aligns[column], columns=width))
            column += width
    return slots


# --- how it is set and ruled ---


@dataclass(frozen=True)
class PlacedCell:
    """A cell with its lines where they stand on the page."""

    slot: Slot
    lines: list[Line]
    box: Box  # of the cell, its padding included


@dataclass(frozen=True)
class Table:
    """Cells and ruling lines, placed on a page."""

    cells: list[PlacedCell]
    ruling_lines: list[Box]
    bottom: float
    shades: list[tuple[Box, int]] = field(default_factory=list)
    """areas and their ink"""
    white_rows: int = 0
    """how many rows, from the top, are printed white"""


@dataclass(frozen=True, eq=False)
class SyntheticTable(SyntheticPage):
    """A picture of one table: a page with a single block."""

    cell_boxes: np.ndarray  # (cells, 4) left, top, right, bottom of the cells, padding included, in pixels

    @property
    def html(self) -> str:
        """The exact table."""
        return self.table_html(self.blocks[0])


@dataclass(frozen=True)
class TableMaker:
    """Draws tables in the fonts of a book with the words of a source; `kinds` and `damage` as in `pages.PageMaker`."""

    book: FontBook
    source: Source
    kinds: Mapping[str, float]
    damage: float = 1.0
    marks: float = 0.0  # as in `Phrases`

    def table(self, seed: int | str) -> SyntheticTable:
        """Draw one table; about 200 to 1,400 pixels wide, in its own proportions."""
        rng = random.Random(seed)
        em = rng.choice(_DRAWN_EMS_PX)
        styles = choose_styles(self.book, em, rng)
        style, bold = styles["small"], styles["strong"]
        kind = rng.choices(list(self.kinds), list(self.kinds.values()))[0]
        contents = Phrases(self.source, kind, None, lambda c: style.covers(c) and bold.covers(c), rng, self.marks)
        margin = tuple(style.size * rng.uniform(0.2, 2.5) for _ in range(4))
        width = style.size * rng.uniform(14, 60)
        table = set_table(margin[0], margin[1], width, style.size * 70, style, bold, contents, rng)
        canvas = Canvas((round(margin[0] + width + margin[2]), round(table.bottom + margin[3])))
        draw_table(canvas, table)
        text, symbols = symbol_boxes(line for cell in table.cells for line in cell.lines)
        boxes = np.concatenate([symbols, np.array([cell.box for cell in table.cells], np.float32)])
        scale = _EMS_PX[0] * (_EMS_PX[1] / _EMS_PX[0]) ** rng.random() / style.size
        scale = min(max(scale, 0.5), 1.5, _MAX_SIDE_PX / canvas.size[0], _MAX_SIDE_PX / canvas.size[1])
        size = max(1, round(canvas.size[0] * scale)), max(1, round(canvas.size[1] * scale))
        pixels, boxes = photograph(canvas.ink, boxes, size, self.damage, rng)
        block = Block("table", 0, len(text), truth_cells(table, 0))
        return SyntheticTable(pixels, text, boxes[: len(text)], (block,), cell_boxes=boxes[len(text) :])


def truth_cells(table: Table, start: int) -> tuple[Cell, ...]:
    """Turn placed cells into truth whose symbols begin at `start`."""
    lengths = [sum(len(line.text) + 1 for line in cell.lines) for cell in table.cells]
    starts = accumulate(lengths[:-1], initial=start)
    slots = (cell.slot for cell in table.cells)
    return tuple(
        Cell(slot.row, slot.column, slot.columns, at, at + length, slot.rows)
        for slot, at, length in zip(slots, starts, lengths, strict=True)
    )


def set_table(
    left: float, top: float, width: float, height: float, style: TextStyle, bold: TextStyle, contents: Phrases,
    rng: random.Random,
) -> Table:  # fmt: skip
    """Set a table of at most `height` pixels below `top`: rows are dropped until it fits, which may leave none."""
    count = rng.randint(2, max(2, min(9, int(width / (style.size * 4)))))
    shares = [rng.uniform(1, 2) for _ in range(count)]
    shares[0] *= rng.choice([1, 1, 1.8])
    edges = [left + width * share / sum(shares) for share in accumulate(shares, initial=0.0)]
    pad = style.size * rng.uniform(0.2, 0.6), style.size * rng.uniform(0.1, 0.6)
    capacities = [(right - left - 2 * pad[0]) / (0.5 * style.size) for left, right in pairwise(edges)]
    grid = make_grid(capacities, rng.randint(1, 16), contents, rng)
    lines = []
    for slot in grid.slots:
        available = edges[slot.column + slot.columns] - edges[slot.column] - 2 * pad[0]
        lines.append(_set_slot(slot, bold if slot.strong else style, max(available, style.size), rng))
    # Rows are as high as their cells need; the last row of a cell that spans takes what that lacks.
    heights = [0.0] * grid.rows
    for slot, set_ in sorted(zip(grid.slots, lines, strict=True), key=lambda pair: pair[0].rows):
        last = slot.row + slot.rows - 1
        need = len(set_) * set_[0].style.pitch + 2 * pad[1]
        heights[last] = max(heights[last], need - sum(heights[slot.row : last]))
    grid = grid.first_rows(sum(bottom <= height for bottom in accumulate(heights)))
    if not grid.slots:
        return Table([], [], top)
    borders = list(accumulate(heights[: grid.rows], initial=top))
    middle, cells = rng.choice([0.0, 0.0, 0.5]), []  # where lines stand: at the top, or in the middle
    for slot, set_ in zip(grid.slots, lines, strict=False):
        corner = edges[slot.column], borders[slot.row]
        box = Box(*corner, edges[slot.column + slot.columns], borders[slot.row + slot.rows])
        pitch, size = set_[0].style.pitch, set_[0].style.size
        slack = box.height - 2 * pad[1] - len(set_) * pitch
        y = box.top + pad[1] + middle * slack + (pitch - size) / 2 + 0.8 * size
        placed = [line.moved(box.left + pad[0], y + i * pitch) for i, line in enumerate(set_)]
        cells.append(PlacedCell(slot, placed, box))
    shades, white_rows = _shades(grid, edges, borders, rng)
    return Table(cells, _ruling_lines(rng.choice(RULINGS), grid, edges, borders), borders[-1], shades, white_rows)


def _set_slot(slot: Slot, style: TextStyle, available: float, rng: random.Random) -> list[Line]:
    """Set the lines of a slot, from the origin, as wide as is available; an empty one holds a space.

    Words are cut to what a line takes and lines break at spaces only: so the lines joined by spaces are the text.
    """
    style = replace(style, align=slot.align, indent=0.0, hanging=0.0, break_hangul=False, hyphenate=False)
    fitting = (sum(end <= available for end in accumulate(style.advances(word))) for word in slot.text.split())
    text = " ".join(word[:count] for word, count in zip(slot.text.split(), fitting, strict=True))
    return set_text(text or " ", style, available, rng)[:_MAX_LINES]


def _shades(
    grid: Grid, edges: list[float], borders: list[float], rng: random.Random
) -> tuple[list[tuple[Box, int]], int]:
    """Choose shaded areas, every other row or the header, and how many rows are so dark that their text is white."""
    ink = rng.randint(10, 45)
    shaded = range(grid.header + rng.randint(0, 1), grid.rows, 2) if rng.random() < 0.2 else range(0)
    shades = [(Box(edges[0], borders[row], edges[-1], borders[row + 1]), ink) for row in shaded]
    if rng.random() > 0.3:
        return shades, 0
    dark = rng.random() < 0.3
    header = Box(edges[0], borders[0], edges[-1], borders[grid.header])
    return [*shades, (header, rng.randint(140, 255) if dark else ink)], grid.header if dark else 0


def _ruling_lines(kind: str, grid: Grid, edges: list[float], borders: list[float]) -> list[Box]:
    """Place the ruling lines: pieces between neighbours that are not of one cell, merged to runs."""
    owners = grid.owners(len(edges) - 1)
    last = len(borders) - 1
    groups = {slot.row for slot in grid.slots if slot.column == 0}
    rows = {
        "grid": range(last + 1), "rows": range(last + 1), "groups": groups | {last}, "columns": (0, grid.header, last),
        "booktabs": (0, grid.header, last), "box": (0, grid.header, last), "none": (),
    }[kind]  # fmt: skip
    columns = {"grid": range(len(edges)), "columns": range(1, len(edges) - 1), "box": (0, len(edges) - 1)}.get(kind, ())
    lines: list[Box] = []
    for row in sorted(row for row in rows if row <= last):
        separated = [row in (0, last) or owners[row - 1][c] != owners[row][c] for c in range(len(edges) - 1)]
        lines += [Box(edges[a], borders[row], edges[b], borders[row]) for a, b in spans(np.array(separated))]
    for column in columns:
        outer = column in (0, len(edges) - 1)
        separated = [outer or owners[r][column - 1] != owners[r][column] for r in range(last)]
        lines += [
            Box(edges[column], borders[a], edges[column], borders[b]) for a, b in spans(np.array(separated)).tolist()
        ]
    if kind == "booktabs":  # short lines below headings over several columns
        gap = 0.02 * (edges[-1] - edges[0]) / len(edges)
        lines += [
            Box(edges[slot.column] + gap, y, edges[slot.column + slot.columns] - gap, y)
            for slot in grid.slots
            if slot.columns > 1 and slot.row + 1 < grid.header and (y := borders[slot.row + 1])
        ]
    return lines


def draw_table(canvas: Canvas, table: Table) -> None:
    """Draw shades, ruling lines and text."""
    for area, ink in table.shades:
        canvas.rectangle(area, ink)
    for ruling_line in table.ruling_lines:
        canvas.rectangle(ruling_line)
    white = Canvas(canvas.size) if table.white_rows else canvas
    for cell in table.cells:
        for line in cell.lines:
            (white if cell.slot.row < table.white_rows else canvas).line(line)
    if table.white_rows:
        np.minimum(canvas.ink, 255 - white.ink, out=canvas.ink)
