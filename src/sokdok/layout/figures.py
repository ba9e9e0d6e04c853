"""Drawings of a page as figures, with the labels that belong to them and the texts in them.

- What is drawn is a figure unless most of it is text: a note in a frame of its own form; so is a grid with axes.
- Text in it belongs to it; so do short lines beside it, such as the numbers along an axis and its name, unless they
  begin where the page's text does.
- Lines of it that stand close are one text: a label in two rows, a paragraph, a listing.
"""

from __future__ import annotations

from collections.abc import Sequence
from math import inf
from statistics import mode

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import connected, gaps_to, rows
from sokdok.layout.blocks import SAME_ROW, LayoutBlock, block_of, rows_of
from sokdok.layout.tables.grids import Grid
from sokdok.layout.text_line import TextLine

MIN_SHARE = 0.008  # of the page; smaller drawings are ornaments
MAX_TEXT_SHARE = 0.25  # of a figure that lines of text cover
NEAR_EM = (2.0, 1.0)  # how far beside a figure, and above or below it, its labels stand, at most
SHORT_EM = 8.0  # how long they are, at most
MIN_LABELS, AT_LINE_EM = 3, 0.25  # of an axis, and from the middle of one to the line that it names
MARGIN = 2.0  # points of paper around a figure: lines have a width, letters reach beyond their boxes
FLUSH_EM = 0.5  # from where the page's text begins
CLOSE_EM, PROSE_EM = 0.5, 1.0
"""between the lines of one text in a figure, from the bottom of one to the top of the next, at most; the same where one
of them is longer than labels are"""


def figures_of(drawings: Sequence[Box], lines: Sequence[TextLine], size: tuple[float, float]) -> list[Box]:
    """Boxes of the figures of a page of some width and height, from top to bottom, none inside another."""
    large = [box for box in drawings if box.area >= MIN_SHARE * size[0] * size[1]]
    drawn = [box for box in large if sum(box.overlap(line.box) for line in lines) < MAX_TEXT_SHARE * box.area]
    found = {_with_labels(box, lines) for box in drawn}
    outer = [box for box in found if not any(other != box and other.contains(box) for other in found)]
    return [box.grown(MARGIN).intersection(Box(0, 0, *size)) for box in sorted(outer, key=lambda box: box.top)]


def with_axes(grids: Sequence[Grid], pieces: Sequence[TextLine]) -> list[Grid]:
    """The grids and frames along which texts stand outside on two sides that meet, at the ends of any lines within.

    So do the numbers along a chart's axes; texts beside a table stand between its lines.
    """
    boxes = np.array([(*piece.box, piece.em) for piece in pieces]).reshape(-1, 5)
    starts, ends, em = np.split(boxes, (2, 4), 1)
    middles = (starts + ends) / 2

    def is_axis(grid: Grid, axis: int, places: Sequence[float]) -> bool:
        first, last = np.reshape(grid.box, (2, 2))
        near = (np.maximum(first - ends, starts - last) < NEAR_EM * em).all(1)
        off = np.abs(np.subtract.outer(middles[:, axis], places)).min(1) > AT_LINE_EM * em[:, 0]
        sides = (off[near & beyond[:, 1 - axis]] for beyond in (middles < first, middles > last))
        return any(len(side) >= MIN_LABELS and (len(places) == 2 or side.mean() < 0.5) for side in sides)

    return [grid for grid in grids if is_axis(grid, 0, grid.xs) and is_axis(grid, 1, grid.ys)]


def _with_labels(box: Box, lines: Sequence[TextLine]) -> Box:
    long = [line for line in lines if not line.turned and line.box.width > SHORT_EM * line.em]
    left = mode([round(line.box.left) for line in long] or [-inf])
    for _ in range(2):  # numbers along an axis, then its name
        near = [line for line in lines if box.grown(NEAR_EM[0] * line.em, NEAR_EM[1] * line.em).overlap(line.box) > 0]
        labels = [line for line in near if line.turned or line.box.width <= SHORT_EM * line.em]
        box = Box.around([box, *(label.box for label in labels if abs(label.box.left - left) > FLUSH_EM * label.em)])
    return box


def texts_of(lines: Sequence[TextLine]) -> list[list[LayoutBlock]]:
    """The texts in a figure: rows from top to bottom, each from left to right; listings are code."""
    gaps = gaps_to([line.box for line in lines])
    ems = np.array([line.em for line in lines])
    most = np.array([PROSE_EM if line.box.width > SHORT_EM * line.em else CLOSE_EM for line in lines])

    def near(at: int) -> np.ndarray:
        across, down = gaps(at)
        return (across < 0) & (down < np.maximum(most, most[at]) * np.minimum(ems, ems[at]))

    texts = [rows_of([lines[at] for at in group]) for group in connected(len(lines), near)]
    listings = [len(found) > 1 and all(line.mono for row in found for line in row.pieces) for found in texts]
    kinds = ["code" if is_listing else "text" for is_listing in listings]
    return rows([*map(block_of, kinds, texts)], lambda text: text.box, SAME_ROW)
