"""What looks like a photograph has what photographs have: no flat ground, many colours; and depends on its seed."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sokdok_lab.synth.pictures.photo import SIDES_PX, photo


@pytest.mark.parametrize("seed", range(3))
def test_photographs_have_many_colors_and_no_flat_ground(seed: int) -> None:
    pixels = photo(random.Random(seed))
    assert pixels.dtype == np.uint8 and pixels.ndim == 3
    assert SIDES_PX[0] / 2 < min(pixels.shape[:2]) and max(pixels.shape[:2]) < SIDES_PX[1] * 1.5
    _, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    assert len(counts) > 150 and counts.max() < 0.8 * counts.sum()


def test_a_seed_decides_everything() -> None:
    assert np.array_equal(photo(random.Random(1)), photo(random.Random(1)))
    assert photo(random.Random(1)).tobytes() != photo(random.Random(2)).tobytes()
