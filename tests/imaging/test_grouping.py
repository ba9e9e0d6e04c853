import random
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import close_values, connected, rows

VALUES = st.lists(st.integers(0, 60))


@given(VALUES, st.integers(0, 9))
def test_close_values_are_linked_by_their_neighbours(values: list[int], tolerance: int) -> None:
    groups = close_values(values, tolerance)
    assert sorted(index for group in groups for index in group) == list(range(len(values)))
    assert [values[i] for group in groups for i in group] == sorted(values)
    for group in groups:
        assert all(values[b] - values[a] <= tolerance for a, b in pairwise(group))
    assert all(values[b[0]] - values[a[-1]] > tolerance for a, b in pairwise(groups))


@given(VALUES, st.integers(0, 9))
def test_connected_groups_of_close_values_are_the_same(values: list[int], tolerance: int) -> None:
    places = np.array(values)
    groups = connected(len(values), lambda at: np.abs(places - values[at]) <= tolerance)
    assert groups == sorted(map(sorted, close_values(values, tolerance)))


@given(st.integers(1, 6), st.integers(1, 6), st.randoms())
def test_rows_are_found_in_any_order_with_some_jitter(count: int, columns: int, rng: random.Random) -> None:
    grid = [
        [Box(100 * column, 20 * row + y, 100 * column + 80, 20 * row + 10 + y) for column in range(columns)]
        for row in range(count)
        for y in [rng.uniform(-2, 2)]
    ]
    shuffled = [box for row in grid for box in row]
    rng.shuffle(shuffled)
    assert rows(shuffled, lambda box: box) == grid
