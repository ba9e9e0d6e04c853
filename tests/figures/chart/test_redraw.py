"""Charts drawn anew: in bounded time, and saying so where something is left out."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

import sokdok.figures.chart.redraw as chart_redraw
from sokdok.figures.chart.redraw import _KOREAN, _KOREAN_FILES, Plot, redraw

pytest.importorskip("matplotlib")


def drawn(plot: Plot, path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
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
    redraw(plot, path)
    assert Image.open(path).size == (600, 450)
    return titles[0], seen["marks"]


@pytest.mark.parametrize(
    ("categories", "series", "said", "drawn_marks"),
    [(3000, 1, "t\n(the first 200 of 3,000 categories)", 200), (2, 900, "t\n(the first 20 of 900 series)", 40)],
)
def test_a_chart_of_very_many_is_drawn_in_part_and_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, categories: int, series: int, said: str, drawn_marks: int
) -> None:
    values = [[float(i)] * series for i in range(categories)]
    plot = Plot([f"c{i}" for i in range(categories)], [f"s{i}" for i in range(series)], values, "t")
    assert drawn(plot, tmp_path / "a.png", monkeypatch) == (said, drawn_marks)


@pytest.mark.parametrize(("name", "told"), [("국내", True), ("Ünited", False)])
def test_a_chart_whose_letters_no_font_has_says_so(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str, told: bool
) -> None:
    monkeypatch.setattr(chart_redraw, "_installed_fonts", lambda: ["DejaVu Sans"])
    title, _ = drawn(Plot([name, "b"], ["s"], [[1.0], [2.0]], "t"), tmp_path / "a.png", monkeypatch)
    assert title == ("t\n(install a font with these letters, such as NanumGothic)" if told else "t")


def text_drawn(plot: Plot, path: Path) -> np.ndarray:
    redraw(plot, path)
    return np.asarray(Image.open(path).convert("L"))


def test_korean_is_drawn_with_a_font_that_was_installed_after_fonts_were_listed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from matplotlib.font_manager import findSystemFonts, fontManager

    if not any(_KOREAN_FILES.search(Path(path).name) for path in findSystemFonts()):
        pytest.skip("needs a font with Korean, such as fonts-nanum")
    listed = [font for font in fontManager.ttflist if font.name not in _KOREAN]
    monkeypatch.setattr(fontManager, "ttflist", listed)
    plots = [Plot([name, "b"], ["s"], [[1.0], [2.0]], "t") for name in ("국내", "해외")]
    pictures = [text_drawn(plot, tmp_path / f"{at}.png") for at, plot in enumerate(plots)]
    assert (pictures[0] != pictures[1]).any()  # boxes in place of letters would look alike
