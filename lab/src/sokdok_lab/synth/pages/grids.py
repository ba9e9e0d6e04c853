"""What a table says and how its cells join: header rows over groups of columns, row labels over groups of rows.

- A column is of names, of figures in one format, or of short words; figures stand to the right.
- Cells join as in real tables: a heading over several columns, one that is two rows deep, a label over several rows, a
  line across the whole table. No two cells meet in a slot, and none is left out.
"""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Protocol

from sokdok_lab.synth.pages.typeset import Align


class Contents(Protocol):
    """What cells say, such as `words.Phrases`."""

    def take(self, length: int) -> str:
        """Return a phrase of at most `length` characters."""
        ...

    def number(self) -> str:
        """Return a number as tables have them."""
        ...

    def clean(self, text: str) -> str:
        """Return a text without what can't be shown."""
        ...


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


def make_grid(capacities: list[float], rows: int, contents: Contents, rng: random.Random) -> Grid:
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


def _columns(capacities: list[float], contents: Contents, rng: random.Random) -> tuple[list[Column], list[Align]]:
    """Choose what fills each column, and how it is aligned."""
    columns: list[Column] = []
    aligns: list[Align] = []
    wordy = rng.choice([0.9, 0.9, 1.6, 2.4])
    centred = rng.random() < 0.2
    for index, capacity in enumerate(capacities):
        longest = max(3, int(capacity * (rng.choice([wordy, 0.7]))))
        if index and rng.random() < 0.6:
            columns.append(_figures(capacity, contents, rng))
            aligns.append("center" if centred else "right")
        else:
            columns.append(lambda longest=longest: contents.take(rng.randint(2, longest)))  # type: ignore[misc]
            aligns.append("center" if centred and index else "left")
    return columns, aligns


def _figures(capacity: float, contents: Contents, rng: random.Random) -> Column:
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


def _header(capacities: list[float], aligns: list[Align], contents: Contents, rng: random.Random) -> list[Slot]:
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
    row: int, height: int, columns: list[Column], aligns: list[Align], contents: Contents, rng: random.Random
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
