"""Wear: what is printed behind shines through mirrored, and print stays darker than its paper."""

from __future__ import annotations

import random

import numpy as np
import pytest

from sokdok_lab.training.detection import wear


def bars() -> np.ndarray:
    pixels = np.full((96, 96), 255, np.uint8)
    pixels[20:40, 10:60] = 0
    return pixels


def test_worn_print_can_still_be_told_from_paper() -> None:
    for seed in range(30):
        seen = wear.worn(bars(), None, random.Random(seed)).astype(float)
        assert seen.shape == (96, 96)
        assert abs(seen[20:40, 10:60].mean() - seen[60:, :].mean()) > 20


def test_what_stands_on_the_back_shines_through_mirrored(monkeypatch: pytest.MonkeyPatch) -> None:
    blank = np.full((96, 96), 255, np.uint8)
    ghosts = [wear._aged(blank, bars(), random.Random(seed)) for seed in range(40)]
    mirrored = np.mean([ghost[24:36, 40:80].mean() < ghost[60:, :].mean() - 10 for ghost in ghosts])
    assert 0.1 < mirrored < 0.5
