from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.components import components


def by_flooding(mask: np.ndarray) -> set[tuple[int, int, int, int, int]]:
    """The same, pixel by pixel."""
    left, found = {tuple(map(int, place)) for place in np.argwhere(mask)}, set()
    while left:
        todo, seen = [left.pop()], []
        while todo:
            row, column = todo.pop()
            seen.append((row, column))
            near = {(row + i, column + j) for i in (-1, 0, 1) for j in (-1, 0, 1)} & left
            left -= near
            todo += near
        rows, columns = [row for row, _ in seen], [column for _, column in seen]
        found.add((min(columns), min(rows), max(columns) + 1, max(rows) + 1, len(seen)))
    return found


@given(st.integers(1, 12), st.integers(1, 12), st.integers(0, 2**32 - 1), st.floats(0.1, 0.9))
def test_components_are_those_that_flooding_finds(height: int, width: int, seed: int, share: float) -> None:
    mask = np.random.default_rng(seed).random((height, width)) < share
    found = components(mask)
    assert {(*map(int, box), int(area)) for box, area in zip(found.boxes, found.areas, strict=True)} == by_flooding(
        mask
    )


def test_a_spiral_is_one_component() -> None:
    mask = np.zeros((201, 201), bool)
    for ring in range(0, 100, 4):
        mask[ring, ring : 201 - ring] = mask[200 - ring, ring : 201 - ring] = True
        mask[ring : 201 - ring, 200 - ring] = mask[ring + 4 : 201 - ring, ring] = True
        mask[ring + 4, ring : ring + 5] = True
    assert len(components(mask).areas) == 1
    assert components(mask).areas[0] == mask.sum()


@pytest.mark.parametrize("shape", [(0, 0), (1, 1), (3, 5)])
def test_an_empty_mask_has_no_components(shape: tuple[int, int]) -> None:
    assert components(np.zeros(shape, bool)).boxes.shape == (0, 4)
