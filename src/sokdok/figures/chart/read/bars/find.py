"""Bar charts: rectangles of one thickness in lanes, on a common baseline or on each other.

- Vertical or horizontal is decided by what the rectangles share: thickness and an end (`layout`).
- A value is what is written at the bar where that agrees with the axis, else what the axis says of its ends; with no
  axis, lengths and the written values together give one (`values`).
- Lanes with several colours are stacks; colours that take turns from lane to lane are groups; otherwise one series
  (`names`).
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.figures.chart.read.bars.layout import Bars, find_bars_along
from sokdok.figures.chart.read.bars.names import find_categories, find_series, find_titles
from sokdok.figures.chart.read.bars.values import Measure, cell_of, measure_of
from sokdok.figures.chart.read.scene import Found, Scene

_LEAST_SUPPORT = 2
"""rectangles that agree on thickness and baseline, at least"""
_BAND_SHARE = 0.4
"""share of the picture's longer side from which a single bar is a band behind the marks"""
_DRAWN_SHARE = 0.004
"""share of the picture that all bars fill, at least"""
_SOLID_SHARE = 0.5
"""share of what is drawn that all bars fill, at least"""
_SOLID_PX, _SOLID_FILL = 5, 0.3
"""shorter side of a mark that counts as drawn, and share of its box that it fills, at least"""
_UNNAMED = 0.4
"""share of the confidence that is left where no category has a name"""


def find_bars(scene: Scene) -> Found | None:
    """Read a bar chart; None if the picture is none."""
    bars = max((find_bars_along(scene, vertical) for vertical in (True, False)), key=lambda found: found.support)
    if bars.support < _LEAST_SUPPORT or not _are_most(scene, bars):
        return None
    measure = measure_of(scene, bars)
    return _table(scene, measure) if measure.is_enough else None


def _are_most(scene: Scene, bars: Bars) -> bool:
    """Check whether the bars are most of what is drawn, and no single band is taken for a bar."""
    if len(bars.lanes) == 1 and bars.bars[0].thickness > _BAND_SHARE * max(scene.size):
        return False
    drawn = sum(bar.thickness * bar.length for bar in bars.bars)
    inside = [area for area in scene.marks if not scene.is_cut(area)]
    solid = [area for area in inside if min(area.width, area.height) >= _SOLID_PX and area.fill > _SOLID_FILL]
    width, height = scene.size
    return drawn > max(_SOLID_SHARE * sum(area.size for area in solid), _DRAWN_SHARE * width * height)


def _table(scene: Scene, measure: Measure) -> Found:
    """Put categories, series and values together."""
    bars = measure.bars
    categories = find_categories(scene, bars, measure.axis)
    series = find_series(scene, bars, categories.groups)
    columns = [_column(measure, categories.groups, code) for code in series] or [_single_column(measure)]
    filled = float(np.mean([bool(cell) for column in columns for cell in column]))
    named = float(np.mean([bool(name) for name in categories.names]))
    return Found(
        "bar",
        tuple(categories.names),
        tuple(series.values()) or ("",),
        tuple(tuple(column) for column in columns),
        categories.confidence * filled * (_UNNAMED + (1 - _UNNAMED) * named),
        *find_titles(scene, bars, measure.axis, categories.labels),
    )


def _single_column(measure: Measure) -> list[str]:
    """Write the value of the longest bar of each lane."""
    return [cell_of(max(lane, key=lambda bar: bar.length), measure) for lane in measure.bars.lanes]


def _column(measure: Measure, groups: Sequence[Sequence[int]], code: int) -> list[str]:
    """Write the values of a colour, one a category."""
    column = []
    for group in groups:
        bars = [bar for i in group for bar in measure.bars.lanes[i] if bar.code == code]
        too_short = "0" if measure.axis else ""
        column.append(cell_of(max(bars, key=lambda bar: bar.length), measure) if bars else too_short)
    return column
