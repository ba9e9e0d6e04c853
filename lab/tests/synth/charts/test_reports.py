"""Charts like those of reports: repeatable, with every text inside the picture and where its ink is."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok_lab.synth.charts.reports import ReportDrawer
from sokdok_lab.synth.pages.fonts import FontBook


@pytest.fixture(scope="module")
def drawer(book: FontBook) -> ReportDrawer:
    return ReportDrawer(book)


def test_a_seed_gives_one_chart(drawer: ReportDrawer) -> None:
    one, other, third = drawer.chart(5), drawer.chart(5), drawer.chart(6)
    assert np.array_equal(one[0], other[0]) and one[1] == other[1]
    assert one[0].shape != third[0].shape or not np.array_equal(one[0], third[0])


@pytest.mark.parametrize("seed", range(12))
def test_texts_stand_where_they_say(drawer: ReportDrawer, seed: int) -> None:
    pixels, texts = drawer.chart(seed)
    height, width = pixels.shape[:2]
    assert len(texts) >= 3 and any(text.role == "category" for text in texts)
    for text in texts:
        left, top, right, bottom = (round(side) for side in text.box)
        inside = pixels[max(0, top) : bottom + 1, max(0, left) : right + 1].astype(int)
        assert -text.em < left and right < width + text.em and top < height and inside.size
        assert np.ptp(inside, (0, 1)).max() > 30


def test_level_names_do_not_touch(drawer: ReportDrawer) -> None:
    for seed in range(20):
        names = [text for text in drawer.chart(seed)[1] if text.role == "category" and not text.angle]
        for one in names:
            for other in names:
                beside = one is not other and abs(one.left[1] - other.left[1]) < 1 and one.left[0] < other.left[0]
                assert not beside or other.left[0] - one.right[0] > 0.1 * one.em
