"""The kinds distinguished on small drawings, and pictures of any mode and size measured without an exception."""

from __future__ import annotations

import numpy as np
import pytest
from PIL import Image

from fakes.figures.drawings import DRAWN, geometry
from sokdok.figures.kind import kind_of, kind_scores


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
def test_any_mode_and_size_is_measured(mode: str, size: tuple[int, int]) -> None:
    kind, confidence = kind_of(Image.new(mode, size))
    assert kind == "picture" and confidence < 0.7  # nothing is drawn on it, and that is no photograph


def test_a_transparent_ground_is_white() -> None:
    drawn = geometry().convert("RGBA")
    pixels = np.asarray(drawn).copy()
    pixels[(pixels[..., :3] == 255).all(2)] = 0
    assert kind_of(Image.fromarray(pixels)) == kind_of(geometry())
