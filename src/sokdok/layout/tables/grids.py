"""The cells of a table, as HTML too, and the grids that ruling lines draw, with the cells that full ones show. Points.

Lines that meet are one grid. It is full where lines close it all around; then each of its cells is what its lines
close, and nothing has to be guessed: places between the borders that no line parts are one cell.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field, replace
from functools import cached_property
from itertools import chain, pairwise, takewhile

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, consecutive, gaps_to
from sokdok.imaging.grouping import rows as rows_of
from sokdok.layout.text_line import LEADERS, TextLine, marked, without_leaders
from sokdok.office.flow import meant_tags
from sokdok.pages.textlayer import Rule
from sokdok.tables import markup

SAME = 1.6  # points: lines and ends no further apart are in one place
MEET = 2.5  # points: ends no further from a line touch it
MIN_SIDE = 6.0  # points of a line of a grid
CLOSED_SHARE = 0.8  # of a grid's side that lines along it cover: scans lose parts of them
COVERED_SHARE = 0.6  # of the side of a place that a line must cover to part it from the next
MIN_LINES_PER_CELL = 0.3  # lines of text for each cell; the grid of a chart has fewer
ROOM_EM = 0.5  # beside what a line has room for: a space, and as much as places may be off
OTHER_SIZE = 1.3  # times as large or small as the line above: what is read is off by less
_AT_END = re.compile(f"{LEADERS.pattern}$")
_FIRST = re.compile(r"[가-힣]\W*")  # of a word, that a line of Korean may begin with


@dataclass
class Cell:
    """A rectangle of places, the last row and column included, and the text in it."""

    top: int
    left: int
    bottom: int
    right: int
    pieces: list[TextLine] = field(default_factory=list)
    header: bool = False  # whether it is of the table's head
    width: float = 0.0  # that its text may take; 0 where no lines say so

    @property
    def rows(self) -> list[list[TextLine]]:
        """Its pieces, from top to bottom, then from left to right."""
        return rows_of(self.pieces, lambda piece: piece.box)

    @property
    def lines(self) -> list[str]:
        """Lines, no leaders; "\\n" behind one with room for the next word or of other type, two for syllables alone."""
        rows = self.rows
        said = [without_leaders(_AT_END.sub("", " ".join(piece.said for piece in row))) for row in rows]
        for at, (row, (below, *_)) in enumerate(pairwise(rows)):
            word, *others = below.run
            whole = Box.around(one.box for one in (word, *takewhile(lambda one: one.joined, others)))
            room = self.width - Box.around(piece.box for piece in row).width - ROOM_EM * word.em
            least = len(first[0]) * word.em if (first := _FIRST.match(word.text)) else whole.width
            small, large = sorted([below.em, max(piece.em for piece in row)])
            said[at] += "\n" * ((room > least or large > OTHER_SIZE * small) + (whole.width > room > least))
        return said


def cells_html(cells: Sequence[Cell], join: Callable[[list[str]], str]) -> str:
    """Cells by row, then column; rows and columns in which no text begins are left out."""
    rows = sorted({cell.top for cell in cells if cell.pieces})
    columns = sorted({cell.left for cell in cells if cell.pieces})
    found = []
    for cell in cells:
        down = [at for at, row in enumerate(rows) if cell.top <= row <= cell.bottom]
        right = [at for at, column in enumerate(columns) if cell.left <= column <= cell.right]
        if down and right:
            text = marked(join(cell.lines or [""]), chain.from_iterable(cell.rows))
            found.append(markup.Cell(down[0], right[0], text, len(down), len(right), cell.header))
    return meant_tags(markup.html_table_of_cells(found, len(rows)))


@dataclass(frozen=True)
class Grid:
    """The lines of a table."""

    xs: tuple[float, ...]  # borders of columns, both outer ones included
    ys: tuple[float, ...]  # borders of rows, both outer ones included
    horizontal: tuple[Rule, ...]  # pieces as they are drawn
    vertical: tuple[Rule, ...]

    @property
    def box(self) -> Box:
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])

    @cached_property
    def reach(self) -> Box:
        """What its lines reach to, also beyond its borders."""
        return Box.around(rule.box for rule in (*self.horizontal, *self.vertical))

    @cached_property
    def full(self) -> bool:
        """Whether lines close it all around."""
        sides = [(self.horizontal, y, self.xs) for y in (self.ys[0], self.ys[-1])]
        sides += [(self.vertical, x, self.ys) for x in (self.xs[0], self.xs[-1])]
        return all(covered(at(rules, place), ends[0], ends[-1]) >= CLOSED_SHARE for rules, place, ends in sides)


def grids_of(rules: Iterable[Rule]) -> list[Grid]:
    """The grids and frames that a page's rules make, from top to bottom."""
    # Of lines that are drawn over each other one: the borders of two cells, or the inner lines of a thick one.
    long = reversed([rule for rule in rules if rule.end - rule.start >= MIN_SIDE])
    seen = {(it.horizontal, round(it.at / SAME), round(it.start / SAME), round(it.end / SAME)): it for it in long}
    pieces = list(seen.values())
    gaps = gaps_to([piece.box for piece in pieces])
    meeting = connected(len(pieces), lambda number: np.maximum(*gaps(number)) <= MEET)
    framed = [part for group in meeting for part in _framed([pieces[number] for number in group])]
    groups = [grid for part in framed for grid in _stacked(part)]
    return sorted(groups, key=lambda grid: grid.box.top)


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
    before = None
    while before is None or (number != before).any():  # what a rectangle around a cell meets is part of it
        before = number.copy()
        for value in np.unique(before):
            down, across = np.nonzero(number == value)
            if len(down):
                met = number[down.min() : down.max() + 1, across.min() : across.max() + 1]
                number[np.isin(number, met)] = value
    cells: dict[int, Cell] = {}
    for row, column in np.ndindex(rows, columns):
        cell = cells.setdefault(int(number[row, column]), Cell(row, column, row, column))
        cell.bottom, cell.right = row, column
    for piece in pieces:
        x, y = piece.box.scaled(scale).middle
        row = min(max(sum(place <= y for place in grid.ys) - 1, 0), rows - 1)
        column = min(max(sum(place <= x for place in grid.xs) - 1, 0), columns - 1)
        cells[int(number[row, column])].pieces.append(piece)
    inner = (piece.box.left - grid.xs[cell.left] / scale for cell in cells.values() for piece in cell.pieces)
    padding = max(0.0, min(inner, default=0.0))
    for cell in cells.values():
        cell.width = (grid.xs[cell.right + 1] - grid.xs[cell.left]) / scale - 2 * padding
    return [part for cell in cells.values() for part in _by_column(cell, grid, scale)]


def _by_column(cell: Cell, grid: Grid, scale: float) -> list[Cell]:
    """A cell; in parts where text stands on both sides of a border of columns that no line shows there, none across."""
    boxes = [piece.box.scaled(scale) for piece in cell.pieces]
    inner = range(cell.left + 1, cell.right + 1)
    free = [at for at in inner if not any(box.left + MEET < grid.xs[at] < box.right - MEET for box in boxes)]
    parts = [Cell(cell.top, left, cell.bottom, end - 1) for left, end in pairwise([cell.left, *free, cell.right + 1])]
    for piece, box in zip(cell.pieces, boxes, strict=True):
        parts[sum(grid.xs[at] < box.middle[0] for at in free)].pieces.append(piece)
    return parts if sum(bool(part.pieces) for part in parts) > 1 else [cell]


def has_text(grid: Grid, lines: Sequence[TextLine]) -> bool:
    """Whether a grid has the columns and the lines of text that a table has; the grid of a chart has fewer."""
    cells = (len(grid.xs) - 1) * (len(grid.ys) - 1)
    return len(grid.xs) > 2 and sum(grid.box.holds(*it.box.middle) for it in lines) >= MIN_LINES_PER_CELL * cells


def cut(line: TextLine, grid: Grid, scale: float = 1.0) -> list[TextLine]:
    """A line cut between words where a vertical line of a grid passes; a unit of the line is `scale` points."""
    y = line.box.middle[1] * scale
    borders = [rule.at / scale for rule in grid.vertical if rule.start <= y <= rule.end]
    columns = [sum(x <= word.box.middle[0] for x in borders) for word in line.words]
    starts = [number for number, column in enumerate(columns) if not number or column != columns[number - 1]]
    if len(starts) < 2:
        return [line]
    return [line.part(a, b) for a, b in zip(starts, [*starts[1:], len(columns)], strict=True)]


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


def _framed(pieces: list[Rule]) -> list[list[Rule]]:
    """Lines that meet, by the frames that stand against each other: of tables whose cells are framed one by one.

    Nothing within touches such a frame, and there are two rows or more in it. They are one group if any is outside.
    """
    parts, left, feet = list[list[Rule]](), set(pieces), set[Rule]()
    for top in sorted((rule for rule in pieces if rule.horizontal), key=lambda rule: rule.at):
        frame = _frame_below(top, pieces) if top in left or top in feet else None
        if frame is None:
            if top in left:
                return [pieces]
            continue
        part = [rule for rule in pieces if frame.contains(rule.box, SAME / 8)]
        inner = [rule for rule in part if frame.grown(-SAME).holds(*rule.box.middle)]
        apart = all(frame.contains(rule.box, -top.width - SAME / 8) for rule in inner)
        if not apart or len(_places(rule.at for rule in part if rule.horizontal)) < 3:
            return [pieces]
        parts.append(part)
        left.difference_update(part)
        feet.update(rule for rule in part if rule.horizontal and frame.bottom - rule.at <= SAME)  # perhaps the next top
    return [pieces] if left or not parts else parts


def _frame_below(top: Rule, rules: Sequence[Rule]) -> Box | None:
    """The nearest rectangle that lines close from corner to corner, below one of them; to their outer edges."""
    ends = [it for it in rules if it.horizontal and it.at - top.at > SAME and _are_near(it, top.start, top.end)]
    foot = min((rule.at for rule in ends), default=top.at)
    sides = [it.at for it in rules if not it.horizontal and _are_near(it, top.at, foot)]
    is_closed = all(any(abs(side - corner) <= SAME for side in sides) for corner in (top.start, top.end))
    return Box(top.start, top.at, top.end, foot).grown(0, top.width / 2) if ends and is_closed else None


def _are_near(rule: Rule, start: float, end: float) -> bool:
    """Whether a rule goes from one place to another."""
    return abs(rule.start - start) <= SAME and abs(rule.end - end) <= SAME


def _stacked(pieces: Sequence[Rule]) -> list[Grid]:
    """The grids of lines that meet; tables that stand directly on each other are one each.

    They share a line from side to side and hardly a border of columns, and have two rows and three columns or more.
    """
    grid = _grid(pieces)
    if grid is None:
        return []
    xs, middles = np.array(grid.xs[1:-1]), np.array([(a + b) / 2 for a, b in pairwise(grid.ys)])
    borders = np.zeros((len(middles), len(xs)), bool)  # which stand beside each row
    for rule in grid.vertical:
        borders[np.ix_((rule.start < middles) & (middles < rule.end), abs(xs - rule.at) <= MEET)] = True
    both, fewer = (borders[1:] & borders[:-1]).sum(1), np.minimum(borders[1:].sum(1), borders[:-1].sum(1))
    for row in np.flatnonzero((fewer > 1) & (2 * both < fewer)).tolist():
        foot = grid.ys[row + 1]
        if 0 < row < len(middles) - 2 and covered(at(grid.horizontal, foot), grid.xs[0], grid.xs[-1]) >= CLOSED_SHARE:
            above = [rule for rule in grid.horizontal if rule.at < foot + MEET]
            above += [replace(it, end=min(it.end, foot)) for it in grid.vertical if it.start < foot - MEET]
            below = [rule for rule in grid.horizontal if rule.at > foot - MEET]
            below += [replace(it, start=max(it.start, foot)) for it in grid.vertical if it.end > foot + MEET]
            return [*filter(None, [_grid(above)]), *_stacked(below)]
    return [grid]


def _grid(pieces: Sequence[Rule]) -> Grid | None:
    """The grid of lines that meet; None if they enclose nothing."""
    horizontal = [piece for piece in pieces if piece.horizontal]
    vertical = [piece for piece in pieces if not piece.horizontal]
    xs, ys = _places(rule.at for rule in vertical), _places(rule.at for rule in horizontal)
    return Grid(xs, ys, tuple(horizontal), tuple(vertical)) if len(xs) > 1 and len(ys) > 1 else None


def _places(values: Iterable[float]) -> tuple[float, ...]:
    """Values in rising order, those that are nearly the same as one: nothing stands between lines that are so close."""
    groups = consecutive(values, float, lambda group, value: value - group[-1] <= 2 * MEET)
    return tuple(sum(group) / len(group) for group in groups)
