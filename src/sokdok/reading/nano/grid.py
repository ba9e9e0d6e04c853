"""Walks over a page's subcells: what a decoder reads next if the page is a grid of known cells.

The parallel decoder reads a whole page this way; the autoregressive one uses it for drafts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sokdok.model.nano.alphabet import SUBCELL_HEIGHT, SUBCELL_WIDTH, moves_between
from sokdok.pages.cells import BREAK, CELLS, END, Cell, slot
from sokdok.reading.nano.check import inked_cells, unread_cells
from sokdok.reading.nano.session import NanoSession

_BAND_PX = 32  # height of what is read to find the cell: two rows of the tallest


@dataclass(frozen=True)
class Walk:
    """N symbols as they would be read one after the other."""

    classes: np.ndarray  # (N, 3)
    logprob: np.ndarray  # (N,)
    rows: np.ndarray  # (N,) of each read position, in subcells
    columns: np.ndarray  # (N,)
    moves: np.ndarray  # (N,) from each read position to the next; stop where the text or the page ends

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class CellGrid:
    """What the classifier predicts for every cell of a page."""

    cell: Cell
    classes: np.ndarray  # (rows, columns, 3)
    logprob: np.ndarray  # (rows, columns)
    symbols: np.ndarray  # (rows, columns) decoded
    last: int  # index, row by row, of the last cell of the page that is not blank, where alone an end mark can stand

    @cached_property
    def _strides(self) -> list[list[int]]:
        """Cells to skip at each cell; 0 ends the text and -1 the row. Lists, since they are walked one by one."""
        widths = self.cell.glyphs.widths[slot(self.symbols)].astype(int)
        return np.where(self.symbols == END, 0, np.where(self.symbols == BREAK, -1, widths)).tolist()

    def walk(self, row: int = 0, column: int = 0, limit: int | None = None) -> Walk:
        """Follow the text from a cell on: row by row, past two-cell glyphs, to the end mark, page's end or `limit`."""
        rows, columns = self.symbols.shape
        at: list[tuple[int, int]] = []
        stride = 1
        while row < rows and stride and (limit is None or len(at) < limit):
            at.append((row, column))
            stride = self._strides[row][column]
            column += stride
            if stride < 0 or column >= columns:
                row, column = row + 1, 0
        return self._walk(at, (row, column) if stride and row < rows else None)

    def _walk(self, at: list[tuple[int, int]], following: tuple[int, int] | None) -> Walk:
        path = np.array(at + [following] if following else at, np.int64).reshape(-1, 2)
        rows = path[:, 0] * (self.cell.height // SUBCELL_HEIGHT)
        columns = path[:, 1] * (self.cell.width // SUBCELL_WIDTH)
        moves = moves_between(rows, columns)[: len(at)]
        row, column = path[: len(at)].T
        return Walk(self.classes[row, column], self.logprob[row, column], rows[: len(at)], columns[: len(at)], moves)

    def goes_on(self, row: int, column: int) -> bool:
        """Whether there is ink behind the cell at a read position in subcells."""
        columns = self.symbols.shape[1]
        cell = row * SUBCELL_HEIGHT // self.cell.height * columns + column * SUBCELL_WIDTH // self.cell.width
        return cell < self.last

    def walk_from(self, row: int, column: int, limit: int) -> Walk | None:
        """Follow the text from a read position in subcells; None if no cell of the grid begins there."""
        down, right = self.cell.height // SUBCELL_HEIGHT, self.cell.width // SUBCELL_WIDTH
        if row % down or column % right:
            return None
        return self.walk(row // down, column // right, limit)


def classify_page(
    session: NanoSession,
    subcells: np.ndarray,
    inked: np.ndarray,
    cell: Cell,
    band: slice | None = None,
) -> CellGrid:
    """Read every cell of a page at once, or those of a band of it, in pixels from the top.

    subcells: (N, F) features of the page; inked: (H / 8, W / 4) which of the subcells are not blank paper. An end mark
    with ink behind it is none: the next best class stands in its place.
    """
    ink = inked_cells(inked, cell)
    rows = slice(0, len(ink)) if band is None else slice(band.start // cell.height, band.stop // cell.height)
    last = int(np.flatnonzero(ink).max(initial=-1)) - rows.start * ink.shape[1]
    grid = subcells.reshape(*inked.shape, -1)
    anchors = grid[:: cell.height // SUBCELL_HEIGHT, :: cell.width // SUBCELL_WIDTH][rows, : ink.shape[1]]
    shape = anchors.shape[:2]
    best, other = session.classify(np.ascontiguousarray(anchors.reshape(-1, anchors.shape[-1])))
    ends = (session.alphabet.decode(best.classes) == END) & (np.arange(shape[0] * shape[1]) != last)
    classes = np.where(ends[:, None], other.classes, best.classes)
    logprob = np.where(ends, other.logprob, best.logprob)
    symbols = session.alphabet.decode(classes)
    return CellGrid(cell, classes.reshape(*shape, 3), logprob.reshape(shape), symbols.reshape(shape), last)


def find_cell(session: NanoSession, subcells: np.ndarray, inked: np.ndarray, pixels: np.ndarray) -> Cell:
    """Find the cell of a page: the one in which what is read in the first rows with ink looks most like them.

    pixels: (3, H, W) of the page, normalised; the others as for `classify_page`.
    """
    top = int(np.flatnonzero(inked.any(1)).min(initial=len(inked) - 1)) * SUBCELL_HEIGHT // _BAND_PX * _BAND_PX
    band = slice(top, top + _BAND_PX)
    unread = []
    for cell in CELLS.values():
        walk = classify_page(session, subcells, inked, cell, band).walk()
        symbols = session.alphabet.decode(walk.classes)
        unread.append(unread_cells(symbols, walk.rows, walk.columns, cell, pixels[:, band]).mean())
    return list(CELLS.values())[int(np.argmin(unread))]
