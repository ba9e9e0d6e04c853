"""Synthetic charts: equal seeds give equal charts, and the truth is what was drawn."""

from __future__ import annotations

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

pytestmark = pytest.mark.filterwarnings("ignore:Glyph")


@pytest.fixture(scope="module")
def charts(book: FontBook) -> list[SyntheticChart]:
    return [ChartMaker(book).chart(f"{kind} {i}", kind) for kind in KINDS for i in range(4)]


def test_every_kind_is_drawn_with_texts_of_every_role(charts: list[SyntheticChart]) -> None:
    assert {chart.data.kind for chart in charts} == set(KINDS)
    assert {text.role for chart in charts for text in chart.texts} == set(get_args(Role))
    names = {(t.role, t.text in (*chart.data.categories, *chart.data.series)) for chart in charts for t in chart.texts}
    assert {("category", False), ("legend", False)} <= names  # one line of several


def test_the_table_has_a_row_a_category_and_a_column_a_series(charts: list[SyntheticChart]) -> None:
    for chart in charts:
        rows = grid_of(chart.data.html)
        assert rows == chart.data.rows
        assert [row[0] for row in rows[1:]] == list(chart.data.categories)
        assert {len(row) for row in rows} == {1 + len(chart.data.series)}


def test_texts_are_where_ink_is(charts: list[SyntheticChart]) -> None:
    for chart in charts:
        for text in chart.texts:
            left, top, right, bottom = (max(0, round(value)) for value in text.box.grown(0, -0.35 * text.em))
            inside = chart.pixels[top : bottom + 1, left : right + 1].reshape(-1, 3).astype(int)
            if set(text.text) <= set(LATIN + HANGUL) and not text.angle:
                assert np.ptp(inside, axis=0).max() > 20, text
            assert text.box.grown(4, 4).holds(*text.left) and text.box.grown(4, 4).holds(*text.right), text


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
