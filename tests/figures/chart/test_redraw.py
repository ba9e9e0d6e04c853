"""Charts drawn again, and charts that are refused."""

import io
from collections.abc import Callable
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

import sokdok.figures.chart.parse as chart_parse
from sokdok.figures.chart.parse import _KOREAN, _KOREAN_FILES, parse_chart
from sokdok.figures.parse import parse_figure
from sokdok.figures.readers import NanoFigures
from sokdok.model.nano.formats.figures import UNREAD as FIGURES
from sokdok.model.nano.session import bundled_folder
from sokdok.tables.markup import html_table

matplotlib = pytest.importorskip("matplotlib")


def plotted(rows: list[list[str]], path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """The title of a redrawn chart, and how many bars or points it has."""
    from matplotlib.axes import Axes

    seen: dict[str, int] = {"marks": 0}
    titles: list[str] = []
    for name in ("bar", "plot", "pie"):  # barh calls bar
        whole = getattr(Axes, name)

        def counted(self, *given, whole=whole, **named):
            seen["marks"] += len(given[1] if len(given) > 1 else given[0] if given else named["width"])
            return whole(self, *given, **named)

        monkeypatch.setattr(Axes, name, counted)
    monkeypatch.setattr(Axes, "set_title", lambda self, text, **named: titles.append(text))
    parse_chart(html_table(rows, "t")).redraw(path)
    assert Image.open(path).size == (600, 450)
    return titles[0], seen["marks"]


def test_a_chart_of_very_many_is_drawn_in_part_and_says_so(tmp_path: Path, monkeypatch) -> None:
    first = "the first 200 of 3,000 categories", "the first 20 of 900 series"
    for categories, series, said, drawn in ((3000, 1, first[0], 200), (2, 900, first[1], 40)):
        header = ["", *(f"s{i}" for i in range(series))]
        rows = [[f"c{i}", *[str(i)] * series] for i in range(categories)]
        assert plotted([header, *rows], tmp_path / "a.png", monkeypatch) == (f"t\n({said})", drawn)


@pytest.mark.parametrize(("name", "told"), [("국내", True), ("Ünited", False)])
def test_a_chart_whose_letters_no_font_has_says_so(tmp_path: Path, monkeypatch, name: str, told: bool) -> None:
    monkeypatch.setattr(chart_parse, "_installed_fonts", lambda: ["DejaVu Sans"])
    title, _ = plotted([["", "s"], [name, "1"], ["b", "2"]], tmp_path / "a.png", monkeypatch)
    assert title == ("t\n(install a font with these letters, such as NanumGothic)" if told else "t")


def test_korean_is_drawn_with_a_font_that_was_installed_after_fonts_were_listed(tmp_path: Path, monkeypatch) -> None:
    from matplotlib.font_manager import findSystemFonts, fontManager

    if not any(_KOREAN_FILES.search(Path(path).name) for path in findSystemFonts()):
        pytest.skip("needs a font with Korean, such as fonts-nanum")
    listed = [font for font in fontManager.ttflist if font.name not in _KOREAN]
    monkeypatch.setattr(fontManager, "ttflist", listed)
    for name in ("국내", "해외"):
        parse_chart(html_table([["", "s"], [name, "1"], ["b", "2"]])).redraw(tmp_path / f"{name}.png")
    pictures = [np.asarray(Image.open(path).convert("L")) for path in tmp_path.glob("*.png")]
    assert (pictures[0] != pictures[1]).any()  # boxes in place of letters would look alike


NAMES, VALUES = ["Seoul", "Busan", "Daegu", "Ulsan"], [3, 45, 700, 12000]
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
    found = {name: row[0] for name, row in zip(chart.categories, chart.values, strict=True)}
    assert found == {name: pytest.approx(y, rel=0.05) for name, y in zip(NAMES, VALUES, strict=True)}


@pytest.mark.parametrize("style", STYLES)
def test_bins_of_a_histogram_have_their_ranges(style: str, reader: NanoFigures) -> None:
    values, edges = np.concatenate(SAMPLES), [0, 5, 8, 10, 11, 12, 13, 15, 20, 30]
    chart = parse_figure(drawn(lambda axes: axes.hist(values, edges, edgecolor="white"), style), "chart", reader).result
    assert chart.categories == [f"{low}-{high}" for low, high in pairwise(edges)]
    assert np.allclose([row[0] for row in chart.values], np.histogram(values, edges)[0], atol=1)


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("draw", ["boxplot", "violinplot"])
def test_what_is_no_chart_of_bars_or_lines_has_no_values(draw: str, style: str, reader: NanoFigures) -> None:
    assert reader.read_figure(drawn(lambda axes: getattr(axes, draw)(SAMPLES), style), "chart").text == ""


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


@pytest.mark.parametrize("style", (*STYLES, "seaborn-v0_8-whitegrid"))
@pytest.mark.parametrize("kind", UNREAD)
def test_charts_that_are_not_read_are_named_and_refused(kind: str, style: str, reader: NanoFigures) -> None:
    image = drawn(UNREAD[kind][0], style, UNREAD[kind][1])
    for asked in ("auto", "chart"):
        figure = parse_figure(image, asked, reader)
        assert (figure.status, figure.text) == ("UNSUPPORTED", "") and "no values are made up" in figure.result.reason
        assert figure.kind == kind if kind != "radar chart" else figure.kind in FIGURES  # of any other name


def one_line(axes: Any) -> None:
    axes.plot([2018, 2019, 2020, 2021, 2022], [12, 90, 450, 5200, 31000], marker="o")
    axes.set_yscale("log")
    axes.set_xticks([2018, 2019, 2020, 2021, 2022])


@pytest.mark.parametrize("style", STYLES)
@pytest.mark.parametrize("draw", [bars, lying_bars, plain_numbers, one_line])
def test_charts_that_are_read_are_not_refused(draw: Callable[[Any], Any], style: str, reader: NanoFigures) -> None:
    figure = parse_figure(drawn(draw, style), "auto", reader)
    assert (figure.kind, figure.status) == ("chart", "SUCCESS")
