"""What is drawn on a picture, its ruling lines and shades, as the grids of tables: as on a page of a text layer.

How large a point is, the size of the type tells. Lines are seen in part and a little off, so they are set on the
borders that they make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.imaging.shades import find_shades
from sokdok.layout.blocks import body_size
from sokdok.layout.tables.cells import Cell, text_rows
from sokdok.layout.tables.drawn_grids import drawn_grids
from sokdok.layout.tables.grids import MEET, Grid, has_text, whole_lines
from sokdok.layout.tables.pieces import cut_lines
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling, find_steps
from sokdok.layout.tables.table_cells import table_cells
from sokdok.layout.text_line import TextLine
from sokdok.layout.typeset.seen import set_lines
from sokdok.pages.textlayer import Fill, Rule

BODY_POINTS = 10.0  # size of most type
GREY = (204, 204, 204)
MIN_STEP_EM = 2.5  # of an edge between two grounds: longer than any in letters


@dataclass(frozen=True)
class Seen:
    """A picture with its lines of text, and what is drawn around them."""

    lines: list[TextLine]  # in pixels, set as those of a text layer are
    unruled: np.ndarray  # the picture (H, W, 3) uint8 without its ruling lines
    scale: float  # points of a pixel
    grids: list[Grid]  # in points, from top to bottom
    frames: list[Box]  # around one cell, in pixels

    def cells(self, lines: Sequence[TextLine], grid: Grid | None) -> tuple[list[Cell], tuple[float, ...]]:
        """The cells of a table with some of the lines, and the borders of its columns, in pixels."""
        pieces = cut_lines(self.unruled, lines, Ruling())
        rows = text_rows([piece.scaled(self.scale) for piece in pieces])
        cells, columns = table_cells(rows, grid)
        return cells, tuple(float(x) / self.scale for x in columns)


def see(pixels: np.ndarray, lines: Sequence[TextLine]) -> Seen:
    """Look for what is drawn on a picture (H, W, 3) uint8 RGB with some lines of text."""
    levels = color_sums(pixels)
    ruling = find_ruling(levels, lines) if lines else Ruling()
    lines = set_lines(lines)
    scale = BODY_POINTS / (body_size(lines) or BODY_POINTS)
    em = BODY_POINTS / scale
    steps = find_steps(levels, round(MIN_STEP_EM * em)) if ruling.vertical else []
    edges = [Rule(True, step.at * scale, step.start * scale, step.end * scale, 0.0) for step in steps]
    grids, frames = _grids(ruling, _shades(pixels, lines), edges, lines, len(pixels), scale)
    return Seen(lines, erased(pixels, ruling), scale, grids, [frame.scaled(1 / scale) for frame in frames])


def _shades(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[Box]:
    """The shades of a page, without those that are no higher than a line in them: its letters."""
    found = find_shades(pixels, float(np.median([line.em for line in lines]))) if lines else []
    return [
        box for box in found if not any(line.box.height > box.height and box.overlap(line.box) > 0 for line in lines)
    ]


def _grids(
    ruling: Ruling,
    shades: Sequence[Box],
    edges: Sequence[Rule],
    lines: Sequence[TextLine],
    height: float,
    scale: float,
) -> tuple[list[Grid], list[Box]]:
    """The grids of tables, and frames around one cell, in points, of which a pixel is `scale`; `edges` too."""
    rules = [
        Rule(horizontal, float(rule.at) * scale, rule.start * scale, rule.end * scale, scale)
        for horizontal, found in ((True, ruling.horizontal), (False, ruling.vertical))
        for rule in found
    ]
    whole = whole_lines(rules)
    places = {way: [line.at for line in whole if line.horizontal is not way] for way in (True, False)}
    drawn = []
    for line in whole:
        start, end = (_met(end, places[line.horizontal]) for end in (line.start, line.end))
        drawn.append(Rule(line.horizontal, line.at, start, end, scale))
    small = [line.scaled(scale) for line in lines]
    fills = [Fill(box.scaled(scale), GREY) for box in shades]
    grids, frames = drawn_grids(drawn, fills, height * scale, small, edges)
    return [_seen_whole(grid) for grid in grids if _has_rows(grid) and has_text(grid, small)], frames


def _seen_whole(grid: Grid) -> Grid:
    """A grid whose lines lie on its borders and end at them: a page may be bent, and letters hide parts of lines."""
    return replace(
        grid,
        horizontal=tuple(_on_borders(rule, grid.ys, grid.xs) for rule in grid.horizontal),
        vertical=tuple(_on_borders(rule, grid.xs, grid.ys) for rule in grid.vertical),
    )


def _on_borders(rule: Rule, along: Sequence[float], across: Sequence[float]) -> Rule:
    """A line on the nearest of the borders along it, through all places between those across that it reaches into."""
    at = min(along, key=lambda place: abs(place - rule.at))
    taken = [pair for pair in pairwise(across) if min(pair[1], rule.end) - max(pair[0], rule.start) > 2 * MEET]
    if not taken:
        return replace(rule, at=at)
    return replace(rule, at=at, start=min(rule.start, taken[0][0]), end=max(rule.end, taken[-1][1]))


def _has_rows(grid: Grid) -> bool:
    """Whether a grid is more than one shade: one row of a table may be seen by itself."""
    return len(grid.ys) > 2 or bool(grid.vertical)


def _met(end: float, places: Sequence[float]) -> float:
    """Where a line ends: at the line across that it meets, as ends are seen a little off."""
    nearest = min(places, key=lambda place: abs(place - end), default=end)
    return nearest if abs(nearest - end) <= MEET else end
