"""The cells of a drawn grid: places between its lines, merged where no line parts them.

- A table without vertical lines parts its columns where the pieces of its lines meet; where a piece runs through, its
  cell spans them.
- Rows that no line parts are told by the gaps between lines of text, as on a picture.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok.layout.tables.cells import Cell, text_rows
from sokdok.layout.tables.grids import MEET, Grid, crosses, cut
from sokdok.layout.tables.set_rows import TextRow, grouped
from sokdok.layout.tables.waiting_rows import level_share, waiting_rows
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Rule

COVERED_SHARE = 0.6  # of the side of a place that a line must cover to part it from the next
MAX_RULED_ROWS = 3
"""borders of rows, outer ones included, of a table without vertical lines whose rows its lines may not part"""
STEADY_COLUMNS = 3  # columns, or most of fewer, that tell the rows of a band: others may be sparse
STEADY_SHARE = 0.8
"""of the places in these columns that are filled, and of what is side by side that stands on one line"""


def cells_of(grid: Grid, lines: Sequence[TextLine]) -> list[Cell]:
    """The cells of a table with the lines of text in its box, by row, then column."""
    pieces = [piece for line in lines for piece in cut(line, grid.xs[1:-1])]
    return _places(_with_rows(grid, pieces), lines, pieces)


def _with_rows(grid: Grid, pieces: Sequence[TextLine]) -> Grid:
    """A grid with borders between the rows of text that no line parts."""
    bands = [
        text_rows([piece for piece in pieces if top < piece.box.middle[1] <= bottom])
        for top, bottom in pairwise(grid.ys)
    ]
    # Lines part the rows, but where they are few, or one band holds more rows than there are bands.
    few = len(_full(grid)) <= (2 if _has_inner(grid) else MAX_RULED_ROWS)
    between = [
        (Box.around(piece.box for row in upper for piece in row).bottom + min(piece.box.top for piece in lower[0])) / 2
        for band in bands
        for upper, lower in pairwise(grouped(band, grid.xs) if few else _rows_within(band, grid.xs, len(bands)))
    ]
    rules = tuple(Rule(True, y, grid.xs[0], grid.xs[-1], 0.0) for y in between)
    return replace(grid, ys=tuple(sorted([*grid.ys, *between])), horizontal=(*grid.horizontal, *rules))


def _rows_within(band: Sequence[TextRow], xs: Sequence[float], bands: int) -> list[list[TextRow]]:
    """The rows of a band of a table whose rows lines part elsewhere: several only where much tells them."""
    waiting = waiting_rows(band, xs)
    if waiting:
        return waiting
    found = grouped(band, xs)
    return found if len(found) > bands and _is_table(found, xs) else [list(band)]


def _full(grid: Grid) -> list[float]:
    """The borders of rows that lines along the whole table are, and both outer ones."""
    rules = [rule for rule in grid.horizontal if rule.width or not _has_inner(grid)]  # below a shade more may follow
    whole = [y for y in grid.ys[1:-1] if _covered(_at(rules, y), grid.xs[0], grid.xs[-1])]
    return [grid.ys[0], *whole, grid.ys[-1]]


def _has_inner(grid: Grid) -> bool:
    """Whether vertical lines part columns."""
    return any(not _is_outer(grid, rule) for rule in grid.vertical)


def _is_table(rows: Sequence[Sequence[TextRow]], xs: Sequence[float]) -> bool:
    """Whether rows are a table of their own: nearly all fill the same few columns, side by side on one line each."""
    filled = [{sum(x <= piece.box.middle[0] for x in xs) for line in row for piece in line} for row in rows]
    times = Counter(column for each in filled for column in each)
    steady = min(STEADY_COLUMNS, (len(xs) - 1) // 2 + 1)
    share = sum(count for _, count in times.most_common(steady)) / (steady * len(rows))
    return share >= STEADY_SHARE and level_share([line for row in rows for line in row]) >= STEADY_SHARE


def _at(rules: Sequence[Rule], place: float) -> list[Rule]:
    return [rule for rule in rules if abs(rule.at - place) <= MEET]


def _places(grid: Grid, lines: Sequence[TextLine], pieces: Sequence[TextLine]) -> list[Cell]:
    rows, columns = len(grid.ys) - 1, len(grid.xs) - 1
    owner = {(r, c): (r, c) for r in range(rows) for c in range(columns)}

    def find(place: tuple[int, int]) -> tuple[int, int]:
        while owner[place] != place:
            place = owner[place]
        return place

    for r in range(rows):
        for c in range(columns):
            if c + 1 < columns and not _parted_across(grid, r, c, lines):
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


def _parted_across(grid: Grid, r: int, c: int, lines: Sequence[TextLine]) -> bool:
    """Whether a line parts a place from the one right of it, or, in a row of one shade, the text."""
    x, top, bottom = grid.xs[c + 1], grid.ys[r], grid.ys[r + 1]
    row = [line for line in lines if top < line.box.middle[1] < bottom]
    if _has_inner(grid):
        rules = _at(grid.vertical, x)
        if _covered(rules, top, bottom):
            return True
        beside = [line for line in row if grid.xs[c] < line.box.middle[0] < grid.xs[c + 2]]
        both = len({line.box.middle[0] < x for line in beside}) > 1
        if any(_runs_over(line, x) for line in row):
            return False
        return both or not any(_covered(rules, *side) for side in pairwise(grid.ys))  # drawn beside other rows, if any
    crossed = any(crosses(word, x) for line in row for word in line.words)
    if not any(abs(rule.end - x) <= 2 * MEET for rule in grid.horizontal):  # gaps alone tell this border
        return not crossed
    drawn = [
        [
            rule
            for rule in grid.horizontal
            if abs(rule.at - y) <= MEET and rule.start < x - MEET / 2 and rule.end > x - 2 * MEET
        ]
        for y in (bottom, top)
    ]
    for found in drawn:
        if any(rule.width for rule in found) or any(abs(rule.end - x) <= 2 * MEET for rule in found):
            return any(abs(rule.end - x) <= 2 * MEET for rule in found)
        if found:
            return not crossed
    return True


def _runs_over(line: TextLine, x: float) -> bool:
    """Whether a line of text runs over a border, by more than letters are off."""
    return line.box.left + line.em / 2 < x < line.box.right - line.em / 2


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
