"""The grids of tables that ruling lines draw in full, and the cells that they show. Points.

Lines that meet are one grid. It is full where lines close it all around; then each of its cells is what its lines
close, and nothing has to be guessed: places between the borders that no line parts are one cell.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to
from sokdok.layout.tables.cells import Cell
from sokdok.layout.tables.grids import MEET, Grid, cut, distinct
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule

MIN_SIDE = 6.0  # points of a line of a grid
CLOSED_SHARE = 0.95  # of a grid's side that lines along it cover
COVERED_SHARE = 0.6  # of the side of a place that a line must cover to part it from the next


def is_full(grid: Grid) -> bool:
    """Whether lines close a grid all around."""
    sides = [(grid.horizontal, y, grid.xs) for y in (grid.ys[0], grid.ys[-1])]
    sides += [(grid.vertical, x, grid.ys) for x in (grid.xs[0], grid.xs[-1])]
    return all(covered(at(rules, place), ends[0], ends[-1]) >= CLOSED_SHARE for rules, place, ends in sides)


def grids_of(rules: Iterable[Rule]) -> list[Grid]:
    """The full grids with several columns that a page's rules make, from top to bottom."""
    pieces = distinct([rule for rule in rules if rule.end - rule.start >= MIN_SIDE])
    groups = [_grid(group) for group in _meeting(pieces)]
    found = [grid for grid in groups if grid is not None and len(grid.xs) > 2 and is_full(grid)]
    return sorted(found, key=lambda grid: grid.box.top)


def cells_of(grid: Grid, pieces: Sequence[TextLine], scale: float = 1.0) -> list[Cell]:
    """The cells of a full grid with the pieces of text in them, by row, then column; their unit is `scale` points."""
    rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
    number = np.arange(rows * columns).reshape(rows, columns)
    for row in range(rows):
        for column in range(columns):
            left, right, top, bottom = *grid.xs[column : column + 2], *grid.ys[row : row + 2]
            if column + 1 < columns and covered(at(grid.vertical, right), top, bottom) < COVERED_SHARE:
                number[number == number[row, column + 1]] = number[row, column]
            if row + 1 < rows and covered(at(grid.horizontal, bottom), left, right) < COVERED_SHARE:
                number[number == number[row + 1, column]] = number[row, column]
    cells: list[Cell] = []
    for value in np.unique(number):
        down, across = np.nonzero(number == value)
        new = Cell(int(down.min()), int(across.min()), int(down.max()), int(across.max()))
        while meeting := next((other for other in cells if other.meets(new)), None):
            cells.remove(meeting)
            new = new.with_all(meeting)
        cells.append(new)
    owner = {
        (row, column): cell
        for cell in cells
        for row in range(cell.top, cell.bottom + 1)
        for column in range(cell.left, cell.right + 1)
    }
    for piece in pieces:
        x, y = piece.box.scaled(scale).middle
        row = min(max(sum(place <= y for place in grid.ys) - 1, 0), rows - 1)
        column = min(max(sum(place <= x for place in grid.xs) - 1, 0), columns - 1)
        owner[row, column].pieces.append(piece)
    return sorted(cells, key=lambda cell: (cell.top, cell.left))


def cut_at_borders(line: TextLine, grid: Grid, scale: float = 1.0) -> list[TextLine]:
    """A line cut between words where a vertical line of a grid passes; a unit of the line is `scale` points."""
    y = line.box.middle[1] * scale
    return cut(line, [rule.at / scale for rule in grid.vertical if rule.start <= y <= rule.end])


def at(rules: Sequence[Rule], place: float) -> list[Rule]:
    """The rules along a border."""
    return [rule for rule in rules if abs(rule.at - place) <= MEET]


def covered(rules: Sequence[Rule], start: float, end: float) -> float:
    """Share of the way from start to end that rules cover."""
    total, reached = 0.0, start
    for rule in sorted(rules, key=lambda rule: rule.start):
        total += max(0.0, min(rule.end, end) - max(rule.start, reached))
        reached = max(reached, min(rule.end, end))
    return total / (end - start)


def _meeting(rules: Sequence[Rule]) -> list[list[Rule]]:
    """Group lines that meet, or nearly."""
    gaps = gaps_to(
        [Box(r.start, r.at, r.end, r.at) if r.horizontal else Box(r.at, r.start, r.at, r.end) for r in rules]
    )
    groups = connected(len(rules), lambda number: np.maximum(*gaps(number)) <= MEET)
    return [[rules[number] for number in group] for group in groups]


def _grid(pieces: Sequence[Rule]) -> Grid | None:
    """The grid of lines that meet; None if they enclose nothing."""
    horizontal = tuple(piece for piece in pieces if piece.horizontal)
    vertical = tuple(piece for piece in pieces if not piece.horizontal)
    xs, ys = _places(rule.at for rule in vertical), _places(rule.at for rule in horizontal)
    return Grid(xs, ys, horizontal, vertical) if len(xs) > 1 and len(ys) > 1 else None


def _places(values: Iterable[float]) -> tuple[float, ...]:
    """Values in rising order, those that are nearly the same as one: nothing stands between lines that are so close."""
    groups: list[list[float]] = []
    for value in sorted(values):
        if groups and value - groups[-1][-1] <= 2 * MEET:
            groups[-1].append(value)
        else:
            groups.append([value])
    return tuple(sum(group) / len(group) for group in groups)
