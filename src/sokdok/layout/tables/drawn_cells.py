"""The cells of a drawn grid: places between its lines, merged where no line parts them.

- A table without vertical lines parts its columns where the pieces of its lines meet; where a piece runs through, its
  cell spans them.
- Rows that no line parts are told by the gaps between lines of text, as on a picture.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok.layout.tables.borders import column_borders
from sokdok.layout.tables.cells import Cell, text_rows
from sokdok.layout.tables.drawn_grids import MEET, Grid, crosses, cut
from sokdok.layout.tables.set_rows import TextRow, distance, grouped
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule

COVERED_SHARE = 0.6
"""of the side of a place that a line must cover to part it from the next"""
CLOSE_EM = 1.6
"""from line to line of a table's head, at most"""
MAX_RULED_ROWS = 3
"""borders of rows, outer ones included, of a table without vertical lines whose rows its lines may not part"""


def cells_of(grid: Grid, lines: Sequence[TextLine]) -> list[Cell]:
    """The cells of a table with the lines of text in its box, by row, then column."""
    pieces = [piece for line in lines for piece in cut(line, grid.xs[1:-1])]
    inner = any(not _is_outer(grid, rule) for rule in grid.vertical)
    ys = _full(grid)
    if len(ys) <= (2 if inner else MAX_RULED_ROWS):
        return _by_gaps(replace(grid, ys=ys), pieces)
    return _places(grid, pieces)


def _full(grid: Grid) -> tuple[float, ...]:
    """The borders of rows that lines along the whole table are, and both outer ones."""
    whole = [y for y in grid.ys[1:-1] if _covered(_at(grid.horizontal, y), grid.xs[0], grid.xs[-1])]
    return (grid.ys[0], *whole, grid.ys[-1])


def _at(rules: Sequence[Rule], place: float) -> list[Rule]:
    return [rule for rule in rules if abs(rule.at - place) <= MEET]


def with_columns(grid: Grid, lines: Sequence[TextLine]) -> Grid:
    """A grid whose columns are known: where nothing is drawn between them, the gaps tell."""
    if len(grid.xs) > 2 or not lines:
        return grid
    return replace(grid, xs=(grid.xs[0], *column_places(lines)[1:-1], grid.xs[-1]))


def column_places(lines: Sequence[TextLine]) -> tuple[float, ...]:
    """Where the columns of a table part that nothing but gaps shows, both outer borders included."""
    box = Box.around(line.box for line in lines)
    return (box.left, *(border.at for border in column_borders(text_rows(lines), (), box.right)), box.right)


def _by_gaps(grid: Grid, pieces: Sequence[TextLine]) -> list[Cell]:
    """Rows by the gaps between lines of text, in columns that are known."""
    columns = len(grid.xs) - 1
    inner = grid.ys[1:-1]
    parts: list[list[TextLine]] = [[] for _ in range(len(inner) + 1)]
    for piece in pieces:
        parts[sum(y <= piece.box.middle[1] for y in inner)].append(piece)
    cells: list[Cell] = []
    for number, part in enumerate(filter(None, parts)):
        rows = text_rows(part)
        head = number == 0 and len(inner) > 0 and _is_close(rows) and not _divides(rows, grid.xs)
        for group in [rows] if head else grouped(rows, grid.xs):
            top = cells[-1].bottom + 1 if cells else 0
            row = [Cell(top, column, top, column) for column in range(columns)]
            for piece in (piece for line in group for piece in line):
                row[min(max(sum(x <= piece.box.middle[0] for x in grid.xs) - 1, 0), columns - 1)].pieces.append(piece)
            cells += row
    return cells


def _divides(rows: Sequence[Sequence[TextLine]], xs: Sequence[float]) -> bool:
    """Whether the second line of a table's head has a text in a column where the first has none: a row of its own."""
    first, second = ({sum(x <= piece.box.middle[0] for x in xs) for piece in row} for row in (*rows, [], [])[:2])
    return not second <= first


def _is_close(rows: Sequence[TextRow]) -> bool:
    """Whether the lines of a table's head stand as close as those of one cell."""
    return all(distance(a, b) < CLOSE_EM * a[0].em for a, b in pairwise(rows))


def _places(grid: Grid, pieces: Sequence[TextLine]) -> list[Cell]:
    rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
    owner = {(r, c): (r, c) for r in range(rows) for c in range(columns)}

    def find(place: tuple[int, int]) -> tuple[int, int]:
        while owner[place] != place:
            place = owner[place]
        return place

    for r in range(rows):
        for c in range(columns):
            if c + 1 < columns and not _parted_across(grid, r, c, pieces):
                owner[find((r, c + 1))] = find((r, c))
            if r + 1 < rows and not _parted_down(grid, r, c):
                owner[find((r + 1, c))] = find((r, c))
    groups: dict[tuple[int, int], Cell] = {}
    for r, c in owner:
        root = find((r, c))
        one = Cell(r, c, r, c)
        groups[root] = groups[root].with_all(one) if root in groups else one
    cells = _rectangles(list(groups.values()))
    for piece in pieces:
        x, y = piece.box.middle
        r = min(max(sum(at <= y for at in grid.ys) - 1, 0), rows - 1)
        c = min(max(sum(at <= x for at in grid.xs) - 1, 0), columns - 1)
        next(cell for cell in cells if cell.top <= r <= cell.bottom and cell.left <= c <= cell.right).pieces.append(
            piece
        )
    return sorted(cells, key=lambda cell: (cell.top, cell.left))


def _rectangles(cells: list[Cell]) -> list[Cell]:
    """Cells that overlap as one, until each is a rectangle by itself."""
    done: list[Cell] = []
    while cells:
        cell = cells.pop()
        meeting = [other for other in (*cells, *done) if other.meets(cell)]
        if not meeting:
            done.append(cell)
            continue
        for other in meeting:
            cell = cell.with_all(other)
        cells = [other for other in cells if other not in meeting] + [cell]
        done = [other for other in done if other not in meeting]
    return done


def _parted_across(grid: Grid, r: int, c: int, pieces: Sequence[TextLine]) -> bool:
    """Whether a line parts a place from the one right of it, or, in a row of one shade, the text."""
    x, top, bottom = grid.xs[c + 1], grid.ys[r], grid.ys[r + 1]
    if any(not _is_outer(grid, rule) for rule in grid.vertical):
        return _covered(_at(grid.vertical, x), top, bottom)
    row = [piece for piece in pieces if top < piece.box.middle[1] < bottom]
    crossed = any(crosses(word, x) for piece in row for word in piece.words)
    if not any(abs(rule.end - x) <= 2 * MEET for rule in grid.horizontal):  # gaps alone tell this border
        return not crossed
    lines = [
        [
            rule
            for rule in grid.horizontal
            if abs(rule.at - y) <= MEET and rule.start < x - MEET / 2 and rule.end > x - 2 * MEET
        ]
        for y in (bottom, top)
    ]
    for found in lines:
        if any(rule.width for rule in found) or any(abs(rule.end - x) <= 2 * MEET for rule in found):
            return any(abs(rule.end - x) <= 2 * MEET for rule in found)
        if found:
            return not crossed
    return True


def _is_outer(grid: Grid, rule: Rule) -> bool:
    return min(abs(rule.at - grid.xs[0]), abs(rule.at - grid.xs[-1])) <= MEET


def _parted_down(grid: Grid, r: int, c: int) -> bool:
    y, left, right = grid.ys[r + 1], grid.xs[c], grid.xs[c + 1]
    return _covered(_at(grid.horizontal, y), left, right)


def _covered(rules: Sequence[Rule], start: float, end: float) -> bool:
    total, reached = 0.0, start
    for rule in sorted(rules, key=lambda rule: rule.start):
        low, high = max(rule.start, reached), min(rule.end, end)
        total += max(0.0, high - low)
        reached = max(reached, high)
    return total >= COVERED_SHARE * (end - start)
