"""Drawn charts: texts and marks lie where their ink is, and are what the drawing says."""

from __future__ import annotations

import math
import random
from pathlib import Path

import chart_vega as vega
import matplotlib
import numpy as np
import pytest
from chart_marks import Marks, marks_of_figure
from chart_sheet import on_a_sheet

from sokdok.errors import InputError
from sokdok_lab.synth.charts.data import ChartText
from sokdok_lab.synth.charts.maker import ChartMaker, chart_strips, shared_figure
from sokdok_lab.synth.pages.fonts import FontBook

CHARTS = 20
BOOK = FontBook(Path(matplotlib.get_data_path()) / "fonts" / "ttf")
Drawn = tuple[np.ndarray, tuple[ChartText, ...], Marks]


@pytest.fixture(scope="module")
def by_vega() -> list[Drawn]:
    return [vega.VegaDrawer(BOOK).chart(seed) for seed in range(CHARTS)]


@pytest.mark.parametrize("kind", ["bar", "horizontal bar", "grouped", "stacked"])
def test_bars_of_matplotlib_are_as_long_as_their_values_say(kind: str) -> None:
    for seed in range(3):
        data = ChartMaker(BOOK).chart(seed, kind).data
        peaks = marks_of_figure(shared_figure()[0]).peaks
        values = np.abs([value for row in data.values for value in row])
        wide, high = np.array([np.subtract(b[:2], a[:2]) for a, b in zip(peaks["near"], peaks["far"], strict=True)]).T
        assert any(np.allclose(side / side.max(), values / values.max(), atol=0.02) for side in (wide, high))
        assert {tick[2] for tick in peaks["tick"]} == {"below", "left"}


def test_parts_of_box_plots_and_cells_are_where_they_were_drawn() -> None:
    from matplotlib.figure import Figure

    figure = Figure((4, 2), dpi=100)
    boxes, cells = figure.subplots(1, 2)
    for part, artists in boxes.boxplot([0, 1, 2, 3, 4], showmeans=True).items():
        artists[0].set_gid(part)
    cells.imshow(np.eye(3), aspect="auto")
    figure.draw_without_rendering()
    found = marks_of_figure(figure).peaks
    ends = np.array([row[:2] for row in found["end"]])
    assert sorted(row[2] for row in found["end"]) == ["cap", "median"]
    assert np.allclose(ends[:, 1], 200 - boxes.transData.transform([(1, 0), (1, 2)])[:, 1], atol=0.1)
    assert [row[2] for row in found["near"]] == ["box"] + ["cell"] * 9


def test_bars_of_vega_differ_from_their_ground(by_vega: list[Drawn]) -> None:
    seen = []
    for pixels, _, marks in by_vega:
        for (x0, y0, _), (x1, y1, _) in zip(marks.peaks.get("near", ()), marks.peaks.get("far", ()), strict=True):
            inner, outer = (pixels[int((y0 + y1) / 2), [int(x0 + i), int(x1 - i)]].astype(int) for i in (1.5, -1.5))
            seen.append(np.ptp(inner, axis=0).max() < 40 and np.abs(inner - outer).max() > 20)
    assert len(seen) > 10 and np.mean(seen) > 0.85


def test_ink_lies_along_a_text_and_paper_beside_it(by_vega: list[Drawn]) -> None:
    hits = []
    for pixels, texts, _ in by_vega:
        for text in texts:
            if text.role in ("value label", "legend") or len(text.text) < 3:
                continue  # what may lie on marks, or hide
            on, off = (_contrast(pixels, text, shift) for shift in (0.0, 0.95))
            hits.append(on > 40 and on > off)
    assert len(hits) > 30 and np.mean(hits) > 0.9


def _contrast(pixels: np.ndarray, text: ChartText, shift: float) -> float:
    """Levels between the lightest and darkest pixel of a line `shift` ems above a text's middle line."""
    (x0, y0), (x1, y1) = text.left, text.right
    angle = math.radians(text.angle)
    share = np.linspace(0.1, 0.9, 60)
    x = x0 + (x1 - x0) * share - shift * text.em * math.sin(angle)
    y = y0 + (y1 - y0) * share - shift * text.em * math.cos(angle)
    rows, columns = y.astype(int).clip(0, len(pixels) - 1), x.astype(int).clip(0, pixels.shape[1] - 1)
    return float(np.ptp(pixels[rows, columns].astype(int), axis=0).max())


def test_names_of_charts_side_by_side_are_no_titles() -> None:
    spec = vega.make_spec(random.Random(17), "DejaVu Sans", False)[0]  # which has columns
    roles = {text.text: text.role for text in vega._texts(vega.rendered(spec, None, 1.0)[0], BOOK.latin[0], 1.0)}
    assert {roles[row["series"]] for row in spec["data"]["values"]} <= {"category", "legend"}
    assert roles["series"] == "axis title"


def test_strips_have_ink_where_their_symbols_are() -> None:
    page = chart_strips(ChartMaker(BOOK), 1)
    assert len(page.symbols) == len(page.boxes) > 40
    boxes = page.boxes[[symbol.isalnum() for symbol in page.symbols]].astype(int)
    assert np.mean([np.ptp(page.pixels[top:bottom, left : right + 1]) > 60 for left, top, right, bottom in boxes]) > 0.9


def test_fonts_that_the_renderer_does_not_find_are_named_as_the_fault(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(vega, "_same_length", lambda name, font, style: False)
    with pytest.raises(InputError, match="another folder of fonts"):
        vega.VegaDrawer(BOOK).chart(0)


def test_a_chart_on_a_sheet_has_its_marks_and_texts_where_they_were_drawn() -> None:
    chart, marks = ChartMaker(BOOK).chart(1, "pie"), marks_of_figure(shared_figure()[0])
    pixels, moved, texts = on_a_sheet(chart.pixels, marks, chart.texts, BOOK, False, random.Random(3))
    left, top = (round(a - b) for a, b in zip(texts[0].left, chart.texts[0].left, strict=True))
    assert all(o[3] - r[3] == o[0] - r[0] == left for r, o in zip(marks.peaks["rim"], moved.peaks["rim"], strict=True))
    assert (pixels[top:, left:][: len(chart.pixels), : chart.pixels.shape[1]] == chart.pixels).mean() > 0.97
