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
from sokdok.figures.chart.read.bars.rectangles import Bar
from sokdok.figures.chart.read.bars.values import Measure, cell_of, measure_of, shapes_of
from sokdok.figures.chart.read.check import are_solid
from sokdok.figures.chart.read.scene import Found, Scene

_LEAST_SUPPORT = 2  # rectangles that agree on thickness and baseline, at least
_BAND_SHARE = 0.4  # share of the picture's longer side from which a single bar is a band behind the marks
_DRAWN_SHARE = 0.004  # share of the picture that all bars fill, at least
_SOLID_SHARE = 0.5  # share of what is drawn that all bars fill, at least
_UNNAMED = 0.4  # share of the confidence that is left where no category has a name


def find_bars(scene: Scene) -> Found | None:
    """Read a bar chart; None if the picture is none."""
    both = [find_bars_along(scene, vertical) for vertical in (True, False)]
    bars = max(both, key=lambda found: found.support)
    are_bars = bars.support >= _LEAST_SUPPORT and _are_most(scene, bars)
    if bars.unequal if are_bars else any(found.unequal for found in both):
        return Found("bar", (), (), (), 0.0, refused="bins_unequal")
    if not are_bars:
        return None
    measure = measure_of(scene, bars)
    return _table(scene, measure) if measure.is_enough else None


def _are_most(scene: Scene, bars: Bars) -> bool:
    """Check whether the bars are most of what is drawn, and no single band is taken for a bar."""
    if len(bars.lanes) == 1 and bars.bars[0].thickness > _BAND_SHARE * max(scene.size):
        return False
    drawn = sum(bar.thickness * bar.length for bar in bars.bars)
    width, height = scene.size
    return drawn > max(_SOLID_SHARE * sum(area.size for area in are_solid(scene)), _DRAWN_SHARE * width * height)


def _table(scene: Scene, measure: Measure) -> Found:
    """Put categories, series and values together."""
    bars = measure.bars
    categories = find_categories(scene, bars, measure.axis)
    series = find_series(scene, bars, categories.groups)
    chosen = [_of_color(bars, categories.groups, code) for code in series] or [_longest(bars)]
    too_short = "0" if measure.axis else ""
    columns = tuple(tuple(cell_of(bar, measure) if bar else too_short for bar in column) for column in chosen)
    pairs = [pair for bars_of, cells in zip(chosen, columns, strict=True) for pair in zip(bars_of, cells, strict=True)]
    filled = float(np.mean([bool(cell) for column in columns for cell in column]))
    named = float(np.mean([bool(name) for name in categories.names]))
    return Found(
        "bar",
        tuple(categories.names),
        tuple(series.values()) or ("",),
        columns,
        categories.confidence * filled * (_UNNAMED + (1 - _UNNAMED) * named),
        *find_titles(scene, bars, measure.axis, categories.labels),
        shapes=tuple(shapes_of([(bar, cell) for bar, cell in pairs if bar and cell], measure)),
    )


def _longest(bars: Bars) -> list[Bar | None]:
    """Choose the longest bar of each lane."""
    return [max(lane, key=lambda bar: bar.length) for lane in bars.lanes]


def _of_color(bars: Bars, groups: Sequence[Sequence[int]], code: int) -> list[Bar | None]:
    """Choose the longest bar of a colour in each category; None where there is none."""
    own = [[bar for i in group for bar in bars.lanes[i] if bar.code == code] for group in groups]
    return [max(found, key=lambda bar: bar.length, default=None) for found in own]
