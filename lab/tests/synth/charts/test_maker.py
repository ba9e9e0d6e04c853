"""Synthetic charts: equal seeds give equal charts, and the truth is what was drawn."""

from __future__ import annotations

import math
import random
from typing import get_args

import numpy as np
import pytest

from fakes.synth import HANGUL, LATIN
from sokdok_lab.bench.metrics.html_tables import grid_of
from sokdok_lab.synth.charts.data import KINDS, ChartData, Role, SyntheticChart, choose_data
from sokdok_lab.synth.charts.maker import ChartMaker
from sokdok_lab.synth.charts.style import nice_step, value_range
from sokdok_lab.synth.pages.fonts import FontBook

pytest.importorskip("matplotlib")
pytestmark = pytest.mark.filterwarnings("ignore:Glyph")


@pytest.fixture(scope="module")
def maker(book: FontBook) -> ChartMaker:
    return ChartMaker(book)


@pytest.fixture(scope="module")
def charts(maker: ChartMaker) -> list[SyntheticChart]:
    return [maker.chart(f"{kind} {i}", kind) for kind in KINDS for i in range(6)]


def test_every_kind_is_drawn_with_texts_of_every_role(charts: list[SyntheticChart]) -> None:
    assert {chart.data.kind for chart in charts} == set(KINDS)
    assert {text.role for chart in charts for text in chart.texts} == set(get_args(Role))


def test_the_table_has_a_row_a_category_and_a_column_a_series(charts: list[SyntheticChart]) -> None:
    for chart in charts:
        rows = grid_of(chart.data.html)
        assert rows == chart.data.rows
        assert [row[0] for row in rows[1:]] == list(chart.data.categories)
        assert {len(row) for row in rows} == {1 + len(chart.data.series)}


def test_every_value_has_a_mark_inside_the_picture(charts: list[SyntheticChart]) -> None:
    for chart in charts:
        places = {(mark.series, mark.category) for mark in chart.marks}
        assert len(places) == len(chart.marks) == len(chart.data.categories) * len(chart.data.series)
        height, width = chart.pixels.shape[:2]
        for mark in chart.marks:
            left, top, right, bottom = mark.box
            assert -2 <= left <= right <= width + 2 and -2 <= top <= bottom <= height + 2


def test_bars_are_as_long_as_their_values_say(charts: list[SyntheticChart]) -> None:
    for chart in charts:
        if chart.data.kind not in {"bar", "horizontal bar", "grouped", "stacked"}:
            continue
        values = np.array([abs(chart.data.values[mark.series][mark.category]) for mark in chart.marks])
        boxes = np.array([mark.box for mark in chart.marks])
        lengths = min(
            (boxes[:, 2] - boxes[:, 0], boxes[:, 3] - boxes[:, 1]),
            key=lambda side: float(np.abs(side / side.max() - values / values.max()).max()),
        )
        assert np.abs(lengths / lengths.max() - values / values.max()).max() < 0.02


def test_texts_are_where_ink_is(charts: list[SyntheticChart]) -> None:
    for chart in charts:
        height, width = chart.pixels.shape[:2]
        for text in chart.texts:
            left, top, right, bottom = (round(value) for value in text.box)
            inside = chart.pixels[max(0, top) : min(height, bottom + 1), max(0, left) : min(width, right + 1)]
            drawn = set(text.text) <= set(LATIN + HANGUL)
            if drawn and min(left, top) >= 0 and right <= width and bottom <= height and not text.angle:
                assert np.ptp(inside.reshape(-1, 3).astype(int), axis=0).max() > 20, text


def test_lines_of_texts_run_through_their_ink(charts: list[SyntheticChart]) -> None:
    for text in (text for chart in charts for text in chart.texts if set(text.text) <= set(LATIN + HANGUL)):
        (x0, y0), (x1, y1) = text.left, text.right
        turned = math.degrees(math.atan2(y0 - y1, x1 - x0))
        assert x1 - x0 or y1 - y0
        assert turned == pytest.approx(text.angle, abs=1) or math.hypot(x1 - x0, y1 - y0) < 1
        # The em box's middle lies near the box's, and its ends do not reach beyond it by much.
        middle = text.box.middle
        assert math.hypot((x0 + x1) / 2 - middle[0], (y0 + y1) / 2 - middle[1]) < 0.45 * text.em, text
        assert text.box.grown(4, 4).holds(x0, y0) and text.box.grown(4, 4).holds(x1, y1), text


def test_parts_of_a_pie_make_a_whole() -> None:
    for seed in range(20):
        data = choose_data(random.Random(seed), "en", "pie")
        assert sum(data.values[0]) == pytest.approx(100, abs=0.5 * len(data.categories))


@pytest.mark.parametrize(("span", "ticks", "step"), [(10, 5, 2), (93, 5, 20), (0.9, 6, 0.2), (1e6, 4, 2.5e5)])
def test_axes_have_round_steps(span: float, ticks: int, step: float) -> None:
    assert nice_step(span, ticks) == pytest.approx(step)


@pytest.mark.parametrize("values", [(2.0, 2.0, 2.0), (5000.0, 5001.0), (90.0, 95.0, 99.0), (0.0, 0.0)])
def test_an_axis_has_few_ticks_where_values_hardly_differ(values: tuple[float, ...]) -> None:
    data = ChartData("line", "", "", "", tuple(map(str, values)), ("A",), (values,))
    low, high, step = value_range(data, random.Random(0))
    assert low <= min(values) and max(values) <= high and (high - low) / step < 20
