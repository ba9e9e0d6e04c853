"""Charts drawn by matplotlib, read from their pixels: values on logarithmic axes are right, and none are made up."""

import io
from collections.abc import Callable
from typing import Any

import numpy as np
import pytest
from PIL import Image

from sokdok.figures.parse import parse_figure
from sokdok.figures.readers import NanoFigures
from sokdok.model.nano.formats.figures import UNREAD as FIGURES
from sokdok.reading.nano.session import bundled_folder

matplotlib = pytest.importorskip("matplotlib")
NAMES, VALUES = ["Seoul", "Busan", "Daegu", "Jeju"], [3, 45, 700, 12000]
STYLES = ("default", "ggplot")
NOISE = np.random.default_rng(0)
SAMPLES = [NOISE.normal(middle, 3, 60) for middle in (10, 14, 12, 18)]


@pytest.fixture(scope="module")
def reader() -> NanoFigures:
    return NanoFigures(bundled_folder())


def drawn(draw: Callable[[Any], Any], style: str, projection: str | None = None) -> Image.Image:
    """Draw on axes of their own in one of matplotlib's styles."""
    from matplotlib import style as styles
    from matplotlib.figure import Figure

    with styles.context(style):
        figure = Figure((5, 3.6), dpi=100)
        draw(figure.add_subplot(projection=projection))
        file = io.BytesIO()
        figure.savefig(file)
        return Image.open(file).convert("RGB")


def bars(axes: Any) -> None:
    axes.bar(NAMES, VALUES)
    axes.set_yscale("log")


def lying_bars(axes: Any) -> None:
    axes.barh(NAMES, VALUES)
    axes.set_xscale("log")


def plain_numbers(axes: Any) -> None:
    from matplotlib.ticker import EngFormatter

    axes.plot(NAMES, VALUES, marker="o")
    axes.set_yscale("log")
    axes.yaxis.set_major_formatter(EngFormatter(sep=""))


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("draw", [bars, lying_bars, plain_numbers])
def test_values_on_a_logarithmic_axis_are_right(draw: Callable[[Any], Any], style: str, reader: NanoFigures) -> None:
    chart = parse_figure(drawn(draw, style), "chart", reader).result
    found = dict(zip(chart.categories, (row[0] for row in chart.values), strict=True))
    assert found == {name: pytest.approx(value, rel=0.05) for name, value in zip(NAMES, VALUES, strict=True)}


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize(
    "draw",
    [
        lambda axes: axes.boxplot(SAMPLES, tick_labels=list("ABCD")),
        lambda axes: axes.hist(np.concatenate(SAMPLES), [0, 5, 8, 10, 11, 12, 13, 15, 20, 30], edgecolor="white"),
        lambda axes: axes.violinplot(SAMPLES),
    ],
    ids=("boxes", "unequal bins", "violins"),
)
def test_what_is_no_chart_of_bars_or_lines_has_no_values(draw: Any, style: str, reader: NanoFigures) -> None:
    assert reader.read_figure(drawn(draw, style), "chart").text == ""


def cells(axes: Any) -> None:
    axes.imshow(np.random.default_rng(1).random((5, 6)))
    axes.set_xticks(range(6), list("ABCDEF"))


def surface(axes: Any) -> None:
    x, y = np.meshgrid(np.linspace(-2, 2, 30), np.linspace(-2, 2, 30))
    axes.plot_surface(x, y, np.exp(-x * x - y * y), cmap="viridis")


def values_around(axes: Any) -> None:
    axes.plot(np.linspace(0, 2 * np.pi, 7), [3, 5, 2, 6, 4, 3, 3])
    axes.fill(np.linspace(0, 2 * np.pi, 7), [3, 5, 2, 6, 4, 3, 3], alpha=0.3)


UNREAD = {
    "box plot": (lambda axes: axes.boxplot(SAMPLES, tick_labels=list("ABCD")), None),
    "heat map": (cells, None),
    "3-D chart": (surface, "3d"),
    "radar chart": (values_around, "polar"),
}
NAMED = ("box plot", "heat map", "3-D chart")
"""that are called what they are in any style; others are refused under some name"""


@pytest.mark.parametrize("style", (*STYLES, "seaborn-v0_8-whitegrid"))
@pytest.mark.parametrize("kind", UNREAD)
def test_charts_that_are_not_read_are_named_and_refused(kind: str, style: str, reader: NanoFigures) -> None:
    image = drawn(UNREAD[kind][0], style, UNREAD[kind][1])
    for asked in ("auto", "chart"):
        figure = parse_figure(image, asked, reader)
        assert (figure.status, figure.text) == ("UNSUPPORTED", "") and "no values are made up" in figure.result.reason
        assert figure.kind == kind if kind in NAMED else figure.kind in FIGURES


def one_line(axes: Any) -> None:
    axes.plot([2018, 2019, 2020, 2021, 2022], [12, 90, 450, 5200, 31000], marker="o")
    axes.set_yscale("log")
    axes.set_xticks([2018, 2019, 2020, 2021, 2022])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("draw", [bars, lying_bars, plain_numbers, one_line])
def test_charts_that_are_read_are_not_refused(draw: Callable[[Any], Any], style: str, reader: NanoFigures) -> None:
    figure = parse_figure(drawn(draw, style), "auto", reader)
    assert (figure.kind, figure.status) == ("chart", "SUCCESS")
