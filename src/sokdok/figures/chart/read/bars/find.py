"""Bar charts: rectangles of one thickness in lanes, on a common baseline or on each other, and their values.

- Vertical or horizontal is decided by what the rectangles share: thickness and an end (`rectangles`).
- A value is what is written at the bar where that agrees with the axis, else what the axis says of its ends; with no
  axis, lengths and the written values together give one.
- Lanes with several colours are stacks; colours that take turns from lane to lane are groups; otherwise one series
  (`names`).
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import Axis, write_number
from sokdok.figures.chart.read.bars.names import find_categories, find_series, find_titles
from sokdok.figures.chart.read.bars.rectangles import Bar, Bars, find_bars_along
from sokdok.figures.chart.read.labels import Label, written_cell
from sokdok.figures.chart.read.scene import Found, Scene, Shape, are_solid

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


_AXIS_REACH_SHARE = 0.3  # share of the length of the bars that the greatest number of their axis reaches, at least
_DOUBTFUL_TICKS, _DOUBTFUL_NUMBERS = 2, 3
"""an axis of so few numbers is none where so many numbers stand among the bars"""
_AMONG_PX = 20  # how far beyond the bars' ends a number stands among them
_ZERO_PX = 4  # from zero of an axis to the baseline that is taken for it, at most
_SNAP_PX = 5  # that an axis is moved to put a tick on the baseline, at most
_NEGATIVE_PX = 2  # that a bar below the baseline may reach above it

_BESIDE_EM = 0.4  # that the middle of a number may lie beside the bar that it is written at
_OFFSET_WEIGHT = 0.25  # of pixels across the bar in the distance to a number
_INSIDE_PX = 2  # how far beyond the ends a number still stands on a bar
_INSIDE_BONUS = 1000  # taken from the distance to a number that fits into the bar
_END_GAP_EM = 1.3  # from the end of a bar, away from the baseline, to the number beyond it, at most

_AGREE_VALUE, _AGREE_AXIS = 0.12, 0.025
"""share of the measured value, or of the longest bar's, that a written number differs, at most; whichever is more"""
_STEADY_NUMBERS, _STEADY_SHARE, _STEADY_ERROR = 3, 0.6, 0.12
"""numbers written at bars that lengths are proportional to: how many, their share, and by how much they differ"""
_FIT_SHARE, _FIT_PX = 0.25, 3
"""share of a number, or pixels of its bar, that it differs from its length, at most; whichever is more"""
_ENOUGH_NUMBERS, _ENOUGH_SHARE = 2, 0.4
"""numbers written at bars without an axis, at least, and their share of the bars"""


@dataclass(frozen=True)
class Measure:
    """What gives a chart's bars their values."""

    bars: Bars
    axis: Axis | None  # runs along the bars, its nearest tick on the baseline
    written: dict[Bar, Label] = field(default_factory=dict)  # the number at each bar that has one

    @property
    def is_enough(self) -> bool:
        """Whether there is an axis or enough numbers are written."""
        enough = max(_ENOUGH_NUMBERS, _ENOUGH_SHARE * len(self.bars.bars))
        return self.axis is not None or len(self.written) >= enough


def measure_of(scene: Scene, bars: Bars) -> Measure:
    """Find the axis of bars and the numbers at them, nearest pairs first."""
    axis = _axis_along(scene, bars)
    ticks = set(axis.labels) if axis else set()
    numbers = [label for label in scene.labels if label.number and label not in ticks and not label.angle]
    pairs = [
        (distance, i, j)
        for i, bar in enumerate(bars.bars)
        for j, label in enumerate(numbers)
        if (distance := _distance(bars, bar, label)) is not None
    ]
    written: dict[Bar, Label] = {}
    used: set[int] = set()
    for _, i, j in sorted(pairs):
        if bars.bars[i] not in written and j not in used:
            written[bars.bars[i]] = numbers[j]
            used.add(j)
    return Measure(bars, axis, written)


def _axis_along(scene: Scene, bars: Bars) -> Axis | None:
    """Find the numeric axis that runs along the bars."""
    low, high = bars.reach
    for axis in scene.vertical_axes if bars.vertical else scene.horizontal_axes:
        greatest = max(-label.y if bars.vertical else label.x for label in axis.labels)
        doubtful = len(axis.labels) == _DOUBTFUL_TICKS and _numbers_among(scene, bars) >= _DOUBTFUL_NUMBERS
        long = greatest > low + _AXIS_REACH_SHARE * (high - low)
        if long and not _is_among(bars, axis) and not doubtful:
            return _on_baseline(axis, bars)
    return None


def _numbers_among(scene: Scene, bars: Bars) -> int:
    """Count the numbers that stand among the bars."""
    places = [(label.x, label.y) if bars.vertical else (label.y, label.x) for label in scene.labels if label.number]
    low, high = bars.span
    ends = [abs(edge) for bar in bars.bars for edge in bar.along]
    first, last = min(ends) - _AMONG_PX, max(ends) + _AMONG_PX
    return sum(low < across < high and first < along < last for across, along in places)


def _is_among(bars: Bars, axis: Axis) -> bool:
    """Check whether an axis's numbers lie where the marks are, as values written at bars of equal length do."""
    first, last = bars.bars[0], bars.bars[-1]
    low, high = min(first.across[0], last.across[0]), max(first.across[1], last.across[1])
    inside = [low < (label.x if bars.vertical else label.y) < high for label in axis.labels]
    return sum(inside) > len(inside) / 2


def _on_baseline(axis: Axis, bars: Bars) -> Axis:
    """Move an axis so that its tick nearest to the baseline is on it; one that a grid has placed stays."""
    if axis.log or axis.on_grid:
        return axis
    baseline = bars.pixel(bars.baseline)
    values = [label.number.value for label in axis.labels if label.number]
    tick = min(values, key=lambda value: abs(axis.pixel(value) - baseline))
    tick = 0.0 if abs(axis.pixel(0) - baseline) < _ZERO_PX else tick
    shift = axis.pixel(tick) - baseline
    return replace(axis, offset=axis.offset + axis.slope * shift) if abs(shift) < _SNAP_PX else axis


def _distance(bars: Bars, bar: Bar, label: Label) -> float | None:
    """Compute the pixels from a bar's end to a number, negative where it fits inside; None if it is not at the bar."""
    across, along = (label.x, -label.y) if bars.vertical else (label.y, label.x)
    half = (label.box.height if bars.vertical else label.box.width) / 2
    if abs(across - bar.lane) > bar.thickness / 2 + _BESIDE_EM * label.em_px:
        return None
    offset = abs(across - bar.lane) * _OFFSET_WEIGHT
    if bar.along[0] - _INSIDE_PX <= along <= bar.along[1] + _INSIDE_PX:
        return offset - _INSIDE_BONUS if bars.stacked or half < bar.length else offset
    rises = abs(bar.along[0] - bars.baseline) <= abs(bar.along[1] - bars.baseline)
    gap = (along - bar.along[1] if rises else bar.along[0] - along) - half
    return gap + offset if -half <= gap < _END_GAP_EM * label.em_px and not bars.stacked else None


def cell_of(bar: Bar, measure: Measure) -> str:
    """Write the value of a bar: the number at it where axis or lengths agree, else what these say; "" for neither."""
    label, axis = measure.written.get(bar), measure.axis
    if axis is None:
        return _cell_by_length(bar, measure)
    measured = _measured(bar, measure.bars, axis)
    if label is None or label.number is None:
        return axis.write(measured)
    span = abs(axis.slope) * max(other.length for other in measure.bars.bars)
    value = abs(label.number.value) if measured > 0 else label.number.value
    close = abs(value - measured) <= max(_AGREE_VALUE * abs(measured), _AGREE_AXIS * span)
    return written_cell(label) if close else axis.write(measured)


def _measured(bar: Bar, bars: Bars, axis: Axis) -> float:
    """Measure a bar against the axis: its end, or its length if it does not stand on the baseline."""
    low, high = (axis.value(bars.pixel(edge)) for edge in bar.along)
    if not bars.is_on_baseline(bar) or bars.stacked:
        negative = max(bar.along) <= bars.baseline + _NEGATIVE_PX and max(low, high) <= 0
        return -abs(high - low) if negative else abs(high - low)
    return high if abs(bar.along[0] - bars.baseline) <= abs(bar.along[1] - bars.baseline) else low


def _cell_by_length(bar: Bar, measure: Measure) -> str:
    """Without an axis: what is written, unless the other bars' lengths and values say otherwise."""
    label = measure.written.get(bar)
    pairs = [(at.number, other) for other, at in measure.written.items() if at.number and at.number.value]
    rates = np.array([abs(number.value) / other.length for number, other in pairs])
    rate = float(np.median(rates)) if len(rates) else 0.0
    steady = len(rates) >= _STEADY_NUMBERS
    steady = steady and float(np.mean(np.abs(rates - rate) < _STEADY_ERROR * rate)) > _STEADY_SHARE
    number = label.number if label else None
    fits = number is not None and abs(abs(number.value) - rate * bar.length) < max(
        _FIT_SHARE * abs(number.value), _FIT_PX * rate
    )
    if not steady or fits:
        return written_cell(label) if label else ""
    first = pairs[0][0]
    scale = first.value / float(first.digits) if float(first.digits) else 1.0
    decimals = len(first.digits.partition(".")[2])
    return write_number(rate * bar.length / scale, decimals) + first.unit


def shapes_of(pairs: Sequence[tuple[Bar, str]], measure: Measure) -> Iterator[Shape]:
    """Draw bars as long as their cells say: on the axis, or, without one, at the rate of most of them."""
    bars, axis = measure.bars, measure.axis
    known = [(bar, number.value) for bar, cell in pairs if (number := parse_number(cell))]
    rates = [bar.length / abs(value) for bar, value in known if value]
    for bar, value in known:
        rises = abs(bar.along[0] - bars.baseline) <= abs(bar.along[1] - bars.baseline)
        start, way = (bar.along[0], 1) if rises else (bar.along[1], -1)
        if axis is None:
            end = start + way * abs(value) * float(np.median(rates or [0.0]))
        elif bars.is_on_baseline(bar) and not bars.stacked:
            end = bars.pixel(axis.pixel(value))
        else:
            end = start + way * abs(bars.pixel(axis.pixel(axis.value(bars.pixel(start)) + value)) - start)
        (low, high), sides = bar.across, (bars.pixel(start), bars.pixel(end))
        corners = [(low, sides[0]), (high, sides[0]), (high, sides[1]), (low, sides[1])]
        yield Shape(bar.code, tuple(corner if bars.vertical else corner[::-1] for corner in corners))
