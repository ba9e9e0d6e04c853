"""Graphics: each kind drawn from its seed, with the fonts and words at hand."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from fakes.synth import LATIN, Words, build_font
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pictures.graphic import GraphicMaker


@pytest.fixture(scope="module")
def maker(tmp_path_factory: pytest.TempPathFactory) -> GraphicMaker:
    folder: Path = tmp_path_factory.mktemp("fonts")
    build_font(folder / "latin.ttf", "Plain", LATIN)
    return GraphicMaker(FontBook(folder), Words())


def test_graphics_are_pictures_of_their_seeds(maker: GraphicMaker) -> None:
    drawn = [maker.graphic(seed) for seed in range(20)]
    assert all(pixels.dtype == np.uint8 and pixels.shape[2] == 3 and min(pixels.shape[:2]) >= 20 for pixels in drawn)
    assert all(np.array_equal(pixels, maker.graphic(seed)) for seed, pixels in enumerate(drawn[:4]))
    assert len({pixels.tobytes() for pixels in drawn}) == 20
