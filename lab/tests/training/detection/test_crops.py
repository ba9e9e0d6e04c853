"""Crops: strips stay on the ink of their lines at every scale, skew and angle."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sokdok_lab.training.detection import crops
from sokdok_lab.training.detection.strips import Strip
from sokdok_lab.training.detection.targets import draw

ROWS = range(40, 900, 60)


@pytest.fixture(scope="module")
def pixels() -> np.ndarray:
    """Black bars, 12 of 24 pixels high, as lines of text"""
    page = np.full((940, 800), 250, np.uint8)
    for y in ROWS:
        page[y - 6 : y + 6, 60:740] = 0
    return page


@pytest.mark.parametrize("askew", [0.0, 1.0])
def test_strips_lie_on_their_ink_however_the_crop_is_seen(
    pixels: np.ndarray, askew: float, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(crops, "ASKEW_SHARE", askew)
    monkeypatch.setattr(crops, "ANGLED_SHARE", askew / 2)
    # in short pieces, as lines are cut: at an angle an em is not the same all along
    strips = [Strip((x, y), (x + 85, y), 24) for y in ROWS for x in range(60, 740, 85)]
    seen = []
    for seed in range(12):
        window, found = crops.crop(pixels, strips, random.Random(seed))
        assert window.shape == (crops.SIDE_PX, crops.SIDE_PX)
        core = np.kron(draw(found, crops.SIDE_PX)["core"], np.ones((4, 4))) > 0
        if core.any():
            seen.append((window[core] < 125).mean())
            assert (window[~core] < 125).mean() < 0.12
    assert len(seen) > 8 and np.mean(seen) > 0.85


def test_beyond_the_picture_there_is_paper() -> None:
    window, found = crops.crop(np.full((50, 40), 222, np.uint8), [], random.Random(1))
    assert (window == 222).all() and not found
