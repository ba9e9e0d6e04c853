"""Peaks of heat maps: where a net sees the middle of something."""

from __future__ import annotations

import numpy as np


def local_maxima(heat: np.ndarray, threshold: float) -> tuple[np.ndarray, np.ndarray]:
    """Find the cells of a map (H, W) above a threshold that none of their eight neighbours exceeds.

    Returns rows and columns, each (N,) int, the highest first and equal ones from top left to bottom right. Of a
    plateau all cells are returned.
    """
    padded = np.pad(heat, 1, constant_values=-np.inf)
    highest = np.lib.stride_tricks.sliding_window_view(padded, (3, 3)).max((2, 3))
    rows, columns = np.nonzero((heat >= highest) & (heat > threshold))
    order = np.argsort(-heat[rows, columns], kind="stable")
    return rows[order], columns[order]
