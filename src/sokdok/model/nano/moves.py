"""Moves of the read position, in subcells of 4x8 pixels; the origin is the page's top left.

A read position is the (row, column) of the subcell in the top left corner of a glyph. The moves cover the three cells
of `pages`: forward by a glyph of 4, 8 or 16 pixels; to the start of the next row, 8 or 16 pixels down; and stop.
"""

from __future__ import annotations

import numpy as np

SUBCELL_WIDTH = 4  # pixels
SUBCELL_HEIGHT = 8  # pixels

MOVES = ("right 1", "right 2", "right 4", "down 1", "down 2", "stop")
STOP = len(MOVES) - 1
START = STOP
"""the move that led to the first symbol: none; the input slot of `stop` is free, since nothing follows a stop"""
RIGHT = [1, 2, 4, 0, 0, 0]  # subcells that each move goes to the right
DOWN = [0, 0, 0, 1, 2, 0]  # subcells that each move goes down; such a move goes to the start of its row
EDGE_STEPS = 8  # subcells up to which a step knows how far the page's edge is


def moves_between(rows: np.ndarray, columns: np.ndarray) -> np.ndarray:
    """Find the moves (N,) from each read position, rows and columns (N,), to the next; the last is stop."""
    moves = np.full(len(rows), STOP)
    right, down = np.diff(columns), np.diff(rows)
    moves[:-1] = np.where(down == 0, np.searchsorted(RIGHT[:3], right), 2 + down)
    return moves


def advance(rows: np.ndarray, columns: np.ndarray, moves: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Move read positions (...): their rows and columns after moves (...)."""
    down = np.take(DOWN, moves)
    return rows + down, np.where(down > 0, 0, columns + np.take(RIGHT, moves))


def edges(rows: np.ndarray, columns: np.ndarray, size: tuple[int, int]) -> np.ndarray:
    """Count subcells from read positions (...) to the right and bottom edge (..., 2) of a page; `size` is in pixels."""
    right, bottom = size[0] // SUBCELL_WIDTH - columns, size[1] // SUBCELL_HEIGHT - rows
    return np.clip(np.stack([right, bottom], -1), 0, EDGE_STEPS)
