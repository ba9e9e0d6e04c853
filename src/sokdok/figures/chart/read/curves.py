"""Lines, areas and points, read off against two axes.

- Values are taken where names stand below, between them where the line bends there, or at its bends alone.
- An area's value is its height, so that of one that lies on another is its own.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.bars import written_cell
from sokdok.figures.chart.read.colors import Area
from sokdok.figures.chart.read.names import name_between, row_below, title_below, title_beside
from sokdok.figures.chart.read.scene import Found, Scene
from sokdok.figures.chart.read.text import Axis, Label
from sokdok.figures.chart.read.tracks import Curve, areas_of, lines_of

_BEND = 1.6
"""pixels that a line leaves its chord at a bend"""
_ON_GRID = 0.75
"""share of a line's bends that lie on a grid of places if it is the right one"""
_FINEST = 8.0
"""pixels between two places"""


def find_areas(scene: Scene) -> Found | None:
    """The table of an area chart, None if the picture is none."""
    curves = areas_of(scene)
    return _Curves(scene, tuple(curves), "area").table() if curves else None


def find_lines(scene: Scene) -> Found | None:
    """The table of a line chart, None if the picture is none."""
    curves = lines_of(scene)
    return _Curves(scene, tuple(curves), "line").table() if curves else None


def find_points(scene: Scene) -> Found | None:
    """The table of a scatter plot, None if the picture is none."""
    if not scene.upward_axes or not scene.sideward_axes:
        return None
    across, up = scene.sideward_axes[0], scene.upward_axes[0]
    points = sorted((area for area in scene.marks if _is_point(area, scene, up)), key=lambda area: area.middle)
    codes = {area.code for area in points}
    alike = [area for area in scene.marks if area.code in codes and min(area.width, area.height) > 3]
    others = sum(area.size for area in alike if area not in points)
    if len(points) < 4 or others > 0.5 * sum(area.size for area in points):
        return None
    names = tuple(across.write(across.value(area.middle[0])) for area in points)
    values = tuple(up.write(up.value(area.middle[1])) for area in points)
    span = min(label.x for label in across.labels), max(label.x for label in across.labels)
    titles = title_below(scene, across.labels, span), title_beside(scene, up)
    return Found("scatter", names, ("",), (values,), 0.6, *titles)


def _is_point(area: Area, scene: Scene, up: Axis) -> bool:
    small = 3 <= area.width <= 18 and 3 <= area.height <= 18 and 0.6 < area.width / area.height < 1.6
    left = max(label.box[2] for label in up.labels)
    low, high = min(label.y for label in up.labels) - 8, max(label.y for label in up.labels) + 8
    return small and area.fill > 0.55 and area.middle[0] > left and low < area.middle[1] < high


@dataclass(frozen=True)
class _Curves:
    """Curves over one horizontal axis."""

    scene: Scene
    curves: tuple[Curve, ...]
    kind: str

    @property
    def span(self) -> tuple[float, float]:
        return min(curve.first for curve in self.curves), max(curve.last for curve in self.curves)

    @cached_property
    def axis(self) -> Axis | None:
        left = self.span[0]
        beside = [axis for axis in self.scene.upward_axes if max(label.x for label in axis.labels) < left + 8]
        axes = beside or [
            axis for axis in self.scene.upward_axes if min(label.x for label in axis.labels) > self.span[1] - 8
        ]
        return axes[0] if axes else None

    @cached_property
    def names(self) -> list[Label]:
        floor = max(label.y for label in self.axis.labels) if self.axis else 0.0
        floor = max(floor, max(float(curve.lower.max()) for curve in self.curves))
        return row_below(self.scene, floor, self.span, 3)

    @cached_property
    def places(self) -> list[tuple[float, str]]:
        """Column and name of each value."""
        low, high = self.span
        ticks = self._ticks()
        near = max(3.0, 0.3 * abs(ticks[1][0] - ticks[0][0])) if len(ticks) > 1 else 3.0
        ticks = [tick for tick in ticks if low - near <= tick[0] <= high + near]
        if len(ticks) < 2:
            return []
        bends = self._bends()
        finer = _between_ticks(ticks, bends, (low, high))
        return finer or _every(ticks, bends, (low, high)) or ticks

    def _ticks(self) -> list[tuple[float, str]]:
        """Column and text of each name; where slanted ones end is uncertain, so they are moved to where lines bend."""
        ticks = [(label.below_tick, label.text.strip()) for label in self.names]
        ticks = [tick for i, tick in enumerate(ticks) if i == 0 or tick[0] - ticks[i - 1][0] > 1]
        if len(ticks) < 3:
            return ticks
        step = float(np.median(np.diff([x for x, _ in ticks])))
        rules = self.scene.flat.upright_rules
        nearest = [min(rules, key=lambda rule: abs(rule - x), default=-step) for x, _ in ticks]
        if np.mean([abs(rule - x) < max(3.0, 0.12 * step) for rule, (x, _) in zip(nearest, ticks, strict=True)]) > 0.7:
            snapped = [(rule, name) for rule, (_, name) in zip(nearest, ticks, strict=True)]
            return snapped if len(set(nearest)) == len(nearest) else ticks
        spots = [self.span[0], *self._bends(), self.span[1]]
        off = np.array([(x - ticks[0][0] + step / 2) % step - step / 2 for x in spots])
        shift = float(np.median(off))
        agreed = float(np.mean(np.abs((off - shift + step / 2) % step - step / 2) < max(2.0, 0.1 * step)))
        return [(x + shift, name) for x, name in ticks] if agreed > _ON_GRID and abs(shift) < 0.45 * step else ticks

    def _bends(self) -> list[float]:
        """Columns where some curve bends."""
        found = [curve.first + x for curve in self.curves for x in _corners(curve.upper, _BEND + min(4.0, curve.slack))]
        return sorted(float(x) for x in found)

    def table(self) -> Found | None:
        if self.axis is None and not self.written:
            return None
        bends_only = self._at_bends()
        places = bends_only or self.places
        if len(places) < 2:
            return None
        columns = tuple(tuple(self._cell(curve, i, x) for i, (x, _) in enumerate(places)) for curve in self.curves)
        named = np.mean([label.confidence for label in self.names])
        filled = np.mean([bool(cell) for column in columns for cell in column])
        series = tuple(self._series_name(curve) for curve in self.curves)
        titles = title_below(self.scene, self.names, self.span), title_beside(self.scene, self.axis)
        return Found(
            self.kind, tuple(name for _, name in places), series, columns, float(0.9 * named * filled), *titles
        )

    def _at_bends(self) -> list[tuple[float, str]]:
        """Places at the bends of a line whose ticks are numbers elsewhere, else none."""
        axis = next((axis for axis in self.scene.sideward_axes if set(axis.labels) & set(self.names)), None)
        years = [label for label in self.names if label.number and 1000 <= label.number.value < 2200]
        if axis is None or len(self.names) < 3 or len(years) > 0.5 * len(self.names):
            return []
        low, high = self.span
        step = abs(self.names[1].below_tick - self.names[0].below_tick)
        bends = [x for x in self._bends() if low + 4 < x < high - 4]
        grid = [label.below_tick for label in self.names]
        off = [min(abs(x - tick) for tick in grid) for x in bends]
        ends_off = [min(abs(x - tick) for tick in grid) > 0.2 * step for x in (low, high)]
        if not bends or (np.mean(np.array(off) > max(4.0, 0.2 * step)) < 0.5 and not all(ends_off)):
            return []
        if _between_ticks([(x, str(i)) for i, x in enumerate(grid)], bends, (low, high)):
            return []
        return [(x, axis.write(axis.value(x))) for x in _apart([low, *bends, high])]

    @cached_property
    def written(self) -> dict[tuple[int, int], Label]:
        """The number written at a curve's place, by curve (its code) and place."""
        ticks = {id(label) for label in self.axis.labels} if self.axis else set()
        ticks |= {id(label) for label in self.names}
        numbers = [label for label in self.scene.labels if label.number and id(label) not in ticks and not label.angle]
        reach = 0.45 * min((b[0] - a[0] for a, b in itertools.pairwise(self.places)), default=20.0)
        pairs = []
        for curve, (i, (x, _)), label in itertools.product(self.curves, enumerate(self.places), numbers):
            up = abs(label.y - curve.at(x)[0])
            if abs(label.x - x) < max(6.0, reach) and up < 2.3 * label.size:
                pairs.append((up + abs(label.x - x), curve.code, i, label))
        found: dict[tuple[int, int], Label] = {}
        for _, code, i, label in sorted(pairs, key=lambda pair: pair[:3]):
            if (code, i) not in found and label not in found.values():
                found[code, i] = label
        return found

    def _cell(self, curve: Curve, place: int, x: float) -> str:
        upper, lower = curve.at(x)
        label = self.written.get((curve.code, place)) if self.kind == "line" or len(self.curves) == 1 else None
        if self.axis is None:
            return written_cell(label) if label else ""
        value = self._value(upper, lower)
        if label and label.number:
            ticks = [tick.y for tick in self.axis.labels]
            span = abs(self.axis.slope) * (max(ticks) - min(ticks))
            if abs(label.number.value - value) <= max(0.03 * span, 0.03 * abs(value)):
                return written_cell(label)
        return self.axis.write(value)

    def _value(self, upper: float, lower: float) -> float:
        assert self.axis is not None
        if self.kind == "line":
            return self.axis.value(upper + 0.5)
        floor = self.axis.pixel(0)
        base = floor if abs(lower - floor) < 4 else lower
        return self.axis.value(upper) - self.axis.value(base)

    def _series_name(self, curve: Curve) -> str:
        named = self.scene.name_of(curve.code)
        if named or len(self.curves) == 1:
            return named
        end = curve.at(curve.last)
        middle = (end[0] + end[1]) / 2
        beside = [
            label
            for label in self.scene.labels
            if label.number is None and -4 < label.box[0] - curve.last < 4 * label.size
            and abs(label.y - middle) < 1.5 * label.size
        ]  # fmt: skip
        return min(beside, key=lambda label: abs(label.y - middle)).text if beside else ""


def _corners(track: np.ndarray, least: float) -> list[int]:
    """Indices where a line bends, by repeatedly splitting at the point farthest from the chord; not its ends."""
    found: list[int] = []
    pending = [(0, len(track) - 1)]
    while pending:
        begin, end = pending.pop()
        if end - begin < 6:
            continue
        chord = np.linspace(track[begin], track[end], end - begin + 1)
        steep = (track[end] - track[begin]) / (end - begin)
        off = np.abs(track[begin : end + 1] - chord) / np.hypot(1, steep)
        worst = int(off.argmax())
        if off[worst] > least:
            found.append(begin + worst)
            pending += [(begin, begin + worst), (begin + worst, end)]
    return sorted(found)


def _apart(places: Sequence[float], least: float = 5.0) -> list[float]:
    """Places without those right after another."""
    kept: list[float] = []
    for place in sorted(places):
        if not kept or place - kept[-1] >= least:
            kept.append(place)
    return kept


def _between_ticks(
    ticks: Sequence[tuple[float, str]], bends: Sequence[float], span: tuple[float, float]
) -> list[tuple[float, str]]:
    """Ticks and even parts between them, if the line bends there and parts have names; empty otherwise."""
    step = float(np.median(np.diff([x for x, _ in ticks])))
    origin = ticks[0][0]
    if step < 12 or len(bends) < 2:
        return []
    offsets = (np.array(bends) - origin) / step
    for parts in range(1, 7):
        slack = min(max(5.0 / step * parts, 0.1), 0.24)
        on_grid = np.abs(offsets * parts - np.round(offsets * parts)) <= slack
        if step / parts < _FINEST or on_grid.mean() >= _ON_GRID:
            break
    else:
        return []
    if parts == 1 or step / parts < _FINEST:
        return []
    count = (span[1] - span[0]) / step * parts
    spots = [origin + i * step / parts for i in range(-parts * 2, int(count) + parts * 2)]
    spots = [x for x in spots if span[0] - 4 <= x <= span[1] + 4]
    named = [(x, _name_at(x, ticks, step)) for x in spots]
    return named if all(name for _, name in named) else []


def _name_at(x: float, ticks: Sequence[tuple[float, str]], step: float) -> str:
    nearest = min(range(len(ticks)), key=lambda i: abs(ticks[i][0] - x))
    if abs(ticks[nearest][0] - x) < 0.1 * step:
        return ticks[nearest][1]
    first = max(0, min(len(ticks) - 2, nearest - (ticks[nearest][0] > x)))
    (low, name), (high, other) = ticks[first], ticks[first + 1]
    return name_between(name, other, (x - low) / (high - low))


def _every(
    ticks: Sequence[tuple[float, str]], bends: Sequence[float], span: tuple[float, float]
) -> list[tuple[float, str]]:
    """Every second to fifth tick, if the line bends at these alone; empty otherwise."""
    if len(bends) < 3 or len(ticks) < 5:
        return []
    spots = np.array([x for x, _ in ticks])
    nearest = [int(np.abs(spots - x).argmin()) for x in (span[0], *bends, span[1])]
    for stride in range(5, 1, -1):
        if len({index % stride for index in nearest}) == 1:
            return list(ticks[nearest[0] % stride :: stride])
    return []
