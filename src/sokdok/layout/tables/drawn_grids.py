"""Tables that a page draws itself: where its ruling lines and shades make a grid. Points.

Ruling lines that meet are one grid; horizontal ones and shades alone are looked at in `lined_grids`.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import clusters
from sokdok.layout.tables.grids import MEET, SAME, Grid, Line, distinct, places, whole_lines
from sokdok.layout.tables.lined_grids import lined_grids
from sokdok.layout.tables.shade_edges import with_edges
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Fill, Rule

MIN_SIDE = 6.0
"""points of a shade that may be a cell, and of a line"""
MAX_PAGE_SHARE = 0.85
"""of a page's height that a shade takes; a larger one is the page's ground"""


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
    grids = [with_edges(grid, edges) for grid in grids]
    free = [fill for fill in fills if not any(fill.box.share_in(grid.box) > 0.5 for grid in grids)]
    grids += lined_grids(outside, free, lines, page_height)
    frames += [fill.box for fill in free if not any(fill.box.share_in(grid.box) > 0.5 for grid in grids)]
    return sorted(grids, key=lambda grid: grid.box.top), sorted(frames, key=lambda box: box.top)


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
    xs = places([*(rule.at for rule in vertical), *ends])
    tops = [min(rule.start for rule in vertical), max(rule.end for rule in vertical)]
    ys = places([*(rule.at for rule in horizontal), *tops])
    if len(xs) < 2 or len(ys) < 2:
        return None
    return Grid(xs, ys, horizontal, vertical)


def _may_be_cell(fill: Fill, page_height: float) -> bool:
    return min(fill.box.width, fill.box.height) >= MIN_SIDE and fill.box.height < MAX_PAGE_SHARE * page_height
