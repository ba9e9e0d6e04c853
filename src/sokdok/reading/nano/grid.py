"""Walks over a page's subcells: what a decoder reads next if the page is a grid of known cells.

The parallel decoder reads a whole page this way; the autoregressive one uses it for drafts only.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sokdok.model.nano.moves import SUBCELL_HEIGHT, SUBCELL_WIDTH, moves_between
from sokdok.pages.cells import BREAK, END, Cell, slot
from sokdok.reading.nano.session import NanoSession


@dataclass(frozen=True)
class Walk:
    """N symbols as they would be read one after the other."""

    classes: np.ndarray
    """(N, 3)"""
    logprob: np.ndarray
    """(N,)"""
    rows: np.ndarray
    """(N,) of each read position, in subcells"""
    columns: np.ndarray
    """(N,)"""
    moves: np.ndarray
    """(N,) from each read position to the next; stop where the text or the page ends"""

    def __len__(self) -> int:
        return len(self.rows)


@dataclass(frozen=True)
class CellGrid:
    """What the classifier predicts for every cell of a page."""

    cell: Cell
    classes: np.ndarray
    """(rows, columns, 3)"""
    logprob: np.ndarray
    """(rows, columns)"""
    symbols: np.ndarray
    """(rows, columns) decoded"""

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

    def walk_from(self, row: int, column: int, limit: int) -> Walk | None:
        """Follow the text from a read position in subcells; None if no cell of the grid begins there."""
        down, right = self.cell.height // SUBCELL_HEIGHT, self.cell.width // SUBCELL_WIDTH
        if row % down or column % right:
            return None
        return self.walk(row // down, column // right, limit)


def classify_page(
    session: NanoSession, subcells: np.ndarray, size: tuple[int, int], cell: Cell, rows: int | None = None
) -> CellGrid:
    """Read every cell of a page at once, or the first `rows` rows of cells.

    subcells: (N, F) features of a page of `size` (width, height) pixels.
    """
    columns, all_rows = size[0] // cell.width, size[1] // cell.height
    rows = all_rows if rows is None else min(rows, all_rows)
    grid = subcells.reshape(size[1] // SUBCELL_HEIGHT, size[0] // SUBCELL_WIDTH, -1)
    anchors = grid[:: cell.height // SUBCELL_HEIGHT, :: cell.width // SUBCELL_WIDTH][:rows, :columns]
    classes, logprob = session.classify(np.ascontiguousarray(anchors.reshape(rows * columns, -1)))
    symbols = session.alphabet.decode(classes)
    shape = rows, columns
    return CellGrid(cell, classes.reshape(*shape, 3), logprob.reshape(shape), symbols.reshape(shape))
