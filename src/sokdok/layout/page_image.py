"""The layout of a page that is known by its pixels and the lines a recogniser has read."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.layout.analyse import Surroundings, analyse, whole_table
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.pictures import find_pictures
from sokdok.layout.structure.nodes import Drawn
from sokdok.layout.tables.cells import Cell, cells_html
from sokdok.layout.tables.seen import Seen, see
from sokdok.layout.text_line import TextLine

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
