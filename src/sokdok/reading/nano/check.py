"""Was all of a drawn page read? Its pixels, against those of what was read.

sokdok draws exactly: no two symbols of a cell look alike, and where each one stands follows from those before it. So if
what was read, drawn where it was read, gives the page's own pixels and leaves no cell out, then it is what was drawn;
if not, the cells that differ are what is missing or wrong. The check tells how much that is. It does not read: what a
cell shows is for the decoders to say, from the vision tokens. What it can't tell are a dozen signs of the smallest cell
that look like two others side by side (Ⅳ and IV).
"""

from __future__ import annotations

import numpy as np

from sokdok.model.nano.alphabet import SUBCELL_HEIGHT, SUBCELL_WIDTH
from sokdok.pages.cells import BREAK, END, Cell, slot
from sokdok.pages.draw import draw
from sokdok.pages.layout import Layout

PAPER, INK = 1.0, -1.0  # of normalised pixels


def inked_subcells(pixels: np.ndarray) -> np.ndarray:
    """Find the 4x8 pixel subcells that are not blank paper: (H / 8, W / 4) bool of normalised pixels (3, H, W)."""
    return np.asarray(_any_in((pixels != PAPER).any(0), SUBCELL_WIDTH, SUBCELL_HEIGHT))


def inked_cells(subcells: np.ndarray, cell: Cell) -> np.ndarray:
    """Find the cells of a grid that are not blank paper, (rows, columns) bool, by their subcells (H / 8, W / 4)."""
    return _any_in(subcells, cell.width // SUBCELL_WIDTH, cell.height // SUBCELL_HEIGHT)


def unread_cells(
    symbols: np.ndarray, rows: np.ndarray, columns: np.ndarray, cell: Cell, pixels: np.ndarray
) -> np.ndarray:
    """Find the cells of a page that what was read does not account for, (rows, columns) bool.

    symbols (N,) were read at the subcells rows, columns (N,); pixels (3, H, W) are the page's, normalised. A cell is
    accounted for if just one symbol covers it and it looks as that symbol is drawn. A line end covers the rest of its
    row, the end mark the rest of the page.
    """
    height, width = pixels.shape[1:]
    glyphs, down, right = cell.glyphs, cell.height // SUBCELL_HEIGHT, cell.width // SUBCELL_WIDTH
    grid = height // cell.height, width // cell.width
    widths = glyphs.widths[slot(symbols)]
    on_grid = (rows % down == 0) & (columns % right == 0) & (columns // right + widths <= grid[1])
    drawn = glyphs.has(symbols) & on_grid
    rows, columns = rows // down, columns // right
    covered = np.zeros(grid, np.int64)
    np.add.at(covered, (rows[~drawn], columns[~drawn]), 2)  # what can't stand where it was read is wrong in any case
    symbols, widths, rows, columns = symbols[drawn], widths[drawn], rows[drawn], columns[drawn]
    np.add.at(covered, (rows, columns), 1)
    np.add.at(covered, (rows[widths == 2], columns[widths == 2] + 1), 1)
    for row, column in zip(rows[symbols == BREAK], columns[symbols == BREAK], strict=True):
        covered[row, column + 1 :] += 1
    for row, column in zip(rows[symbols == END], columns[symbols == END], strict=True):
        covered.reshape(-1)[row * grid[1] + column + 1 :] += 1
    redrawn = draw(Layout(cell, (width, height), symbols, columns, rows))
    differs = (pixels != np.where(redrawn == 0, INK, PAPER)).any(0)
    return (covered != 1) | _any_in(differs, cell.width, cell.height)


def _any_in(values: np.ndarray, width: int, height: int) -> np.ndarray:
    """Whether any of values (H, W) holds in each tile of width x height: (H / height, W / width)."""
    rows, columns = values.shape[0] // height, values.shape[1] // width
    tiles = values[: rows * height, : columns * width].reshape(rows, height, columns, width)
    return np.asarray(tiles.any((1, 3)))
