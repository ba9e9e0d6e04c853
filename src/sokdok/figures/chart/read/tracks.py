"""Curves on a picture: a colour that is thin in every column is a line, one that is thick and not rectangular an area.

- A line is followed from column to column, past its crossings with others; gaps are bridged.
- What runs along a curve of more contrast is its blended edge; grid lines, axes and frames are no curves.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.read.colors import Area
from sokdok.figures.chart.read.scene import Scene

_THIN = 9.0
"""pixels that a line is high at most, where it runs level"""
_FLAT = 0.1
"""share of its box that an area fills; a line fills less"""


@dataclass(frozen=True)
class Curve:
    """A series over the columns of the picture."""

    code: int
    first: int
    """column of its first value"""
    upper: np.ndarray
    """y in each column"""
    lower: np.ndarray
    """of an area its lower edge; of a line as `upper`"""
    slack: float = 0.0
    """pixels that marks on a line rise above it"""

    @property
    def last(self) -> int:
        return self.first + len(self.upper) - 1

    def at(self, x: float) -> tuple[float, float]:
        """Upper and lower y at a column; the ends are extended."""
        index = float(np.clip(x - 0.5 - self.first, 0, len(self.upper) - 1))
        columns = np.arange(len(self.upper))
        return float(np.interp(index, columns, self.upper)), float(np.interp(index, columns, self.lower))


def lines_of(scene: Scene) -> list[Curve]:
    """The lines of a picture, in the order of the legend."""
    found = [curve for code in _codes(scene) if (curve := _line(scene, code))]
    return _without_edges(found, scene)


def areas_of(scene: Scene) -> list[Curve]:
    """The areas of a picture, the largest first; none if none of them stands on a level base."""
    found = [curve for code in _codes(scene) if (curve := _area(scene, code))]
    return found if any(np.ptp(np.percentile(curve.lower, [5, 95])) <= 4 for curve in found) else []


def _marks(scene: Scene) -> list[Area]:
    """The marks at the height of the vertical axis, if there is one: no slanted names, no titles."""
    ticks = [label.y for axis in scene.upward_axes[:1] for label in axis.labels]
    if len(ticks) < 3:
        return list(scene.marks)
    low, high = max(ticks) + scene.text_size, min(ticks) - 0.2 * (max(ticks) - min(ticks))
    return [area for area in scene.marks if high < area.middle[1] < low]


def _codes(scene: Scene) -> list[int]:
    """Colours of marks, the largest first."""
    sizes: dict[int, int] = {}
    for area in scene.marks:
        sizes[area.code] = sizes.get(area.code, 0) + area.size
    return sorted(sizes, key=lambda code: -sizes[code])


def _mask(scene: Scene, areas: Sequence[Area]) -> np.ndarray:
    mask = np.zeros(scene.flat.codes.shape, bool)
    for area in areas:
        for y, left, right in area.runs.tolist():
            mask[y, left:right] = True
    return mask


def _line(scene: Scene, code: int) -> Curve | None:
    """A colour as a line, None if it is none."""
    areas = [area for area in _marks(scene) if area.code == code and not _is_rule(area, scene)]
    width = _plot_width(scene)
    wide = [area for area in areas if area.width > 0.04 * width or area.size > 12]
    if not wide or max(area.box[2] for area in wide) - min(area.box[0] for area in wide) < 0.3 * width:
        return None
    if scene.contrast(code) < 40:
        return None
    mask = _mask(scene, wide)
    columns = np.flatnonzero(mask.any(0))
    first, last = int(columns[0]), int(columns[-1])
    filled = len(columns) / (last - first + 1)
    heights = mask[:, columns].sum(0)
    if filled < 0.4 or np.percentile(heights, 30) > max(_THIN, 0.015 * max(scene.size)):
        return None
    track = _track(mask, first, last)
    if track is None:
        return None
    return Curve(code, first, track, track, float(np.percentile(heights, 95) - np.median(heights)) / 2)


def _track(mask: np.ndarray, first: int, last: int) -> np.ndarray | None:
    """The middle of the run in each column that continues the line best; gaps are bridged. None if it jumps about."""
    middles = [_run_middles(mask[:, x]) for x in range(first, last + 1)]
    track = np.full(len(middles), np.nan)
    start = next((i for i, found in enumerate(middles) if len(found) == 1), None)
    if start is None:
        return None
    jumps = 0
    for order in (range(start, len(middles)), range(start, -1, -1)):
        y, slope, since = middles[start][0][0], 0.0, 0
        for i in order:
            since += 1
            if not middles[i]:
                continue
            guess = y + slope * since
            near, height = min(middles[i], key=lambda run: max(0.0, abs(run[0] - guess) - run[1] / 2))
            off = max(0.0, abs(near - guess) - height / 2)
            if off > 6 + 2 * since + 0.5 * height:
                jumps += 1
                if since < 4:
                    continue
            slope, y, since = 0.7 * slope + 0.3 * np.clip((near - y) / since, -4, 4), near, 0
            track[i] = near
    known = np.flatnonzero(~np.isnan(track))
    if jumps > 0.15 * len(middles) or len(known) < 0.3 * len(middles):
        return None
    return np.interp(np.arange(len(track)), known, track[known])


def _run_middles(column: np.ndarray) -> list[tuple[float, int]]:
    """Middle and height of each run of a column."""
    edges = np.flatnonzero(np.diff(np.concatenate([[0], column.view(np.int8), [0]])))
    return [((a + b - 1) / 2, int(b - a)) for a, b in zip(edges[::2].tolist(), edges[1::2].tolist(), strict=True)]


def _is_rule(area: Area, scene: Scene) -> bool:
    """A grid line, an axis, a frame or several of them that touch: long level and upright strokes and little else."""
    if max(area.width, area.height) <= 0.12 * max(scene.size):
        return False
    if min(area.width, area.height) <= 3:
        return True
    lengths = area.runs[:, 2] - area.runs[:, 1]
    level = lengths >= 0.25 * area.width
    columns = np.zeros(area.width + 1, int)
    np.add.at(columns, area.runs[~level, 1] - area.box[0], 1)
    np.add.at(columns, area.runs[~level, 2] - area.box[0], -1)
    heights = np.cumsum(columns)
    upright = heights[heights >= 0.4 * area.height].sum()
    return bool(lengths[level].sum() + upright > 0.8 * area.size)


def _plot_width(scene: Scene) -> float:
    """Pixels between the vertical axis and the right side of what is drawn."""
    marks = [area for area in scene.marks if area.width > 0.2 * scene.size[0]]
    left = min((area.box[0] for area in marks), default=0)
    right = max((area.box[2] for area in marks), default=scene.size[0])
    return max(0.3 * scene.size[0], right - left)


def _without_edges(curves: Sequence[Curve], scene: Scene) -> list[Curve]:
    """Curves but for those that run along a curve of more contrast: its blended edge."""
    kept: list[Curve] = []
    for curve in sorted(curves, key=lambda curve: (curve.code not in scene.legend, -scene.contrast(curve.code))):
        if not any(_alongside(curve, other) for other in kept):
            kept.append(curve)
    if scene.legend and any(curve.code in scene.legend for curve in kept):
        kept = [curve for curve in kept if curve.code in scene.legend]
    order = list(scene.legend)
    return sorted(kept, key=lambda curve: order.index(curve.code) if curve.code in order else len(order))


def _alongside(curve: Curve, other: Curve) -> bool:
    xs = np.linspace(curve.first, curve.last, 60)
    return float(np.mean([abs(curve.at(x)[0] - other.at(x)[0]) < 3 for x in xs])) > 0.75


def _area(scene: Scene, code: int) -> Curve | None:
    """A colour as an area, None if it is none."""
    areas = [area for area in _marks(scene) if area.code == code]
    whole = areas[0] if areas else None
    if whole is None or whole.width < 0.35 * _plot_width(scene) or whole.size < 0.008 * scene.flat.codes.size:
        return None
    if whole.fill < _FLAT:
        return None
    mask = _mask(scene, [area for area in areas if area.size > 0.02 * whole.size])
    columns = np.flatnonzero(mask.any(0))
    first, last = int(columns[0]), int(columns[-1])
    inside = mask[:, first : last + 1]
    heights = inside.sum(0)
    if np.median(heights) < 8 or len(columns) < 0.95 * (last - first + 1):
        return None
    upper = inside.argmax(0).astype(float)
    lower = inside.shape[0] - inside[::-1].argmax(0).astype(float)
    solid = heights.sum() / max(1.0, (lower - upper).sum())
    return Curve(code, first, upper, lower) if solid > 0.6 else None
