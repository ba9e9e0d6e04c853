"""Joined-up writing: lines of ink on paper, from a seed."""

from __future__ import annotations

import random

import numpy as np

from sokdok_lab.synth.pictures.scrawl import scrawl


def test_writing_is_a_little_ink_in_rows_on_paper() -> None:
    for seed in range(8):
        pixels = scrawl(random.Random(seed))
        assert pixels.dtype == np.uint8 and pixels.shape[2] == 3
        ink = pixels.astype(int).min(2) < np.median(pixels.min(2)) - 40
        assert 0.005 < ink.mean() < 0.3
        if len(ink) > 250:  # rows of ink and rows of paper come in turn
            assert np.ptp(ink.mean(1)) > 2 * ink.mean()
    assert np.array_equal(scrawl(random.Random(5)), scrawl(random.Random(5)))
