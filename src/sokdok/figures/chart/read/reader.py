"""A chart's picture → its table in HTML: texts by nano's nets, marks by classical vision.

- The picture is taken apart into texts and areas of flat colour; then each kind of chart tries to explain it, and the
  first that does, with numbers from an axis or from texts at the marks, gives the table.
- A picture that no kind explains is no chart: no text, confidence 0. A table is never invented.

    NanoCharts(texts).read(pixels).text  # <table><tr><td>Year</td><td>Sales</td></tr>…
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.heads import heads_for
from sokdok.figures.chart.read.bars.find import find_bars
from sokdok.figures.chart.read.colors import flatten
from sokdok.figures.chart.read.curves.find import find_areas, find_lines, find_points
from sokdok.figures.chart.read.labels import Label
from sokdok.figures.chart.read.names import title_of
from sokdok.figures.chart.read.pies import find_pie
from sokdok.figures.chart.read.read_texts import ChartTexts
from sokdok.figures.chart.read.scene import Found, Scene
from sokdok.figures.chart.read.ticks import mended
from sokdok.tables.html import html_table

_KINDS = (find_pie, find_bars, find_areas, find_points, find_lines)
"""what each kind reads; the first that finds something counts"""


@dataclass(frozen=True)
class ChartReading:
    """What was read from a picture of a chart."""

    text: str
    """one `<table>`; empty if the picture is no chart"""
    confidence: float
    """0 to 1"""
    kind: str = ""
    """bar, line, area, pie or scatter"""


class NanoCharts:
    """Reads charts with the help of what reads their texts."""

    def __init__(self, texts: ChartTexts) -> None:
        self.texts = texts

    def read(self, pixels: np.ndarray) -> ChartReading:
        """Read a picture (H, W, 3) uint8 RGB."""
        return read_chart(pixels, self.texts.read(pixels))


def read_chart(pixels: np.ndarray, labels: Sequence[Label]) -> ChartReading:
    """Read a picture (H, W, 3) uint8 RGB whose texts are known."""
    texts = mended(labels)
    scene = Scene(flatten(pixels, [label.box for label in texts if not label.is_slanted]), tuple(texts))
    for find in _KINDS:
        found = find(scene)
        if found is not None:
            return ChartReading(_html(found, title_of(scene)), round(found.confidence, 3), found.kind)
    return ChartReading("", 0.0)


def _html(found: Found, title: str) -> str:
    """Write the table, categories in the first column; series without a name get the values' title or a number."""
    heads = heads_for([title, found.category_title, found.value_title, *found.categories, *found.series])
    names = [name or found.value_title or heads.value for name in found.series]
    if len(names) > 1:
        names = [name or f"{heads.series} {i}" for i, name in enumerate(found.series, 1)]
    rows = [[found.category_title or heads.category, *names]]
    rows += [[name, *row] for name, row in zip(found.categories, zip(*found.values, strict=True), strict=True)]
    return html_table(rows, title)
