"""The kinds told apart on small drawings, and pictures of any mode and size looked at without an exception."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fakes.figures.drawings import DRAWN, geometry, picture
from sokdok.figures.kind import has_ground, kind_of, kind_scores


@pytest.mark.parametrize("kind", DRAWN)
def test_each_kind_is_recognised(kind: str) -> None:
    found, confidence = kind_of(DRAWN[kind]())
    assert found == kind and confidence > 0.5


def test_scores_are_shares() -> None:
    for draw in DRAWN.values():
        scores = kind_scores(draw())
        assert sum(scores.values()) == pytest.approx(1) and min(scores.values()) > 0


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "I", "I;16", "F", "LA", "YCbCr"])
@pytest.mark.parametrize("size", [(1, 1), (1, 300), (200, 1), (9, 9), (1500, 40)])
def test_nothing_speaks_for_a_kind_where_nothing_is_drawn(mode: str, size: tuple[int, int]) -> None:
    assert set(kind_scores(Image.new(mode, size)).values()) == {0, 1 / 7}


@pytest.mark.parametrize("mode", ["1", "L", "P", "RGBA", "CMYK", "LA", "YCbCr"])
def test_a_drawing_is_known_in_any_mode(mode: str) -> None:
    assert kind_of(geometry().convert("L").convert(mode))[0] == "geometry"


@pytest.mark.parametrize("size", [(1, 2), (2, 300), (300, 2), (9, 9), (1500, 40)])
def test_any_size_is_looked_at(size: tuple[int, int]) -> None:
    assert sum(kind_scores(picture().resize(size)).values()) == pytest.approx(1)


def test_a_transparent_ground_is_white() -> None:
    drawn = geometry().convert("RGBA")
    pixels = np.asarray(drawn).copy()
    pixels[(pixels[..., :3] == 255).all(2)] = 0
    assert kind_of(Image.fromarray(pixels)) == kind_of(geometry())


def test_drawings_have_a_ground_and_photographs_none() -> None:
    assert all(has_ground(draw()) != (kind == "picture") for kind, draw in DRAWN.items())
