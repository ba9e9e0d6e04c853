"""Wear: some pictures stay as they are, others change, none becomes unusable."""

from __future__ import annotations

import random

import numpy as np
from PIL import Image

from fakes.figures.drawings import chart
from sokdok_lab.synth.pictures.wear import worn


def test_a_worn_picture_still_shows_something_and_depends_on_its_seed() -> None:
    image = chart().resize((120, 90))
    seen = [np.asarray(worn(image, random.Random(seed))) for seed in range(40)]
    assert all(pixels.std() > 3 and pixels.shape[2] == 3 for pixels in seen)
    assert np.array_equal(seen[5], np.asarray(worn(image, random.Random(5))))
    assert len({pixels.shape for pixels in seen}) > 20
    dark = sum(np.median(pixels) < 128 for pixels in seen)
    assert 0 < dark < 20  # a share of them is turned to its negative


def test_the_smallest_picture_survives() -> None:
    for seed in range(30):
        assert min(worn(Image.new("RGB", (3, 2), "white"), random.Random(seed)).size) > 0
