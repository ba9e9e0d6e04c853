"""Tables that a page draws itself: where its ruling lines and shades make a grid. Points, exact.

- Ruling lines that meet are one grid. Where no vertical ones divide it, lines of one extent below each other are, and
  the places where their pieces meet tell the columns: browsers draw a border cell by cell.
- A shaded row counts as ruled above and below.
- What stands between two lines and takes no notice of the columns is no row: a table ends there and another begins.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise
from statistics import median

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import clusters, rows
from sokdok.layout.columns import SAME_ROW
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Fill, Rule, Word

SAME = 1.6
"""points: lines and ends no further apart are in one place"""
MEET = 2.5
"""points: ends no further from a line touch it"""
MIN_SIDE = 6.0
"""points of a shade that may be a cell"""
MAX_SECTION_SHARE = 0.5
"""of a page's height between two lines of one table whose columns nothing drawn tells"""
MAX_PAGE_SHARE = 0.85
"""of a page's height that a shade takes; a larger one is the page's ground"""


MAX_DISTANCE_EM = 1.6
"""of white between two rows of a table that no line parts"""
LARGER = 1.07
"""times the size of a table's type: a heading below it"""
FLUSH_EM = 0.2
"""between a table's edge and the text of its cells, if what stands at the edge is none of them"""


@dataclass(frozen=True)
class Grid:
    """The lines of a table."""

    xs: tuple[float, ...]
    """borders of columns, both outer ones included; only these two where nothing tells the inner ones"""
    ys: tuple[float, ...]
    """borders of rows, both outer ones included"""
    horizontal: tuple[Rule, ...]
    """pieces as they are drawn"""
    vertical: tuple[Rule, ...]

    @property
    def box(self) -> Box:
        return Box(self.xs[0], self.ys[0], self.xs[-1], self.ys[-1])


def drawn_grids(
    drawn: Iterable[Rule], shades: Iterable[Fill], page_height: float, lines: Sequence[TextLine]
) -> tuple[list[Grid], list[Box]]:
    """Grids with several cells, and frames around one, from top to bottom."""
    rules = _distinct([rule for rule in drawn if rule.end - rule.start >= MIN_SIDE])
    grids: list[Grid] = []
    frames: list[Box] = []
    alone: list[Rule] = []
    for group in clusters(whole_lines(rules), _meet):
        pieces = [piece for line in group for piece in line.pieces]
        if all(piece.horizontal for piece in pieces):
            alone += pieces
            continue
        grid = _grid(pieces)
        if grid is None:
            continue
        if len(grid.xs) > 2:
            grids.append(grid)
        elif len(grid.ys) > 1:
            frames.append(grid.box)
    outside = [rule for rule in alone if not any(grid.box.grown(SAME).holds(*_middle(rule)) for grid in grids)]
    fills = [fill for fill in shades if _may_be_cell(fill, page_height)]
    free = [fill for fill in fills if not any(fill.box.share_in(grid.box) > 0.5 for grid in grids)]
    grids += _lined(outside, free, lines, page_height)
    frames += [fill.box for fill in free if not any(fill.box.share_in(grid.box) > 0.5 for grid in grids)]
    return sorted(grids, key=lambda grid: grid.box.top), sorted(frames, key=lambda box: box.top)


@dataclass(frozen=True, eq=False)
class Line:
    """Pieces of one line, end to end."""

    pieces: tuple[Rule, ...]
    horizontal: bool
    at: float
    start: float
    end: float


def _distinct(rules: Sequence[Rule]) -> list[Rule]:
    """Without lines that are drawn over others: the borders of two cells, or the inner lines of a thick one."""
    seen: set[tuple[bool, int, int, int]] = set()
    kept = []
    for rule in rules:
        key = (rule.horizontal, round(rule.at / SAME), round(rule.start / SAME), round(rule.end / SAME))
        if key not in seen:
            seen.add(key)
            kept.append(rule)
    return kept


def whole_lines(rules: Iterable[Rule]) -> list[Line]:
    """Pieces that go on with each other as whole lines."""
    found: list[list[Rule]] = []
    for rule in sorted(rules, key=lambda rule: (rule.horizontal, round(rule.at / SAME), rule.start)):
        last = found[-1] if found else []
        if (
            last
            and last[0].horizontal == rule.horizontal
            and abs(last[0].at - rule.at) <= SAME
            and rule.start <= max(piece.end for piece in last) + MEET
        ):
            last.append(rule)
        else:
            found.append([rule])
    return [
        Line(
            tuple(group),
            group[0].horizontal,
            group[0].at,
            min(piece.start for piece in group),
            max(piece.end for piece in group),
        )
        for group in found
    ]


def _meet(a: Line, b: Line) -> bool:
    if a.horizontal == b.horizontal:
        return abs(a.at - b.at) <= MEET and a.start <= b.end + MEET and b.start <= a.end + MEET
    return b.start - MEET <= a.at <= b.end + MEET and a.start - MEET <= b.at <= a.end + MEET


def _middle(rule: Rule) -> tuple[float, float]:
    along = (rule.start + rule.end) / 2
    return (along, rule.at) if rule.horizontal else (rule.at, along)


def _grid(pieces: Sequence[Rule]) -> Grid | None:
    """The grid of lines that meet; None if they enclose nothing."""
    horizontal = tuple(piece for piece in pieces if piece.horizontal)
    vertical = tuple(piece for piece in pieces if not piece.horizontal)
    if not horizontal or not vertical:
        return None
    ends = [min(rule.start for rule in horizontal), max(rule.end for rule in horizontal)]
    xs = _places([*(rule.at for rule in vertical), *ends])
    tops = [min(rule.start for rule in vertical), max(rule.end for rule in vertical)]
    ys = _places([*(rule.at for rule in horizontal), *tops])
    if len(xs) < 2 or len(ys) < 2:
        return None
    return Grid(xs, ys, horizontal, vertical)


def _places(values: Iterable[float]) -> tuple[float, ...]:
    """Values in rising order, those that are nearly the same as one."""
    places: list[list[float]] = []
    for value in sorted(values):
        if places and value - places[-1][-1] <= SAME + 0.4:
            places[-1].append(value)
        else:
            places.append([value])
    return tuple(sum(group) / len(group) for group in places)


def _may_be_cell(fill: Fill, page_height: float) -> bool:
    return min(fill.box.width, fill.box.height) >= MIN_SIDE and fill.box.height < MAX_PAGE_SHARE * page_height


def _lined(
    rules: Sequence[Rule], fills: Sequence[Fill], lines: Sequence[TextLine], page_height: float
) -> Iterator[Grid]:
    """Grids of horizontal lines and shades alone."""
    shades = [
        Rule(True, at, fill.box.left, fill.box.right, 0.0, fill.color)
        for fill in fills
        for at in (fill.box.top, fill.box.bottom)
    ]
    whole = whole_lines(_distinct([*rules, *shades]))
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
            grid = _with_inner(Grid(_columns(run), _places(line.at for line in run), pieces, ()), whole)
            shaded = all(piece.width == 0 for piece in pieces)
            yield _with_more_rows(_with_white_rows(grid, lines) if shaded else grid, lines)


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
    return replace(grid, ys=_places([*grid.ys, *(line.at for line in inner)]), horizontal=(*grid.horizontal, *pieces))


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


def cut(line: TextLine, at: Sequence[float]) -> list[TextLine]:
    """A line cut between words where its words stand in several columns."""
    if len(line.words) < 2 or not any(line.box.left < x < line.box.right for x in at):
        return [line]
    parts: list[list[int]] = []
    last = -1
    for index, word in enumerate(line.words):
        column = sum(x <= word.box.middle[0] for x in at)
        if column != last:
            parts.append([])
        parts[-1].append(index)
        last = column
    return [line.part(part[0], part[-1] + 1) for part in parts] if len(parts) > 1 else [line]


def _with_white_rows(grid: Grid, lines: Sequence[TextLine]) -> Grid:
    """A grid that shades make, with the white rows above the first and below the last."""
    heights = [b - a for a, b in pairwise(grid.ys)]
    height, ys = max(heights), list(grid.ys)
    if len(grid.xs) < 3:
        return grid
    for down in (True, False):
        edge = ys[-1] if down else ys[0]
        reach = (edge, edge + 1.1 * height) if down else (edge - 1.1 * height, edge)
        row = [line for line in lines if reach[0] < line.box.middle[1] < reach[1] and grid.xs[0] < line.box.middle[0]]
        if row and _in_columns(row, grid, lines):
            box = Box.around(line.box for line in row)
            ys = [*ys, max(edge + min(heights), box.bottom)] if down else [min(edge - min(heights), box.top), *ys]
    return Grid(grid.xs, tuple(ys), grid.horizontal, grid.vertical)


def _in_columns(row: Sequence[TextLine], grid: Grid, lines: Sequence[TextLine]) -> bool:
    """Whether each piece of a row begins where others of its column do, in all columns but some empty ones."""
    inside = [line for line in lines if grid.box.holds(*line.box.middle)]
    lefts = {round(line.box.left) for line in inside}
    begin = all({round(line.box.left) + by for by in (-1, 0, 1)} & lefts for line in row)
    columns = {sum(x <= line.box.left for x in grid.xs) for line in row}
    crossing = any(crosses(word, x) for line in row for word in line.words for x in grid.xs[1:-1])
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
    if len(columns) == 2 and line.at - last.at > MAX_SECTION_SHARE * page_height:
        return False
    if not between:
        return line.at - last.at <= 2 * MEET or len(columns) > 2 and _junctions(last) == _junctions(line)
    if len(columns) == 2:
        return _has_columns(between)
    rows = _between(lines, run[0], last) or next(filter(None, (_between(lines, line, one) for one in later)), [])
    if rows and _is_heading(between, rows, run[0].start):
        return False
    spanning = len(_junctions(line)) < len(columns) - 2 or len(_junctions(last)) < len(columns) - 2
    inner = columns[1:-1]
    crossing = sum(any(crosses(word, x) for word in one.words for x in inner) for one in between)
    return not crossing or (spanning and crossing < 3)


def _is_heading(between: Sequence[TextLine], rows: Sequence[TextLine], left: float) -> bool:
    """Whether lines stand out from the rows above: larger, or flush with the table's edge where cells are not."""
    em = median(line.em for line in rows)
    largest = max(line.em for line in rows)
    padding = min(line.box.left for line in rows) - left
    larger = max(between, key=lambda line: len(line.text)).em > LARGER * largest
    return larger or (padding > FLUSH_EM * em and min(line.box.left for line in between) - left < padding / 4)


def crosses(word: Word, x: float) -> bool:
    """Whether a word stands on both sides of a border."""
    slack = 0.2 * word.em
    return word.box.left + slack < x < word.box.right - slack


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
    ends = [end for line in run for piece in line.pieces for end in (piece.start, piece.end)]
    places = _places(ends)
    merged: list[float] = [places[0]]
    for place in places[1:]:
        if place - merged[-1] > 2 * MEET:
            merged.append(place)
    return tuple(merged)


def _is_table(run: Sequence[Line], lines: Sequence[TextLine]) -> bool:
    if len(run) < 2:
        return False
    inside = _between(lines, run[0], run[-1])
    inner = _columns(run)[1:-1]
    if inner:
        return len({sum(x <= word.box.middle[0] for x in inner) for line in inside for word in line.words}) > 1
    return len(run) > 2 and _has_columns(inside)
