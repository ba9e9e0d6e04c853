"""The layout of a page that is known by its pixels and the lines a recogniser has read.

What is drawn on it, its ruling lines and shades, is found as a text layer has it. How large a point is, the size of the
type tells. Lines are seen in part and a little off, so they are set on the borders that they make.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.imaging.shades import find_shades
from sokdok.layout.analyse import Surroundings, analyse, whole_table
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.pictures import find_pictures
from sokdok.layout.set_lines import set_lines, weighed
from sokdok.layout.structure.nodes import Drawn, weighted_median
from sokdok.layout.tables.cells import Cell, cells_html
from sokdok.layout.tables.grids import MEET, Grid, grids_of, has_text
from sokdok.layout.tables.ruling_lines import Ruling, erased, find_ruling, find_steps
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Fill, Rule

DOUBT = 0.3  # times the lines' confidence, where there is hardly a table: a single row or column


def analyse_image(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[LayoutBlock]:
    """Arrange the lines of a page (H, W, 3) uint8 RGB in blocks, its tables and pictures among them.

    Boxes are in pixels of the page; tables have their HTML.
    """
    return analyse(*seen_on(pixels, lines))


def seen_on(pixels: np.ndarray, lines: Sequence[TextLine]) -> tuple[list[TextLine], Surroundings]:
    """The lines of a picture (H, W, 3) uint8 RGB as those of a text layer are set, and what is seen around them."""
    seen = see(pixels, [line for line in lines if line.text])
    tables = [grid.box.scaled(1 / seen.scale) for grid in seen.grids]
    found = find_pictures(_gray(pixels), _gray(seen.unruled), seen.lines)
    pictures = [box for box in found if not any(box.share_in(table) > 0.5 for table in tables)]
    return seen.lines, _around(seen, pictures)


def read_table(pixels: np.ndarray, lines: Sequence[TextLine]) -> tuple[str, float]:
    """Read a table's picture (H, W, 3) uint8 RGB with its lines: its HTML, and a confidence from 0 to 1.

    "" and 0 without a line of text.
    """
    lines = [line for line in lines if line.text.strip()]
    if not lines:
        return "", 0.0
    seen = see(pixels, lines)
    cells = whole_table(seen.lines, _around(seen))
    return cells_html(cells), _confidence(cells)


def _around(seen: Seen, pictures: Sequence[Box] = ()) -> Surroundings:
    height, width = seen.unruled.shape[:2]
    drawn = Drawn(
        (width * seen.scale, height * seen.scale),
        [box.scaled(seen.scale) for box in pictures],
        fills=[fill.box for fill in seen.fills],
        rules=seen.rules,
    )
    return Surroundings(drawn, seen.scale, pictures, grids=seen.grids, read=True)


def _gray(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 in grey (H, W) uint8, each colour alike."""
    return (color_sums(pixels) // 3).astype(np.uint8)


def _confidence(cells: Sequence[Cell]) -> float:
    """Mean confidence of the symbols, less where there is hardly a table."""
    pieces = [piece for cell in cells for piece in cell.pieces]
    symbols = sum(len(piece.text) for piece in pieces)
    mean = sum(piece.confidence * len(piece.text) for piece in pieces) / symbols
    filled = [cell for cell in cells if cell.pieces]
    rows, columns = {cell.top for cell in filled}, {cell.left for cell in filled}
    return mean if min(len(rows), len(columns)) > 1 else DOUBT * mean


BODY_POINTS = 10.0  # size of most type
GREY = (204, 204, 204)
MIN_STEP_EM = 2.5  # of an edge between two grounds: longer than any in letters


@dataclass(frozen=True)
class Seen:
    """A picture with its lines of text, and what is drawn around them."""

    lines: list[TextLine]  # in pixels, set as those of a text layer are
    unruled: np.ndarray  # the picture (H, W, 3) uint8 without its ruling lines
    scale: float  # points of a pixel
    rules: list[Rule]  # in points, as the following
    fills: list[Fill]
    grids: list[Grid]


def see(pixels: np.ndarray, lines: Sequence[TextLine]) -> Seen:
    """Look for what is drawn on a picture (H, W, 3) uint8 RGB with some lines of text."""
    levels = color_sums(pixels)
    ruling = find_ruling(levels, lines) if lines else Ruling()
    lines = weighed(set_lines(lines), (levels // 3).astype(np.uint8))
    ems, letters = np.array([line.em for line in lines]), np.array([len(line.text) for line in lines])
    em = weighted_median(ems, letters) if lines else BODY_POINTS
    scale = BODY_POINTS / em
    steps = find_steps(levels, round(MIN_STEP_EM * em)) if ruling.vertical else []
    sides = ((True, ruling.horizontal), (False, ruling.vertical))
    rules = [
        Rule(horizontal, float(rule.at) * scale, rule.start * scale, rule.end * scale, scale)
        for horizontal, found in sides
        for rule in found
    ]
    edges = [Rule(True, step.at * scale, step.start * scale, step.end * scale, 0.0) for step in steps]
    fills = [Fill(box.scaled(scale), GREY) for box in _shades(pixels, lines)]
    small = [line.scaled(scale) for line in lines]
    grids = [grid for grid in grids_of(_set_on_borders([*rules, *edges])) if has_text(grid, small)]
    return Seen(lines, erased(pixels, ruling), scale, rules, fills, grids)


def _shades(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[Box]:
    """The shades of a page, without those that are no higher than a line in them: its letters."""
    found = find_shades(pixels, float(np.median([line.em for line in lines]))) if lines else []
    return [
        box for box in found if not any(line.box.height > box.height and box.overlap(line.box) > 0 for line in lines)
    ]


def _set_on_borders(rules: Sequence[Rule]) -> list[Rule]:
    """Rules that end at the rules across that they nearly meet: a page may be bent, and letters hide parts of lines."""
    out = []
    for rule in rules:
        across = sorted(other.at for other in rules if other.horizontal is not rule.horizontal)
        start, end = (min(across, key=lambda at: abs(at - place), default=place) for place in (rule.start, rule.end))
        start = start if abs(start - rule.start) <= 2 * MEET else rule.start
        end = end if abs(end - rule.end) <= 2 * MEET else rule.end
        out.append(replace(rule, start=min(start, end), end=max(start, end)))
    return out
