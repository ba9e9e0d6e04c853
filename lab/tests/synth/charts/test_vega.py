"""Charts of Vega-Lite: equal seeds give equal charts, texts lie where their ink is and are what the drawing says."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pytest

matplotlib = pytest.importorskip("matplotlib")
pytest.importorskip("vl_convert")
pytest.importorskip("fontTools")

from sokdok.errors import InputError  # noqa: E402
from sokdok_lab.synth.charts import vega  # noqa: E402
from sokdok_lab.synth.charts.data import ChartText  # noqa: E402
from sokdok_lab.synth.pages.fonts import FontBook  # noqa: E402

CHARTS = 12


@pytest.fixture(scope="module")
def drawer() -> vega.VegaDrawer:
    return vega.VegaDrawer(FontBook(Path(matplotlib.get_data_path()) / "fonts" / "ttf"))


@pytest.fixture(scope="module")
def charts(drawer: vega.VegaDrawer) -> list[tuple[np.ndarray, tuple[ChartText, ...]]]:
    return [drawer.chart(seed) for seed in range(CHARTS)]


def test_charts_have_texts_of_every_role(charts: list[tuple[np.ndarray, tuple[ChartText, ...]]]) -> None:
    roles = {text.role for _, texts in charts for text in texts}
    assert {"axis title", "category", "value tick", "legend", "title"} <= roles


def test_ink_lies_along_a_text_and_paper_beside_it(charts: list[tuple[np.ndarray, tuple[ChartText, ...]]]) -> None:
    hits = []
    for pixels, texts in charts:
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


def test_turned_texts_have_their_angle(charts: list[tuple[np.ndarray, tuple[ChartText, ...]]]) -> None:
    angles = {round(text.angle) for _, texts in charts for text in texts}
    assert {0, 90} <= angles
    for _, texts in charts:
        for text in texts:
            (x0, y0), (x1, y1) = text.left, text.right
            assert math.degrees(math.atan2(y0 - y1, x1 - x0)) == pytest.approx(text.angle, abs=0.5)


def test_fonts_that_the_renderer_does_not_find_are_named_as_the_fault(
    drawer: vega.VegaDrawer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(vega, "_same_length", lambda name, font, style: False)
    with pytest.raises(InputError, match="another folder of fonts"):
        drawer.chart(0)
