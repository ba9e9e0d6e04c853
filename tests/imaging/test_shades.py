"""Shades are found on pages that are lit from one side, grainy and full of letters."""

import numpy as np

from sokdok.imaging.box import Box
from sokdok.imaging.shades import find_shades

EM = 18


def lit(shades: dict[tuple[int, int, int, int], int]) -> np.ndarray:
    """A page (600, 800, 3), darker to the right, with grain, lines of letters, and shades so much darker than it."""
    random = np.random.default_rng(0)
    ground = 245 - 30 * np.arange(800)[None] / 800 + np.zeros((600, 1))
    for (left, top, right, bottom), levels in shades.items():
        ground[top:bottom, left:right] -= levels
    ground += random.normal(0, 2, ground.shape)
    for top in range(20, 580, 28):
        for left in range(60, 740, 10):
            if random.random() < 0.8:
                ground[top : top + 13, left : left + 3] = 40
    return np.repeat(np.clip(ground, 0, 255).astype(np.uint8)[..., None], 3, 2)


def assert_near(found: list[Box], wanted: list[tuple[int, int, int, int]]) -> None:
    assert len(found) == len(wanted)
    for box, sides in zip(found, wanted, strict=True):
        assert max(abs(a - b) for a, b in zip(box, sides, strict=True)) <= 8


def test_shades_of_rows_are_found_one_by_one_where_they_touch_too() -> None:
    shades = {(50, 40, 750, 68): 30, (50, 68, 750, 96): 10, (50, 124, 750, 152): 10, (50, 320, 400, 500): 12}
    assert_near(find_shades(lit(shades), EM), list(shades))


def test_letters_light_and_grain_are_no_shades() -> None:
    assert find_shades(lit({}), EM) == []
    assert find_shades(np.zeros((6, 900, 3), np.uint8), EM) == []
