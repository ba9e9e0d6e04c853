"""A chart's picture → its table in HTML: texts and marks by nano's nets, what belongs together by geometry.

- Each kind of chart tries to explain marks and texts, and the first that does gives the table.
- A picture that no kind explains is no chart: no text, confidence 0. A table is never invented.
- The values are drawn again (`drawn`): what share of the marks they meet bounds the confidence; where it is small, the
  reading is in doubt and says so.

    read_picture(texts, net, pixels).text  # <table><tr><td>Year</td><td>Sales</td></tr>…
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from sokdok.figures.chart.parse import heads_for
from sokdok.figures.chart.read.bars import MOST, read_bars
from sokdok.figures.chart.read.curves import read_areas, read_lines, read_points, with_lines
from sokdok.figures.chart.read.drawn import Found, held_against
from sokdok.figures.chart.read.labels import Label, joined, written_cell
from sokdok.figures.chart.read.marks import SEEN_PX, Marks, find_marks
from sokdok.figures.chart.read.pies import read_pie
from sokdok.figures.chart.read.plot import Plot
from sokdok.figures.chart.read.read_texts import ChartTexts
from sokdok.figures.chart.read.series import SAME, Texts, with_entries
from sokdok.imaging.box import Box
from sokdok.layout.text_line import is_legible
from sokdok.model.nano.formats import Net
from sokdok.reading.reading import doubt as doubt_of
from sokdok.reasons import say
from sokdok.tables.markup import html_table

MET, LEAST_MET = 0.85, 0.5
"""share of the marks that values, drawn again, meet where they are right (nine of ten synthetic charts: .87 and more),
and that a reading meets at least"""
_KINDS = (
    *(read_pie, read_bars, partial(read_areas, bends=True), read_areas),
    *(partial(read_lines, bends=True), read_lines, read_points),
)
"""what reads each kind; the first of the surest counts"""


@dataclass(frozen=True)
class ChartReading:
    """What was read from a picture of a chart."""

    text: str  # one `<table>`; empty if the picture is no chart
    confidence: float  # 0 to 1
    kind: str = ""  # bar, line, area, pie or scatter
    doubt: str = ""  # what speaks against the table
    has_scale: bool = False  # whether numbers go up along an axis


def read_picture(texts: ChartTexts, net: Net, pixels: np.ndarray) -> ChartReading:
    """Read a picture (H, W, 3) uint8 RGB with what reads its texts and the net that finds its marks.

    Where that leaves a doubt, it is looked at smaller, too, and the surer reading counts.
    """
    labels = texts.read(pixels)
    reading = read_chart(find_marks(net, pixels), labels)
    if reading.text and not reading.doubt:
        return reading
    sizes = (most_px for most_px in SEEN_PX[1:] if most_px < max(pixels.shape[:2]))
    again = [read_chart(find_marks(net, pixels, most_px), labels) for most_px in sizes]
    return max([reading, *again], key=lambda reading: reading.confidence)


def read_chart(marks: Marks, labels: Sequence[Label]) -> ChartReading:
    """Read a picture whose marks and texts are known."""
    texts = Texts(with_entries(marks, labels), marks.pixels.shape[1])
    plot = Plot(marks, texts)
    tables = [with_lines(plot, found) for read in _KINDS if (found := read(plot))]
    areas = any(found.kind == "area" for found in tables)  # whose edges are no lines: they say sums
    tables = [replace(found, lost=found.lost or (areas and found.kind == "line")) for found in tables]
    nothing = ChartReading("", 0.0, doubt=say("chart_unread"))
    best = max((_reading(plot, found) for found in tables), key=lambda reading: reading.confidence, default=nothing)
    return replace(best, has_scale=bool(plot.up or plot.across))


def _reading(plot: Plot, found: Found) -> ChartReading:
    """Write what was found, as far as its values, drawn again, meet the marks."""
    met, left_out = held_against(plot.marks, found, [label.box for label in plot.texts.labels])
    least = min(met, found.known, MET if left_out else 1.0)
    doubt = say("marks_unmet", share=round(100 * least)) if least <= MET else ""
    names = [name for name in found.categories if name and found.kind != "scatter"]
    if 0 < 2 * len({*names}) <= len(names):
        doubt = say("panels")
    elif found.scale <= MOST:
        doubt = say("scale_unsure")
    elif plot.second:
        doubt = say("two_axes")
    title = [label for label in plot.texts.labels if label.role == "title"]
    doubt = doubt or _doubt_of_texts(plot, found)
    text = _html(found, joined(title).text if title else "") if met >= LEAST_MET else ""
    return ChartReading(text, round(min(found.confidence * found.known, met), 3), found.kind, doubt)


def _doubt_of_texts(plot: Plot, found: Found) -> str:
    """What texts hold against a table: a name or a number that it lacks, or names that are hardly legible.

    It lacks names of sectors and entries of the legend that were not seen, and what stands above an axis: by which it
    has to be multiplied.
    """
    heads = " ".join((found.category_title, found.value_title, *found.categories, *found.series))
    told = {*heads.split(), *(cell for row in found.values for cell in row)}
    scale = Box.around(label.box for label in plot.up.labels) if plot.up else Box(0, 0, 0, 0)
    for label in plot.texts.labels:
        entry = label.text in plot.keys.texts or (found.kind == "pie" and label.role == "category")
        above = label.y < scale.top and not scale.left <= label.x <= scale.right  # in their column it was misread
        is_told = {*label.text.split()} <= told or (label.number and written_cell(label) in told)
        if (entry or (above and label.number)) and is_legible(label.confidence) and not is_told:
            return say("text_untold", text=label.text)
    named = [text for text in plot.texts.labels if text.role in ("category", "legend") and {*text.text.split()} <= told]
    if cut := next((text for text in named if _is_cut(text, plot.marks.pixels)), None):
        return say("text_cut", text=cut.text)
    return doubt_of(min((label.confidence for label in named), default=None))


def _is_cut(label: Label, pixels: np.ndarray) -> bool:
    """Whether a text goes on beyond the edge of the picture: there is ink of it at the edge."""
    (height, width), around = pixels.shape[:2], label.box.grown(label.em_px / 4)
    left, top, right, bottom = map(round, around.clipped(width, height))
    seen = pixels[top:bottom, left:right]
    level = (around.left < 0, seen[:, :1]), (around.right > width, seen[:, -1:])
    upright = (around.top < 0, seen[:1]), (around.bottom > height, seen[-1:])
    return any(beyond and edge.size and np.ptp(edge, axis=(0, 1)).max() > SAME for beyond, edge in (*level, *upright))


def _html(found: Found, title: str) -> str:
    """Write the table, categories in the first column; series without a name get the values' title or a number."""
    category, value, series = heads_for(
        [title, found.category_title, found.value_title, *found.categories, *found.series]
    )
    names = [name or found.value_title or value for name in found.series]
    if len(names) > 1:
        names = [name or f"{series} {i}" for i, name in enumerate(found.series, 1)]
    rows = [[found.category_title or category, *names]]
    rows += [[name, *row] for name, row in zip(found.categories, zip(*found.values, strict=True), strict=True)]
    return html_table(rows, title)
