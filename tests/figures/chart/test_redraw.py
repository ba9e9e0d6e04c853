"""Charts drawn anew: in bounded time, and saying so where something is left out."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from sokdok.figures.chart.redraw import Plot, redraw

pytest.importorskip("matplotlib")


def drawn(plot: Plot, path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, int]:
    """The title of a redrawn chart, and how many bars or points it has."""
    from matplotlib.axes import Axes

    seen: dict[str, int] = {"marks": 0}
    titles: list[str] = []
    for name in ("barh", "plot", "pie"):
        whole = getattr(Axes, name)

        def counted(self, first, *rest, whole=whole, **named):
            seen["marks"] += len(first)
            return whole(self, first, *rest, **named)

        monkeypatch.setattr(Axes, name, counted)
    monkeypatch.setattr(Axes, "set_title", lambda self, text, **named: titles.append(text))
    redraw(plot, path)
    assert Image.open(path).size == (600, 450)
    return titles[0], seen["marks"]


def test_a_chart_of_thousands_is_drawn_in_part_and_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = Plot([f"c{i}" for i in range(3000)], ["a"], [[float(i)] for i in range(3000)], "t")
    title, marks = drawn(plot, tmp_path / "a.png", monkeypatch)
    assert title == "t\n(the first 200 of 3,000 categories)" and marks == 200


def test_so_is_one_of_very_many_series(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    plot = Plot(["a", "b"], [f"s{i}" for i in range(900)], [[1.0] * 900, [2.0] * 900], "x" * 5000)
    title, marks = drawn(plot, tmp_path / "a.png", monkeypatch)
    assert title.endswith("x…\n(the first 20 of 900 series)") and len(title) < 300 and marks == 40
