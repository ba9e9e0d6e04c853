"""Training of the text detector: every kind of picture has its lines, and what is held out is measured."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest

from sokdok_lab.synth.charts.data import ChartData, ChartText, SyntheticChart
from sokdok_lab.training.pictures import PicturePool
from sokdok_lab.training.recipe import find_recipe, load_recipe
from sokdok_lab.training.task import Folders
from sokdok_lab.training.tasks import text_detector


@pytest.fixture
def folders(corpus: Path, fonts: Path) -> Folders:
    return Folders(corpus, fonts, fonts)


def test_pictures_come_in_turns_and_the_newest_are_kept() -> None:
    makers = {name: lambda seed, name=name: f"{name} {seed}" for name in ("table", "page")}
    pool = PicturePool(makers, {"table": 2, "handwriting": 1, "page": 2}, 4, 2)
    assert [pool.draw(seed) for seed in range(6)] == ["table 0", "table 1", "page 2", "page 3", "page 4", "table 5"]
    pool = PicturePool({"page": lambda seed: seed}, {"page": 1}, 4, 2, first=100)
    assert {pool.pick(7, random.Random(i)) for i in range(40)} == {115, 116, 117, 118}


def test_charts_are_scaled_up_with_their_level_texts() -> None:
    level = ChartText("level", "title", (10.0, 20.0), (50.0, 20.0), 12.0)
    upright = ChartText("upright", "axis title", (5.0, 60.0), (5.0, 20.0), 12.0, 90.0)
    data = ChartData("bar", "level", "", "upright", ("a",), ("b",), ((1.0,),))
    white = np.full((80, 100, 3), 255, np.uint8)
    pixels, lines = text_detector.chart_picture(SyntheticChart(white, data, (level, upright)), 3)
    scale = pixels.shape[1] / 100
    assert 1 < scale < 2 and len(lines) == 1
    assert lines[0].right[0] == pytest.approx(50 * scale, abs=1) and lines[0].em == pytest.approx(12 * scale, abs=0.2)


def test_every_kind_of_picture_has_lines_where_its_ink_is(folders: Folders) -> None:
    makers = text_detector.picture_makers(load_recipe(find_recipe("text_detector")), folders)
    assert list(makers) == ["chart", "table", "sheet", "page", "handwriting"]
    for name in ("sheet", "handwriting"):
        pixels, lines = makers[name](5)
        assert pixels.ndim == 2 and pixels.dtype == np.uint8 and lines
        assert all(0 <= line.left[0] < pixels.shape[1] and line.em > 4 for line in lines)
