"""Tables that a page draws itself: where its ruling lines and shades make a grid. Points.

- Ruling lines that meet are one grid; horizontal ones and shades alone are looked at in `lined_grids`.
- In a grid an edge of a shade, where none of its colour goes on, parts rows if it runs from one border of columns to
  another: a dark head has no line below it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to
from sokdok.layout.tables.grids import MEET, SAME, Grid, Line, distinct, places, whole_lines
from sokdok.layout.tables.lined_grids import lined_grids
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Fill, Rule

MIN_SIDE = 6.0  # points of a shade that may be a cell, and of a line
CONTINUED_SHARE = 0.5  # of a shade's width that another of its colour has above or below it
MAX_PAGE_SHARE = 0.85  # of a page's height that a shade takes; a larger one is the page's ground


Place = tuple[tuple[int, int, int], int]  # of a shade's edge: its colour, and about where it is


def drawn_grids(
    drawn: Iterable[Rule],
    shades: Iterable[Fill],
    page_height: float,
    lines: Sequence[TextLine],
    edges: Sequence[Rule],
) -> tuple[list[Grid], list[Box]]:
    """Grids with several cells, and frames around one, from top to bottom; `edges` are those of shades, exactly."""
    rules = distinct([rule for rule in drawn if rule.end - rule.start >= MIN_SIDE])
    grids: list[Grid] = []
    frames: list[Box] = []
    alone: list[Rule] = []
    for group in _meeting(whole_lines(rules)):
        pieces = [piece for line in group for piece in line.pieces]
        if all(piece.horizontal for piece in pieces):
            alone += pieces
            continue
        grid = _grid(pieces)
        if grid is None:
            continue
        grid = _without_overhang(grid, lines)
        if len(grid.xs) > 2:
            grids.append(grid)
        elif len(grid.ys) > 1:
            frames.append(grid.box)
    outside = [rule for rule in alone if not any(grid.box.grown(SAME).holds(*_middle(rule)) for grid in grids)]
    fills = [fill for fill in shades if _may_be_cell(fill, page_height)]
    grids = [_with_edges(grid, edges) for grid in grids]
    free = [fill for fill in fills if not any(fill.box.share_in(grid.box) > 0.5 for grid in grids)]
    grids += lined_grids(outside, free, lines, page_height)
    frames += [fill.box for fill in free if not any(fill.box.share_in(grid.box) > 0.5 for grid in grids)]
    return sorted(grids, key=lambda grid: grid.box.top), sorted(frames, key=lambda box: box.top)


def _meeting(lines: Sequence[Line]) -> list[list[Line]]:
    """Group lines that meet, or nearly: `MEET` apart at most."""
    gaps = gaps_to(
        [
            Box(line.start, line.at, line.end, line.at)
            if line.horizontal
            else Box(line.at, line.start, line.at, line.end)
            for line in lines
        ]
    )
    groups = connected(len(lines), lambda at: np.maximum(*gaps(at)) <= MEET)
    return [[lines[i] for i in group] for group in groups]


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
    xs = places([*(rule.at for rule in vertical), *ends])
    tops = [min(rule.start for rule in vertical), max(rule.end for rule in vertical)]
    ys = places([*(rule.at for rule in horizontal), *tops])
    if len(xs) < 2 or len(ys) < 2:
        return None
    return Grid(xs, ys, horizontal, vertical)


def _without_overhang(grid: Grid, lines: Sequence[TextLine]) -> Grid:
    """A grid without an outer column that no line closes and nothing stands in: lines that end beyond, as ticks do."""
    for outer, border in ((grid.xs[0], grid.xs[1]), (grid.xs[-1], grid.xs[-2])):
        place = Box(min(outer, border), grid.ys[0], max(outer, border), grid.ys[-1])
        closed = any(abs(rule.at - outer) <= MEET for rule in grid.vertical)
        if len(grid.xs) > 2 and not closed and not any(place.holds(*line.box.middle) for line in lines):
            grid = replace(grid, xs=tuple(x for x in grid.xs if x != outer))
    return grid


def _may_be_cell(fill: Fill, page_height: float) -> bool:
    return min(fill.box.width, fill.box.height) >= MIN_SIDE and fill.box.height < MAX_PAGE_SHARE * page_height


def edges_of(fills: Sequence[Fill]) -> Iterator[Rule]:
    """The upper and lower edges of shades, without those at which another of their colour goes on."""
    begin: dict[Place, list[Box]] = defaultdict(list)
    end: dict[Place, list[Box]] = defaultdict(list)
    for fill in fills:
        begin[_place(fill, fill.box.top)].append(fill.box)
        end[_place(fill, fill.box.bottom)].append(fill.box)
    for fill in fills:
        for at, others in ((fill.box.top, end), (fill.box.bottom, begin)):
            color, place = _place(fill, at)
            near = (box for by in (-1, 0, 1) for box in others.get((color, place + by), ()))
            if not any(_share(box, fill.box) > CONTINUED_SHARE for box in near):
                yield Rule(True, at, fill.box.left, fill.box.right, 0.0, fill.color)


def _place(fill: Fill, at: float) -> Place:
    return fill.color, round(at / MEET)


def _share(one: Box, other: Box) -> float:
    """Of the width of `other` that `one` has above or below it."""
    return (min(one.right, other.right) - max(one.left, other.left)) / other.width


def _with_edges(grid: Grid, edges: Sequence[Rule]) -> Grid:
    """A grid with the edges inside it that run from one border of its columns to another."""
    inner = [
        edge
        for edge in edges
        if grid.ys[0] + 2 * MEET < edge.at < grid.ys[-1] - 2 * MEET
        and all(min(abs(end - x) for x in grid.xs) <= 2 * MEET for end in (edge.start, edge.end))
    ]
    ys = places([*grid.ys, *(edge.at for edge in inner if min(abs(edge.at - y) for y in grid.ys) > 2 * MEET)])
    return replace(grid, ys=ys, horizontal=(*grid.horizontal, *(_on_border(edge, grid.xs, ys) for edge in inner)))


def _on_border(edge: Rule, xs: Sequence[float], ys: Sequence[float]) -> Rule:
    """An edge at the nearest border of rows, from one border of columns to another."""
    start, end = (min(xs, key=lambda x: abs(x - place)) for place in (edge.start, edge.end))
    return replace(edge, at=min(ys, key=lambda y: abs(y - edge.at)), start=start, end=end)
