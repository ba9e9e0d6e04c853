"""The layout of a page that is known by its pixels and the lines a recogniser has read.

Tables are found and divided as on a page of a text layer: what is seen of ruling lines and shades is drawn.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.imaging.arrays import color_sums
from sokdok.layout.analyse import analyse, with_all
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.joining import Joiner
from sokdok.layout.pictures import find_pictures
from sokdok.layout.tables.grids import Grid
from sokdok.layout.tables.reader import cells_html
from sokdok.layout.tables.seen_grids import Seen, see
from sokdok.layout.text_layer import framed, joiner_for
from sokdok.layout.text_line import TextLine


def analyse_image(pixels: np.ndarray, lines: Sequence[TextLine]) -> list[LayoutBlock]:
    """Arrange the lines of a page (H, W, 3) uint8 RGB in blocks, its tables and pictures among them.

    Boxes are in pixels of the page; tables have their HTML.
    """
    lines = [line for line in lines if line.text]
    seen = see(pixels, lines)
    grids = {grid.box.scaled(1 / seen.scale): grid for grid in seen.grids}
    set_lines = [framed(line, seen.frames) for line in seen.lines]
    found = find_pictures(_gray(pixels), _gray(seen.unruled), set_lines)
    pictures = [box for box in found if not any(box.share_in(table) > 0.5 for table in grids)]
    blocks = with_all(analyse(set_lines, len(pixels), pictures, list(grids)), lines)
    joiner = joiner_for(blocks)
    return [
        _with_cells(block, grids.get(block.box), seen, joiner) if block.kind == "table" else block for block in blocks
    ]


def _gray(pixels: np.ndarray) -> np.ndarray:
    """A picture (H, W, 3) uint8 in grey (H, W) uint8, each colour alike."""
    return (color_sums(pixels) // 3).astype(np.uint8)


def _with_cells(block: LayoutBlock, grid: Grid | None, seen: Seen, joiner: Joiner) -> LayoutBlock:
    """A table with its HTML, and with the places of its columns."""
    cells, columns = seen.cells(block.lines, grid)
    return replace(block, html=cells_html(cells, joiner.join), columns=columns)
