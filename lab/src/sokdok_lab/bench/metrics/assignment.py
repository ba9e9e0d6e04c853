"""The best one-to-one assignment of rows to columns, by scipy."""

from __future__ import annotations

import numpy as np


def assign(similarity: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs (row, column) with the largest sum of `similarity` (R, C): min(R, C) of them, ordered by row."""
    from scipy.optimize import linear_sum_assignment

    rows, columns = linear_sum_assignment(similarity, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
