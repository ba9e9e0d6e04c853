"""Grids of horizontal lines and shades alone: of one extent, below each other. Points.

- Where their pieces meet, columns do: browsers draw a border cell by cell. Without such places, gaps tell them.
- A shaded row counts as ruled above and below.
- What stands between two lines and takes no notice of the columns is no row: a table ends there and another begins.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import pairwise
from statistics import median

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows
from sokdok.layout.columns import SAME_ROW
from sokdok.layout.tables.gap_columns import with_columns
from sokdok.layout.tables.grids import MEET, SAME, Grid, Line, crosses, cut, cut_at_gaps, distinct, places, whole_lines
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Fill, Rule

MIN_SIDE = 6.0  # points from a line of a part of the columns to those of all
MAX_SECTION_SHARE = 0.5  # of a page's height between two lines of one table whose columns nothing drawn tells
MAX_DISTANCE_EM = 1.6  # of white between two rows of a table that no line parts
LARGER = 1.07  # times the size of a table's type: a heading below it
FLUSH_EM = 0.2  # between a table's edge and the text of its cells, if what stands at the edge is none of them


def lined_grids(
    rules: Sequence[Rule], fills: Sequence[Fill], lines: Sequence[TextLine], page_height: float
) -> Iterator[Grid]:
    """Grids of horizontal lines and shades alone."""
    lines = [piece for line in lines for piece in cut_at_gaps(line)]
    shades = [
        Rule(True, at, fill.box.left, fill.box.right, 0.0, fill.color)
        for fill in fills
        for at in (fill.box.top, fill.box.bottom)
    ]
    whole = whole_lines(distinct([*rules, *shades]))
    stacks: list[list[Line]] = []
    for line in sorted(whole, key=lambda line: line.at):
        near = [stack for stack in stacks if _as_long(stack[-1], line)]
        if near:
            near[0].append(line)
        else:
            stacks.append([line])
    for stack in stacks:
        for run in _runs(stack, lines, page_height):
            pieces = tuple(piece for line in run for piece in line.pieces)
            grid = _with_inner(Grid(_columns(run), places(line.at for line in run), pieces, ()), whole)
            if all(piece.width == 0 for piece in pieces):  # shades alone
                inside = [line for line in lines if grid.box.holds(*line.box.middle)]
                grid = _with_white_rows(with_columns(grid, inside), inside, lines)
            yield _with_more_rows(grid, lines)


def _as_long(a: Line, b: Line) -> bool:
    return abs(a.start - b.start) <= 2 * MEET and abs(a.end - b.end) <= 2 * MEET


def _with_inner(grid: Grid, whole: Sequence[Line]) -> Grid:
    """A grid with the lines inside it that part some of its columns, as the second row of a head does."""
    inner = [
        line
        for line in whole
        if grid.ys[0] < line.at < grid.ys[-1]
        and min(abs(line.at - y) for y in grid.ys) >= MIN_SIDE
        and line.end - line.start < grid.xs[-1] - grid.xs[0] - 2 * MEET
        and all(min(abs(end - x) for x in grid.xs) <= 2 * MEET for end in (line.start, line.end))
    ]
    pieces = tuple(piece for line in inner for piece in line.pieces)
    return replace(grid, ys=places([*grid.ys, *(line.at for line in inner)]), horizontal=(*grid.horizontal, *pieces))


def _with_more_rows(grid: Grid, lines: Sequence[TextLine]) -> Grid:
    """A grid with the rows below it that stand in its columns: where a page's end cuts a table, no line closes it."""
    inside = [line for line in lines if grid.box.holds(*line.box.middle)]
    if len(grid.xs) < 3 or not inside:
        return grid
    below = [
        line
        for line in lines
        if line.box.middle[1] > grid.ys[-1]
        and grid.xs[0] - SAME < line.box.left
        and line.box.right < grid.xs[-1] + SAME
    ]
    edge, last = grid.ys[-1], grid.ys[-1]
    for row in rows(below, lambda line: line.box, SAME_ROW):
        box = Box.around(line.box for line in row)
        if box.top - edge > MAX_DISTANCE_EM * row[0].em or not _stands_in(row, grid, inside):
            break
        edge = box.bottom
        last = edge if len({sum(x <= line.box.left for x in grid.xs) for line in row}) > 1 else last
    if last <= grid.ys[-1]:
        return grid
    parted = len(grid.ys) != 3  # below a head, lines part rows throughout or not at all
    return replace(grid, ys=(*(grid.ys if parted else grid.ys[:-1]), last + MEET))


def _stands_in(row: Sequence[TextLine], grid: Grid, inside: Sequence[TextLine]) -> bool:
    """Whether each part of a row begins or ends where others of its column do, and no word stands on a border."""
    if any(crosses(word, x) for line in row for word in line.words for x in grid.xs[1:-1]):
        return False
    ends = [(line.box.left, line.box.right) for other in inside for line in cut(other, grid.xs[1:-1])]
    return all(
        any(abs(line.box.left - left) <= SAME or abs(line.box.right - right) <= SAME for left, right in ends)
        for other in row
        for line in cut(other, grid.xs[1:-1])
    )


def _with_white_rows(grid: Grid, inside: Sequence[TextLine], lines: Sequence[TextLine]) -> Grid:
    """A grid that shades make, with the white rows above the first and below the last."""
    heights = [b - a for a, b in pairwise(grid.ys)]
    height, ys = max(heights), list(grid.ys)
    if len(grid.xs) < 3:
        return grid
    for down in (True, False):
        edge = ys[-1] if down else ys[0]
        reach = (edge, edge + 1.1 * height) if down else (edge - 1.1 * height, edge)
        row = [line for line in lines if reach[0] < line.box.middle[1] < reach[1] and grid.xs[0] < line.box.middle[0]]
        if row and _in_columns(row, grid, inside):
            box = Box.around(line.box for line in row)
            ys = [*ys, max(edge + min(heights), box.bottom)] if down else [min(edge - min(heights), box.top), *ys]
    return replace(grid, ys=tuple(ys))


def _in_columns(row: Sequence[TextLine], grid: Grid, inside: Sequence[TextLine]) -> bool:
    """Whether each piece of a row begins where others of its column do, in all columns but some empty ones."""
    pieces = [piece for line in row for piece in cut(line, grid.xs[1:-1])]
    lefts = [piece.box.left for line in inside for piece in cut(line, grid.xs[1:-1])]
    begin = all(any(abs(piece.box.left - left) <= SAME for left in lefts) for piece in pieces)
    columns = {sum(x <= piece.box.left for x in grid.xs) for piece in pieces}
    crossing = any(crosses(word, x) for piece in pieces for word in piece.words for x in grid.xs[1:-1])
    return begin and len(columns) > 1 and not crossing


def _runs(stack: Sequence[Line], lines: Sequence[TextLine], page_height: float) -> Iterator[list[Line]]:
    """Lines of one extent, parted where what is between them is no row of the same table."""
    run: list[Line] = []
    for number, line in enumerate(stack):
        if run and not _same_table(run, line, stack[number + 1 :], lines, page_height):
            yield from _without_heading(run, lines)
            run = []
        run.append(line)
    yield from _without_heading(run, lines)


def _without_heading(run: list[Line], lines: Sequence[TextLine]) -> Iterator[list[Line]]:
    """A run that is a table, without what stands above it as its heading, or nothing."""
    while len(run) > 2:
        above, rows = _between(lines, run[0], run[1]), _between(lines, run[1], run[-1])
        if not above or not rows or not _is_heading(above, rows, run[0].start):
            break
        run = run[1:]
    if _is_table(run, lines):
        yield run


def _same_table(
    run: Sequence[Line], line: Line, later: Sequence[Line], lines: Sequence[TextLine], page_height: float
) -> bool:
    """Whether a line goes on with a run of lines; `later` are those below it, nearest first."""
    last = run[-1]
    between = _between(lines, last, line)
    columns = _columns([*run, line])
    if between and all(piece.width == 0 for piece in (*last.pieces, *line.pieces)) and _has_room(between, run, line):
        return False
    if not between:
        return line.at - last.at <= 2 * MEET or len(columns) > 2 and _junctions(last) == _junctions(line)
    if len(columns) == 2:
        short = line.at - last.at <= MAX_SECTION_SHARE * page_height
        return short and _has_columns(between) or _goes_on(between, _between(lines, run[0], last))
    rows = _between(lines, run[0], last) or next(filter(None, (_between(lines, line, one) for one in later)), [])
    if rows and _is_heading(between, rows, run[0].start):
        return False
    spanning = len(_junctions(line)) < len(columns) - 2 or len(_junctions(last)) < len(columns) - 2
    inner = columns[1:-1]
    crossing = sum(any(crosses(word, x) for word in one.words for x in inner) for one in between)
    return not crossing or (spanning and crossing < 3)


def _has_room(between: Sequence[TextLine], run: Sequence[Line], line: Line) -> bool:
    """Whether more white is above or below what stands between shades than any row above is high."""
    box = Box.around(line.box for line in between)
    rows = [lower.at - upper.at for upper, lower in pairwise(run)]
    return bool(rows) and max(box.top - run[-1].at, line.at - box.bottom) > max(rows)


def _goes_on(between: Sequence[TextLine], above: Sequence[TextLine]) -> bool:
    """Whether lines stand in the columns of the fullest row above: no word stands where one of them begins."""
    row = max(rows(above, lambda line: line.box, SAME_ROW), key=len, default=[])
    begins = [piece.box.left - piece.em / 2 for piece in row[1:]]
    crossing = any(crosses(word, x) for line in between for word in line.words for x in begins)
    flush = len(row) > 1 and min(abs(line.box.left - row[0].box.left) for line in between) <= MEET
    return flush and not crossing


def _is_heading(between: Sequence[TextLine], rows: Sequence[TextLine], left: float) -> bool:
    """Whether lines stand out from the rows above: larger, or flush with the table's edge where cells are not."""
    em = median(line.em for line in rows)
    largest = max(line.em for line in rows)
    padding = min(line.box.left for line in rows) - left
    larger = max(between, key=lambda line: len(line.text)).em > LARGER * largest
    return larger or (padding > FLUSH_EM * em and min(line.box.left for line in between) - left < padding / 4)


def _between(lines: Sequence[TextLine], upper: Line, lower: Line) -> list[TextLine]:
    return [
        line
        for line in lines
        if upper.at - SAME < line.box.middle[1] < lower.at + SAME and upper.start < line.box.middle[0] < upper.end
    ]


def _has_columns(lines: Sequence[TextLine]) -> bool:
    """Whether lines stand side by side."""
    return any(
        abs(a.box.middle[1] - b.box.middle[1]) < 0.5 * a.box.height
        for a, b in pairwise(sorted(lines, key=lambda line: line.box.middle[1]))
    )


def _junctions(line: Line) -> set[int]:
    """Where pieces of a line meet."""
    starts = {round(piece.start / SAME / 2) for piece in line.pieces}
    return starts - {round(line.start / SAME / 2)}


def _columns(run: Sequence[Line]) -> tuple[float, ...]:
    return places(end for line in run for piece in line.pieces for end in (piece.start, piece.end))


def _is_table(run: Sequence[Line], lines: Sequence[TextLine]) -> bool:
    if len(run) < 2:
        return False
    inside = _between(lines, run[0], run[-1])
    inner = _columns(run)[1:-1]
    if inner:
        return len({sum(x <= word.box.middle[0] for x in inner) for line in inside for word in line.words}) > 1
    return len(run) > 2 and _has_columns(inside)
