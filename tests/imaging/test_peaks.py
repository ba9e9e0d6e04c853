from __future__ import annotations

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.peaks import local_maxima


@given(st.integers(1, 8), st.integers(1, 8), st.integers(0, 2**32 - 1))
def test_maxima_are_cells_that_no_neighbour_exceeds(height: int, width: int, seed: int) -> None:
    heat = np.random.default_rng(seed).integers(-3, 4, (height, width)).astype(float)
    rows, columns = local_maxima(heat, threshold=0)
    expected = {
        (y, x)
        for y in range(height)
        for x in range(width)
        if heat[y, x] > 0 and heat[y, x] == heat[max(0, y - 1) : y + 2, max(0, x - 1) : x + 2].max()
    }
    assert set(zip(rows.tolist(), columns.tolist(), strict=True)) == expected and len(rows) == len(expected)
    assert (np.diff(heat[rows, columns]) <= 0).all()


def test_maxima_may_be_negative_and_at_the_edge() -> None:
    rows, columns = local_maxima(np.array([[-2.0, -5.0, -1.0]]), threshold=-4)
    assert (rows.tolist(), columns.tolist()) == ([0, 0], [2, 0])
