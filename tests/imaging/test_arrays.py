from __future__ import annotations

import numpy as np

from sokdok.imaging.arrays import color_sums


def test_a_third_of_the_colours_summed_is_their_mean() -> None:
    pixels = np.random.default_rng(1).integers(0, 256, (50, 40, 3), dtype=np.uint8)
    assert np.array_equal(color_sums(pixels) / 3, pixels.mean(2))
    assert np.array_equal(color_sums(pixels) // 3, pixels.mean(2).astype(np.uint8))


def test_the_lightest_colour_does_not_overflow() -> None:
    assert color_sums(np.full((1, 1, 3), 255, np.uint8)).item() == 765
