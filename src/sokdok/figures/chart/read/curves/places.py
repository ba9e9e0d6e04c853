"""At which columns the curves of a chart have values: under its names, between them, or where its lines bend."""

from __future__ import annotations

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from sokdok.figures.chart.read.axes import Axis
from sokdok.figures.chart.read.curves.tracks import Curve
from sokdok.figures.chart.read.labels import Label
from sokdok.figures.chart.read.names import name_between
from sokdok.figures.chart.read.scene import Scene

_BEND_PX = 1.6  # that a line leaves its chord at a bend
_MARKER_PX = 4.0  # most that markers add to the offset of a bend
_SHORTEST_PX = 6  # of a stretch of line that may bend
_BENDS_APART_PX = 5.0  # between two bends that are values, at least

_SPAN_STEP, _SPAN_PX = 0.3, 3.0
"""steps between names, or pixels, that a name may lie beyond the curves; whichever is more"""
_SAME_TICK_PX = 1  # between two ticks, at least
_RULED_STEP, _RULED_PX, _RULED_SHARE = 0.12, 3.0, 0.7
"""steps, or pixels, from names to vertical ruling lines, and share of the names, from which they belong together"""
_YEARS = (1000, 2200)  # between which numbers are taken for years
_YEARS_SHARE = 0.5  # share of the names that are years, above which these are categories
_ELSEWHERE_STEP, _ELSEWHERE_PX, _ELSEWHERE_SHARE = 0.2, 4.0, 0.5
"""steps, or pixels, from a bend to the next tick, and share of the bends, from which values lie elsewhere"""
_ROUND_PX, _ROUND_PARTS = 2.0, 10
"""from a bend to a tick, or to one of so many parts of the step between ticks, that it is at, at most"""
_INSIDE_PX = 4  # from the ends of the curves to a bend, at least

_FINEST_PX = 8.0  # between two places, at least
_MOST_PARTS = 6  # into which the step between names is cut; and names of which one has a value
_STRAIGHT_PX, _STRAIGHT_SHARE = 2.5, 0.9
"""most that a curve, smoothed perhaps, leaves the straight way between its places, and share of the columns"""
_NAMED_STEP = 0.1  # steps from a place to a name that is its own, at most


class Place(NamedTuple):
    """A column of the picture with values, and what it is called."""

    x: float
    name: str


def places_of(scene: Scene, curves: Sequence[Curve], names: Sequence[Label]) -> list[Place]:
    """Find the places of the values of curves over a row of names; fewer than two if there are none."""
    low, high = _span(curves)
    bends = _bends(curves)
    ticks = _ticks(scene, names)
    near = max(_SPAN_PX, _SPAN_STEP * abs(ticks[1].x - ticks[0].x)) if len(ticks) > 1 else _SPAN_PX
    ticks = [tick for tick in ticks if low - near <= tick.x <= high + near]
    if len(ticks) < 2:
        return []
    return _between_ticks(ticks, curves, (low, high)) or _every_few(ticks, bends, (low, high)) or ticks


def places_at_bends(scene: Scene, curves: Sequence[Curve], names: Sequence[Label]) -> list[Place]:
    """Find places at the bends of lines whose ticks are numbers at which these don't bend; empty otherwise.

    Years are categories; and where bends lie on even parts of the steps between ticks, values do, too.
    """
    axis = next((axis for axis in scene.horizontal_axes if set(axis.labels) & set(names)), None)
    if axis is None or len(names) < 3 or _are_years(names):
        return []
    low, high = _span(curves)
    ticks = [label.tick_x for label in names]
    bends = [x for x in _bends(curves) if low + _INSIDE_PX < x < high - _INSIDE_PX]
    if not bends or not _are_elsewhere(bends, (low, high), ticks):
        return []
    if _between_ticks([Place(x, str(i)) for i, x in enumerate(ticks)], curves, (low, high)):
        return []
    return [Place(x, _written(x, axis, names)) for x in _apart([low, *bends, high])]


def _written(x: float, axis: Axis, names: Sequence[Label]) -> str:
    """Write the number at a column: the tick's where there is one, else what the axis has there, rounded if near."""
    nearest = min(names, key=lambda label: abs(label.tick_x - x))
    if abs(nearest.tick_x - x) < _ROUND_PX:
        return nearest.text.strip()
    value = axis.value(x)
    steps = np.abs(np.diff([label.number.value for label in names if label.number]))
    unit = float(np.median(steps)) / _ROUND_PARTS
    whole = round(value / unit) * unit if unit else value
    return axis.write(whole if abs(axis.pixel(whole) - x) < _ROUND_PX else value)


def _span(curves: Sequence[Curve]) -> tuple[float, float]:
    """Middles of the first and the last column of curves."""
    return min(curve.first for curve in curves) + 0.5, max(curve.last for curve in curves) + 0.5


def _are_years(names: Sequence[Label]) -> bool:
    years = sum(label.number is not None and _YEARS[0] <= label.number.value < _YEARS[1] for label in names)
    return years > _YEARS_SHARE * len(names)


def _are_elsewhere(bends: Sequence[float], span: tuple[float, float], ticks: Sequence[float]) -> bool:
    """Check whether most bends, or both ends, of lines lie off the ticks."""
    step = abs(ticks[1] - ticks[0])
    offsets = np.abs(np.subtract.outer([*bends, *span], ticks)).min(1)
    off_ticks = float(np.mean(offsets[:-2] > max(_ELSEWHERE_PX, _ELSEWHERE_STEP * step)))
    return off_ticks >= _ELSEWHERE_SHARE or bool((offsets[-2:] > _ELSEWHERE_STEP * step).all())


def _ticks(scene: Scene, names: Sequence[Label]) -> list[Place]:
    """Place names at their ticks, on ruling lines where there are some."""
    ticks: list[Place] = []
    columns = [label.tick_x for label in names]
    for i, label in enumerate(names):
        if i == 0 or columns[i] - columns[i - 1] > _SAME_TICK_PX:
            ticks.append(Place(columns[i], label.text.strip()))
    if len(ticks) < 3:
        return ticks
    step = float(np.median(np.diff([tick.x for tick in ticks])))
    return _on_rulings(ticks, scene.flat.vertical_rulings, step)


def _on_rulings(ticks: Sequence[Place], rulings: Sequence[float], step: float) -> list[Place]:
    """Move ticks to the ruling lines near them; as they are if few have one, or two have the same."""
    nearest = [min(rulings, key=lambda ruling: abs(ruling - tick.x), default=-step) for tick in ticks]
    tolerance = max(_RULED_PX, _RULED_STEP * step)
    near = [abs(ruling - tick.x) < tolerance for ruling, tick in zip(nearest, ticks, strict=True)]
    if np.mean(near) <= _RULED_SHARE or len(set(nearest)) < len(nearest):
        return list(ticks)
    return [Place(ruling, tick.name) for ruling, tick in zip(nearest, ticks, strict=True)]


def _bends(curves: Sequence[Curve]) -> list[float]:
    """Find the columns where some curve bends, in rising order."""
    return sorted(
        curve.first + x + 0.5
        for curve in curves
        for x in _corners(curve.upper, _BEND_PX + min(_MARKER_PX, curve.marker_px))
    )


def _corners(track: np.ndarray, least: float) -> list[int]:
    """Find the indices where a line bends, but not its ends.

    The line is split at the point farthest from the chord again and again (Ramer 1972, Douglas and Peucker 1973).
    """
    found: list[int] = []
    pending = [(0, len(track) - 1)]
    while pending:
        begin, end = pending.pop()
        if end - begin < _SHORTEST_PX:
            continue
        chord = np.linspace(track[begin], track[end], end - begin + 1)
        slope = (track[end] - track[begin]) / (end - begin)
        distance = np.abs(track[begin : end + 1] - chord) / np.hypot(1, slope)
        farthest = int(distance.argmax())
        if distance[farthest] > least:
            found.append(begin + farthest)
            pending += [(begin, begin + farthest), (begin + farthest, end)]
    return sorted(found)


def _apart(places: Sequence[float]) -> list[float]:
    """Drop places right after another."""
    found: list[float] = []
    for place in sorted(places):
        if not found or place - found[-1] >= _BENDS_APART_PX:
            found.append(place)
    return found


def _between_ticks(ticks: Sequence[Place], curves: Sequence[Curve], span: tuple[float, float]) -> list[Place]:
    """Cut the steps between ticks into as few even parts as curves are straight between; empty if ticks alone do."""
    step = float(np.median(np.diff([tick.x for tick in ticks])))
    for parts in range(1, _MOST_PARTS + 1):
        if step / parts < _FINEST_PX:
            return []
        columns = [x for x in _cut_evenly(ticks, step, parts) if span[0] - _INSIDE_PX <= x <= span[1] + _INSIDE_PX]
        if all(_is_straight_between(curve, columns) for curve in curves):
            places = [Place(x, _name_at(x, ticks, step)) for x in columns] if parts > 1 else []
            return places if all(place.name for place in places) else []
    return []


def _cut_evenly(ticks: Sequence[Place], step: float, parts: int) -> list[float]:
    """Place even parts between ticks, and a step beyond them on both sides."""
    columns = [ticks[0].x - step, *(tick.x for tick in ticks), ticks[-1].x + step]
    numbers = np.arange((len(columns) - 1) * parts + 1) / parts
    return [float(x) for x in np.interp(numbers, np.arange(len(columns)), columns)]


def _is_straight_between(curve: Curve, columns: Sequence[float]) -> bool:
    """Check whether a curve runs straight from place to place; markers may stand at places only."""
    own = [x for x in columns if curve.first < x < curve.last]
    at = np.array([curve.first + 0.5, *own, curve.last + 0.5])
    heights = np.array([curve.at(x)[0] for x in at])
    xs = np.arange(len(curve.upper)) + curve.first + 0.5
    slopes = np.diff(heights) / np.maximum(1.0, np.diff(at))
    slope = slopes[np.clip(np.searchsorted(at, xs) - 1, 0, len(slopes) - 1)]
    off = np.abs(np.interp(xs, at, heights) - curve.upper) / np.hypot(1, slope)
    between = np.abs(xs[:, None] - at).min(1) > curve.marker_px + 1
    return float(np.mean(off[between] <= _STRAIGHT_PX)) >= _STRAIGHT_SHARE if between.any() else True


def _name_at(x: float, ticks: Sequence[Place], step: float) -> str:
    """Get the name of the tick at a column, or make one up between two ticks; "" if nothing can be said."""
    nearest = min(range(len(ticks)), key=lambda i: abs(ticks[i].x - x))
    if abs(ticks[nearest].x - x) < _NAMED_STEP * step:
        return ticks[nearest].name
    first = max(0, min(len(ticks) - 2, nearest - (ticks[nearest].x > x)))
    low, high = ticks[first], ticks[first + 1]
    return name_between(low.name, high.name, (x - low.x) / (high.x - low.x))


def _every_few(ticks: Sequence[Place], bends: Sequence[float], span: tuple[float, float]) -> list[Place]:
    """Choose every second to fifth tick, if the lines bend at these alone; empty otherwise."""
    if len(bends) < 3 or len(ticks) < 5:
        return []
    columns = np.array([tick.x for tick in ticks])
    nearest = [int(np.abs(columns - x).argmin()) for x in (span[0], *bends, span[1])]
    for stride in range(_MOST_PARTS, 1, -1):
        if len({index % stride for index in nearest}) == 1:
            return list(ticks[nearest[0] % stride :: stride])
    return []
