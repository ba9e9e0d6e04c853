"""The layout of a page that is known by its pixels and the lines a recogniser has read.

Tables are found and divided as on a page of a text layer: the ruling lines that are seen are lines that are drawn. How
large a point is, the size of the type tells.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.layout.analyse import analyse
from sokdok.layout.blocks import LayoutBlock, body_size, rows_of
from sokdok.layout.joining import Joiner
from sokdok.layout.pictures import find_pictures
from sokdok.layout.tables.drawn_grids import MEET, Grid, drawn_grids, whole_lines
from sokdok.layout.tables.pieces import cut_lines
from sokdok.layout.tables.reader import cells_html
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling
from sokdok.layout.tables.table_cells import table_cells
from sokdok.layout.text_layer import joiner_for
from sokdok.layout.text_line import TextLine
from sokdok.layout.typeset.seen import set_lines
from sokdok.pages.textlayer import Rule

BODY_POINTS = 10.0
"""size of most type"""
MIN_LINES_PER_CELL = 0.3
"""lines of text for each cell; the grid of a chart has fewer"""


def analyse_image(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[LayoutBlock]:
    """Arrange the lines of a page (H, W, 3) uint8 RGB in blocks, its tables and pictures among them.

    Boxes are in pixels of the page; tables have their HTML.
    """
    ruling = find_ruling(pixels, lines) if lines else Ruling()
    unruled = erased(pixels, ruling)
    lines = set_lines(lines)
    scale = BODY_POINTS / (body_size(lines) or BODY_POINTS)
    grids = {grid.box.scaled(1 / scale): grid for grid in _grids(ruling, lines, len(pixels), scale)}
    found = find_pictures(pixels.mean(2).astype(np.uint8), unruled.mean(2).astype(np.uint8), lines)
    pictures = [box for box in found if not any(box.share_in(table) > 0.5 for table in grids)]
    tables = [box for box in grids if not any(picture.holds(*box.middle) for picture in pictures)]
    blocks = analyse(lines, len(pixels), pictures, tables)
    joiner = joiner_for(blocks)
    return [
        _with_cells(block, grids.get(block.box), scale, unruled, joiner) if block.kind == "table" else block
        for block in blocks
    ]


def _grids(ruling: Ruling, lines: Sequence[TextLine], height: float, scale: float) -> list[Grid]:
    """The grids of tables on a page, in points, of which a pixel is `scale`."""
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
    return [_seen_whole(grid) for grid in drawn_grids(drawn, (), height * scale, small)[0] if _has_text(grid, small)]


def _seen_whole(grid: Grid) -> Grid:
    """A grid whose lines end at its borders: letters that touch a line hide a part of it."""
    horizontal = tuple(_reaching(rule, grid.xs) for rule in grid.horizontal)
    return replace(grid, horizontal=horizontal, vertical=tuple(_reaching(rule, grid.ys) for rule in grid.vertical))


def _reaching(rule: Rule, borders: Sequence[float]) -> Rule:
    start = max((at for at in borders if at <= rule.start + MEET), default=rule.start)
    return replace(rule, start=start, end=min((at for at in borders if at >= rule.end - MEET), default=rule.end))


def _has_text(grid: Grid, lines: Sequence[TextLine]) -> bool:
    cells = (len(grid.xs) - 1) * (len(grid.ys) - 1)
    return sum(grid.box.holds(*line.box.middle) for line in lines) >= MIN_LINES_PER_CELL * cells


def _met(end: float, places: Sequence[float]) -> float:
    """Where a line ends: at the line across that it meets, as ends are seen a little off."""
    nearest = min(places, key=lambda place: abs(place - end), default=end)
    return nearest if abs(nearest - end) <= MEET else end


def _with_cells(
    block: LayoutBlock, grid: Grid | None, scale: float, unruled: np.ndarray, joiner: Joiner
) -> LayoutBlock:
    """A table with its HTML, and with the places of its columns."""
    pieces = cut_lines(unruled, block.lines, Ruling())
    rows = [[piece.scaled(scale) for piece in row.pieces] for row in rows_of(pieces)]
    cells, columns = table_cells(rows, grid)
    return replace(block, html=cells_html(cells, joiner.join), columns=tuple(float(x) / scale for x in columns))
