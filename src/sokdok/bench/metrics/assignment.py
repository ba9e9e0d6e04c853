"""The best one-to-one assignment of rows to columns, by scipy (extra `bench`)."""

from __future__ import annotations

import numpy as np

from sokdok.errors import MissingExtraError


def assign(similarity: np.ndarray) -> list[tuple[int, int]]:
    """Return pairs (row, column) with the largest sum of `similarity` (R, C): min(R, C) of them, ordered by row.

    Raises MissingExtraError without scipy.
    """
    try:
        from scipy.optimize import linear_sum_assignment
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] != "scipy":
            raise
        raise MissingExtraError("bench", "pairing what was read with the truth") from None
    rows, columns = linear_sum_assignment(similarity, maximize=True)
    return list(zip(rows.tolist(), columns.tolist(), strict=True))
