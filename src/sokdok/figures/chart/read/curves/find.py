"""Lines, areas and points, read off against two axes.

- Values are taken where names stand below, between them where the line bends there, or at its bends alone
  (`places`).
- An area's value is its height, so that of one that lies on another is its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import Axis, write_all
from sokdok.figures.chart.read.colors import BLEND, Area
from sokdok.figures.chart.read.curves.places import Place, places_at_bends, places_of
from sokdok.figures.chart.read.curves.tracks import Curve, areas_of, lines_of
from sokdok.figures.chart.read.labels import Label, written_cell
from sokdok.figures.chart.read.names import row_below, title_below, title_beside, whole_names
from sokdok.figures.chart.read.scene import Found, Scene, Shape

_CONFIDENCE = {"line": 0.9, "area": 0.9, "scatter": 0.6}
"""of a chart of the kind whose names are read surely and that has all its values"""
_AXIS_PX = 8  # that the numbers of an axis may reach into the plot

_AT_PLACE_STEP, _AT_PLACE_PX = 0.45, 6.0
"""steps between places, or pixels, that a number written at a curve is off its place; whichever is more"""
_SINGLE_STEP_PX = 20.0  # that counts as the step where there is a single place
_WRITTEN_EM = 2.3  # from a curve up or down to the number written at it, at most
_AGREE_SHARE = 0.03  # share of the axis, or of the value, that a written number differs, at most; whichever is more
_ON_FLOOR_PX = 4  # from the lower edge of an area to the floor that it stands on, at most
_NAME_PX, _NAME_EM = (-4, 4)  # from the end of a curve to the name right of it: least, in pixels, and most, in ems
_NAME_HEIGHT_EM = 1.5  # from the end of a curve up or down to the name right of it, at most

_POINTS = 4  # of a scatter plot, at least
_POINT_PX = (3, 18)  # sides of a point
_POINT_RATIO = (0.6, 1.6)  # width of a point in its heights
_POINT_FILL_SHARE = 0.55  # share of its box that a point fills, at least
_OTHERS_SHARE = 0.5  # most that other marks of the points' colour cover, as a share of what points do


def find_areas(scene: Scene) -> Found | None:
    """Read an area chart; None if the picture is none."""
    return _table(scene, areas_of(scene), "area")


def find_lines(scene: Scene) -> Found | None:
    """Read a line chart; None if the picture is none."""
    return _table(scene, lines_of(scene), "line")


def find_points(scene: Scene) -> Found | None:
    """Read a scatter plot; None if the picture is none."""
    if not scene.vertical_axes or not scene.horizontal_axes:
        return None
    across, up = scene.horizontal_axes[0], scene.vertical_axes[0]
    small = [area for area in scene.marks if _is_point(area, up)]
    code = max((area.code for area in small), key=[area.code for area in small].count, default=BLEND)
    points = sorted((area for area in small if area.code == code), key=lambda area: area.box.middle)
    alike = [area for area in scene.marks if area.code == code and min(area.width, area.height) > _POINT_PX[0]]
    others = sum(area.size for area in alike if area not in points)
    if len(points) < _POINTS or others > _OTHERS_SHARE * sum(area.size for area in points):
        return None
    names, values = (
        tuple(write_all(axis, [area.box.middle[i] for area in points])) for i, axis in enumerate((across, up))
    )
    titles = title_below(scene, across.labels), title_beside(scene, up)
    places = [(_pixel_of(across, name), _pixel_of(up, value)) for name, value in zip(names, values, strict=True)]
    radius = float(np.mean([area.width + area.height for area in points])) / 4
    shapes = tuple(Shape(code, (place,), filled=False, radius=radius) for place in places)
    return Found("scatter", names, ("",), (values,), _CONFIDENCE["scatter"], *titles, shapes)


def _pixel_of(axis: Axis, cell: str) -> float:
    """Find the pixel of what a cell says."""
    number = parse_number(cell)
    return axis.pixel(number.value) if number else 0.0


def _is_point(area: Area, up: Axis) -> bool:
    """Check for a small round mark right of the numbers of the vertical axis, no further up or down than a step."""
    small = all(_POINT_PX[0] <= side <= _POINT_PX[1] for side in (area.width, area.height))
    if not small or not _POINT_RATIO[0] < area.width / area.height < _POINT_RATIO[1]:
        return False
    x, y = area.box.middle
    left = max(label.box.right for label in up.labels)
    low, high = min(label.y for label in up.labels), max(label.y for label in up.labels)
    step = (high - low) / (len(up.labels) - 1)
    return area.fill > _POINT_FILL_SHARE and x > left and low - step < y < high + step


@dataclass(frozen=True)
class _Plot:
    """Curves over one row of names."""

    curves: list[Curve]
    kind: str
    axis: Axis | None
    names: list[Label]
    places: list[Place]  # where a name has a value

    @property
    def span(self) -> tuple[float, float]:
        """First and last column of the curves."""
        return _span(self.curves)


def _table(scene: Scene, curves: list[Curve], kind: str) -> Found | None:
    """Read off curves; None without values or places."""
    if not curves:
        return None
    axis = _axis_beside(scene, _span(curves))
    names = _names_below(scene, curves, axis)
    plot = _Plot(curves, kind, axis, names, places_of(scene, curves, names))
    written = _written_numbers(scene, plot)
    if axis is None and not written:
        return None
    places = places_at_bends(scene, curves, names) or plot.places
    if len(places) < 2:
        return None
    labelled = kind == "line" or len(curves) == 1  # numbers on stacked areas may be sums
    columns = tuple(
        tuple(
            _cell(plot, curve, place.x, written.get((curve.code, i)) if labelled else None)
            for i, place in enumerate(places)
        )
        for curve in curves
    )
    named = float(np.mean([label.confidence for label in names]))
    filled = float(np.mean([bool(cell) for column in columns for cell in column]))
    return Found(
        kind,
        whole_names([place.name for place in places]),
        tuple(_series_name(scene, plot, curve) for curve in curves),
        columns,
        _CONFIDENCE[kind] * named * filled,
        title_below(scene, names),
        title_beside(scene, axis),
        tuple(_shapes(plot, places, columns)),
    )


def _shapes(plot: _Plot, places: Sequence[Place], columns: Sequence[Sequence[str]]) -> Iterator[Shape]:
    """Draw curves through their values; those without an axis are not drawn."""
    for curve, cells in zip(plot.curves, columns, strict=True):
        known = [
            (place.x, number.value) for place, cell in zip(places, cells, strict=True) if (number := parse_number(cell))
        ]
        if plot.axis is None or len(known) < 2:
            continue
        if plot.kind == "line":
            yield Shape(curve.code, tuple((x, plot.axis.pixel(value)) for x, value in known), filled=False)
            continue
        lower = [
            (x, plot.axis.pixel(0) if abs(curve.at(x)[1] - plot.axis.pixel(0)) < _ON_FLOOR_PX else curve.at(x)[1])
            for x, _ in known
        ]
        upper = [
            (x, plot.axis.pixel(plot.axis.value(y) + value)) for (x, y), (_, value) in zip(lower, known, strict=True)
        ]
        yield Shape(curve.code, (*upper, *reversed(lower)))


def _span(curves: Sequence[Curve]) -> tuple[float, float]:
    return min(curve.first for curve in curves), max(curve.last for curve in curves)


def _axis_beside(scene: Scene, span: tuple[float, float]) -> Axis | None:
    """Find the vertical axis left of curves, else right of them."""
    left, right = span[0] + _AXIS_PX, span[1] - _AXIS_PX
    beside = [axis for axis in scene.vertical_axes if max(label.x for label in axis.labels) < left]
    beside += [axis for axis in scene.vertical_axes if min(label.x for label in axis.labels) > right]
    return beside[0] if beside else None


def _names_below(scene: Scene, curves: Sequence[Curve], axis: Axis | None) -> list[Label]:
    """Find the names below curves and the numbers of their axis."""
    floor = max(label.y for label in axis.labels) if axis else 0.0
    floor = max(floor, *(float(curve.lower.max()) for curve in curves))
    return row_below(scene, floor, _span(curves))


def _written_numbers(scene: Scene, plot: _Plot) -> dict[tuple[int, int], Label]:
    """Find the number written at each curve's places, nearest first: (its code, number of the place) → number."""
    ticks = {*(plot.axis.labels if plot.axis else ()), *plot.names}
    numbers = [label for label in scene.labels if label.number and label not in ticks and not label.angle]
    step = min((after.x - place.x for place, after in itertools.pairwise(plot.places)), default=_SINGLE_STEP_PX)
    reach = max(_AT_PLACE_PX, _AT_PLACE_STEP * step)
    pairs = []
    for curve, (i, place), label in itertools.product(plot.curves, enumerate(plot.places), numbers):
        up = abs(label.y - curve.at(place.x)[0])
        if abs(label.x - place.x) < reach and up < _WRITTEN_EM * label.em_px:
            pairs.append((up + abs(label.x - place.x), curve.code, i, label))
    found: dict[tuple[int, int], Label] = {}
    for _, code, i, label in sorted(pairs, key=lambda pair: pair[:3]):
        if (code, i) not in found and label not in found.values():
            found[code, i] = label
    return found


def _cell(plot: _Plot, curve: Curve, x: float, label: Label | None) -> str:
    """Write a curve's value at a column: the number at it where the axis agrees, else what the axis says."""
    if plot.axis is None:
        return written_cell(label) if label else ""
    value = _value(plot.axis, *curve.at(x), plot.kind)
    if label and label.number:
        ticks = [tick.y for tick in plot.axis.labels]
        span = abs(plot.axis.slope) * (max(ticks) - min(ticks))
        if abs(label.number.value - value) <= max(_AGREE_SHARE * span, _AGREE_SHARE * abs(value)):
            return written_cell(label)
    return plot.axis.write(value)


def _value(axis: Axis, upper: float, lower: float, kind: str) -> float:
    """Measure a line's value, or an area's height."""
    if kind == "line":
        return axis.value(upper + 0.5)
    floor = axis.pixel(0)
    base = floor if abs(lower - floor) < _ON_FLOOR_PX else lower
    return axis.value(upper) - axis.value(base)


def _series_name(scene: Scene, plot: _Plot, curve: Curve) -> str:
    """Find a curve's name: in the legend, or right of its end."""
    named = scene.name_of(curve.code)
    if named or len(plot.curves) == 1:
        return named
    middle = sum(curve.at(curve.last)) / 2
    beside = [
        label
        for label in scene.labels
        if label.number is None
        and _NAME_PX < label.box.left - curve.last < _NAME_EM * label.em_px
        and abs(label.y - middle) < _NAME_HEIGHT_EM * label.em_px
    ]
    return min(beside, key=lambda label: abs(label.y - middle)).text if beside else ""
