"""A chart's picture → its table in HTML: texts by nano's nets, marks by classical vision.

- The picture is taken apart into texts and areas of flat colour; then each kind of chart tries to explain it, and the
  first that does, with numbers from an axis or from texts at the marks, gives the table.
- A picture that no kind explains is no chart: no text, confidence 0. A table is never invented.
- The values are drawn again (`scene.share_met`): what share of the marks they meet bounds the confidence; where it is
  small, the reading is in doubt and says so.

    NanoCharts(texts).read(pixels).text  # <table><tr><td>Year</td><td>Sales</td></tr>…
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.parse import heads_for
from sokdok.figures.chart.read.axes import mended
from sokdok.figures.chart.read.bars.find import find_bars
from sokdok.figures.chart.read.colors import flatten
from sokdok.figures.chart.read.curves.find import find_areas, find_lines, find_points
from sokdok.figures.chart.read.labels import Label
from sokdok.figures.chart.read.names import title_of
from sokdok.figures.chart.read.pies import find_pie
from sokdok.figures.chart.read.read_texts import ChartTexts
from sokdok.figures.chart.read.scene import Found, Scene, share_met
from sokdok.reasons import say
from sokdok.tables.markup import html_table

MET, LEAST_MET = 0.85, 0.5
"""share of the marks that values, drawn again, meet where they are right (nine of ten synthetic charts: .87 and more),
and that a reading meets at least"""
_KINDS = (find_pie, find_bars, find_areas, find_points, find_lines)
"""what each kind reads; the first that finds something counts"""


@dataclass(frozen=True)
class ChartReading:
    """What was read from a picture of a chart."""

    text: str  # one `<table>`; empty if the picture is no chart
    confidence: float  # 0 to 1
    kind: str = ""  # bar, line, area, pie or scatter
    doubt: str = ""  # what speaks against the table


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
        if found is not None and found.refused:
            return ChartReading("", 0.0, found.kind, say(found.refused))
        if found is not None:
            met = share_met(scene, found.shapes)
            doubt = say("marks_unmet", share=round(100 * met)) if met < MET else ""
            confidence = round(min(found.confidence, met), 3)
            return ChartReading(
                _html(found, title_of(scene)) if met >= LEAST_MET else "", confidence, found.kind, doubt
            )
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
