"""Edges of shades as borders of a grid's rows: a dark head has no line below it.

- An edge is where a shade ends and none of its colour goes on. It parts rows if it runs from one border of columns to
  another.
- On a picture it is a step from dark to light along a straight run, longer than any in letters.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.components import components
from sokdok.layout.tables.grids import MEET, Grid, places
from sokdok.layout.tables.ruling_lines import CLEAR_LEVELS, MAX_SLOPE, RulingLine, long_runs, summed
from sokdok.pages.textlayer import Fill, Rule

STEP_PX = 2
"""above and below an edge, where its levels are compared"""
CONTINUED_SHARE = 0.5
"""of a shade's width that another of its colour has above or below it"""

Place = tuple[tuple[int, int, int], int]
"""of an edge: its colour, and about where it is"""


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


def with_edges(grid: Grid, edges: Sequence[Rule]) -> Grid:
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


def find_steps(pixels: np.ndarray, shortest: int) -> list[RulingLine]:
    """Level edges of at least `shortest` pixels on a picture (H, W, 3) uint8, those of its ruling lines too."""
    levels = summed(pixels)
    if len(levels) <= 2 * STEP_PX:
        return []
    steps = levels[2 * STEP_PX :] - levels[: -2 * STEP_PX]
    found: list[RulingLine] = []
    for mask in (steps > 3 * CLEAR_LEVELS, steps < -3 * CLEAR_LEVELS):
        for left, top, right, bottom in components(long_runs(mask, shortest)).boxes.tolist():
            if bottom - top <= 2 * STEP_PX + 2 + MAX_SLOPE * (right - left):
                found.append(RulingLine((top + bottom) / 2 + STEP_PX, left, right))
    return found
