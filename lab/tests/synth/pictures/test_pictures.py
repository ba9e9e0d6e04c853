"""Photographs, graphics and what becomes of pictures: each from its seed, varied, and still a picture."""

from __future__ import annotations

import random

import numpy as np
import pytest
from PIL import Image

from fakes.figures.drawings import chart
from fakes.synth import Words
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pictures.graphic import GraphicMaker
from sokdok_lab.synth.pictures.photo import SIDES_PX, photo
from sokdok_lab.synth.pictures.wear import worn


def test_graphics_are_pictures_of_their_seeds(book: FontBook) -> None:
    maker = GraphicMaker(book, Words())
    drawn = [maker.graphic(seed) for seed in range(20)]
    assert all(pixels.dtype == np.uint8 and pixels.shape[2] == 3 and min(pixels.shape[:2]) >= 20 for pixels in drawn)
    assert all(np.array_equal(pixels, maker.graphic(seed)) for seed, pixels in enumerate(drawn[:4]))
    assert len({pixels.tobytes() for pixels in drawn}) == 20


@pytest.mark.parametrize("seed", range(3))
def test_photographs_have_many_colors_and_no_flat_ground(seed: int) -> None:
    pixels = photo(random.Random(seed))
    assert pixels.dtype == np.uint8 and pixels.ndim == 3 and np.array_equal(pixels, photo(random.Random(seed)))
    assert SIDES_PX[0] / 2 < min(pixels.shape[:2]) and max(pixels.shape[:2]) < SIDES_PX[1] * 1.5
    _, counts = np.unique(pixels.reshape(-1, 3), axis=0, return_counts=True)
    assert len(counts) > 150 and counts.max() < 0.8 * counts.sum()


def test_a_worn_picture_still_shows_something_and_depends_on_its_seed() -> None:
    image = chart().resize((120, 90))
    seen = [np.asarray(worn(image, random.Random(seed))) for seed in range(40)]
    assert all(pixels.std() > 3 and pixels.shape[2] == 3 for pixels in seen)
    assert np.array_equal(seen[5], np.asarray(worn(image, random.Random(5))))
    assert len({pixels.shape for pixels in seen}) > 20
    assert 0 < sum(np.median(pixels) < 128 for pixels in seen) < 20  # a share of them is turned to its negative
    assert min(min(worn(Image.new("RGB", (3, 2), "white"), random.Random(seed)).size) for seed in range(30)) > 0
