"""The bench of near duplicates on a few documents: that it finds what it planted."""

from __future__ import annotations

import pytest

from sokdok.bulk.quality.recipe import Recipe
from sokdok_lab.bench.bulk.near import measure

pytest.importorskip("rensa")


def test_the_measurement_finds_what_it_planted() -> None:
    measured = measure(400, 1, Recipe(version=1))
    assert 20 < measured.planted < 60
    # A word in 80 changed leaves .88 of the rows alike, which 14 bands of 8 find in 99.6 % of the cases.
    assert 0.9 * measured.planted < measured.found <= measured.planted
    assert measured.compare_s < 60 and 20 < measured.peak_mb < 4000
