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
from sokdok.imaging.arrays import runs, spans

_TICKS_FROM = 3  # ticks of the vertical axis from which marks must lie at its height
_ABOVE_SHARE = 0.2  # share of the height of the axis that marks may lie above it
_WIDE_SHARE = 0.2  # share of the picture's width from which a mark counts for the width of the plot
_PLOT_SHARE = 0.3  # share of the picture's width that the plot has, at least

_PIECE_SHARE, _PIECE_PX = 0.04, 12  # share of the plot's width of a piece of a line, or its pixels, at least
_LENGTH_SHARE = 0.3  # share of the plot's width that a line goes, at least
_CONTRAST_LEVELS = 40  # from the ground to a line, of 255, at least
_FILLED_SHARE = 0.4  # share of its columns in which a line is seen, at least
_THIN_PX, _THIN_SHARE = 9.0, 0.015
"""thickness of a line where it is thinnest, in pixels or as a share of the picture, at most; whichever is more"""
_FLAT_PERCENTILE, _MARKER_PERCENTILE = 30, 95
"""of a line's heights in its columns: where it runs flat, and where it has a marker"""

_JUMP_PX = 6  # that a line may be off where its slope leads …
_JUMP_SLOPE = 2  # … and so many pixels more for each column since it was seen …
_JUMP_HEIGHTS = 0.5  # … and this share of the height of the run that is taken for it
_PATIENCE_COLUMNS = 4  # for which a line that jumps is not followed
_SLOPE_WEIGHTS = (0.7, 0.3)  # of the former slope and of the last step in the new one
_STEEPEST = 4  # pixels up or down a column that count for the slope
_JUMPS_SHARE, _KNOWN_SHARE = 0.15, 0.3
"""share of a line's columns in which it jumps, at most; and, of those with marks, in which it is found, at least"""

_RULING_SHARE = 0.12  # share of the picture's longer side from which a thin or straight area is a ruling line
_RULING_PX = 3  # thickness of a ruling line, at most
_STROKE_SHARES = (0.25, 0.4)  # of an area's width and height from which a run is a stroke of ruling lines
_STROKES_SHARE = 0.8  # share of an area of ruling lines that is in strokes

_ALONGSIDE_PX, _ALONGSIDE_SHARE, _ALONGSIDE_SAMPLES = 3, 0.75, 60
"""distance of a blended edge from its curve, in what share of so many samples"""

_AREA_FILL_SHARE = 0.1  # share of its box that an area fills; a line fills less
_AREA_WIDTH_SHARE, _AREA_SHARE = 0.35, 0.008
"""share of the plot's width, and of the picture, that an area has, at least"""
_AREA_PIECE_SHARE = 0.02  # share of the largest piece of an area that others have, at least
_AREA_PX = 8  # height of an area, at least
_AREA_COLUMNS_SHARE, _AREA_SOLID_SHARE = 0.95, 0.6
"""share of its columns in which an area is seen, and that it fills between its edges, at least"""
_BASE_PX, _BASE_PERCENTILES = 4, (5, 95)
"""height within which the lower edge of the lowest area stays, between these percentiles"""


@dataclass(frozen=True)
class Curve:
    """A series over the columns of the picture."""

    code: int
    first: int  # column of its first value
    upper: np.ndarray  # y in each column
    lower: np.ndarray  # of an area its lower edge; of a line the same as `upper`
    marker_px: float = 0.0  # that markers on a line rise above it

    @property
    def last(self) -> int:
        return self.first + len(self.upper) - 1

    def at(self, x: float) -> tuple[float, float]:
        """Compute upper and lower y at a column; the ends are extended."""
        index = float(np.clip(x - 0.5 - self.first, 0, len(self.upper) - 1))
        columns = np.arange(len(self.upper))
        return float(np.interp(index, columns, self.upper)), float(np.interp(index, columns, self.lower))


def lines_of(scene: Scene) -> list[Curve]:
    """Find the lines of a picture, in the order of the legend."""
    found = [curve for code in _codes(scene) if (curve := _line(scene, code))]
    return _without_edges(found, scene)


def areas_of(scene: Scene) -> list[Curve]:
    """Find the areas of a picture, the largest first; none if none of them stands on a straight base."""
    found = [curve for code in _codes(scene) if (curve := _area(scene, code))]
    based = (np.ptp(np.percentile(curve.lower, _BASE_PERCENTILES)) <= _BASE_PX for curve in found)
    return found if any(based) else []


def _marks(scene: Scene) -> list[Area]:
    """Find the marks at the height of the vertical axis, if there is one: no slanted names, no titles."""
    ticks = [label.y for axis in scene.vertical_axes[:1] for label in axis.labels]
    if len(ticks) < _TICKS_FROM:
        return list(scene.marks)
    low, high = max(ticks) + scene.em_px, min(ticks) - _ABOVE_SHARE * (max(ticks) - min(ticks))
    return [area for area in scene.marks if high < area.box.middle[1] < low]


def _codes(scene: Scene) -> list[int]:
    """List the colours of marks, the largest first."""
    sizes: dict[int, int] = {}
    for area in scene.marks:
        sizes[area.code] = sizes.get(area.code, 0) + area.size
    return sorted(sizes, key=lambda code: -sizes[code])


def _mask(scene: Scene, areas: Sequence[Area]) -> np.ndarray:
    """Draw areas as a mask of the picture."""
    mask = np.zeros(scene.flat.codes.shape, bool)
    for area in areas:
        for y, left, right in area.runs.tolist():
            mask[y, left:right] = True
    return mask


def _line(scene: Scene, code: int) -> Curve | None:
    """Take a colour for a line; None if it is none."""
    areas = [area for area in _marks(scene) if area.code == code and not _is_ruling(area, scene)]
    width = _plot_width(scene)
    pieces = [area for area in areas if area.width > _PIECE_SHARE * width or area.size > _PIECE_PX]
    if not pieces or max(a.box.right for a in pieces) - min(a.box.left for a in pieces) < _LENGTH_SHARE * width:
        return None
    if scene.contrast(code) < _CONTRAST_LEVELS:
        return None
    mask = _mask(scene, pieces)
    columns = np.flatnonzero(mask.any(0))
    first, last = int(columns[0]), int(columns[-1])
    filled = len(columns) / (last - first + 1)
    heights = mask[:, columns].sum(0)
    thickness = min(_thickness(mask), _thickness(mask.T))
    named = code in scene.legend  # points and dashes are enough
    if (filled < _FILLED_SHARE and not named) or thickness > max(_THIN_PX, _THIN_SHARE * max(scene.size)):
        return None
    track = _track(mask, first, last)
    if track is None:
        return None
    marker = float(np.percentile(heights, _MARKER_PERCENTILE) - np.median(heights)) / 2
    return Curve(code, first, track, track, marker)


def _thickness(mask: np.ndarray) -> float:
    """Measure how high the runs in the columns of a mask are where it runs flat."""
    found = runs(mask.T)
    return float(np.percentile(found.ends - found.starts, _FLAT_PERCENTILE))


def _track(mask: np.ndarray, first: int, last: int) -> np.ndarray | None:
    """Follow a line: the middle (W,) of the run in each column that continues it best; None if it jumps about.

    From the first column with a single run to the right, then to the left; columns without a run are bridged.
    """
    columns = [_runs_of_column(mask[:, x]) for x in range(first, last + 1)]
    track = np.full(len(columns), np.nan)
    start = next((i for i, found in enumerate(columns) if len(found) == 1), None)
    if start is None:
        return None
    jumps = 0
    for order in (range(start, len(columns)), range(start, -1, -1)):
        y, slope, since = columns[start][0][0], 0.0, 0
        for i in order:
            since += 1
            if not columns[i]:
                continue
            # The run nearest to where the slope leads; one that is far from there is a jump, past which it is looked.
            guess = y + slope * since
            near, height = min(columns[i], key=lambda run: max(0.0, abs(run[0] - guess) - run[1] / 2))
            offset = max(0.0, abs(near - guess) - height / 2)
            if offset > _JUMP_PX + _JUMP_SLOPE * since + _JUMP_HEIGHTS * height:
                jumps += 1
                if since < _PATIENCE_COLUMNS:
                    continue
            step = np.clip((near - y) / since, -_STEEPEST, _STEEPEST)
            slope, y, since = _SLOPE_WEIGHTS[0] * slope + _SLOPE_WEIGHTS[1] * step, near, 0
            track[i] = near
    known = np.flatnonzero(~np.isnan(track))
    if jumps > _JUMPS_SHARE * len(columns) or len(known) < _KNOWN_SHARE * sum(map(bool, columns)):
        return None
    return np.interp(np.arange(len(track)), known, track[known])


def _runs_of_column(column: np.ndarray) -> list[tuple[float, int]]:
    """Find the middle and height of each run of a column."""
    return [((top + end - 1) / 2, end - top) for top, end in spans(column).tolist()]


def _is_ruling(area: Area, scene: Scene) -> bool:
    """Check for a grid line, an axis, a frame or several of them that touch: long straight strokes and little else."""
    if max(area.width, area.height) <= _RULING_SHARE * max(scene.size):
        return False
    if min(area.width, area.height) <= _RULING_PX:
        return True
    lengths = area.runs[:, 2] - area.runs[:, 1]
    long = lengths >= _STROKE_SHARES[0] * area.width
    left, _, right, _ = area.sides
    steps = np.zeros(right - left + 1, int)
    np.add.at(steps, area.runs[~long, 1] - left, 1)
    np.add.at(steps, area.runs[~long, 2] - left, -1)
    heights = np.cumsum(steps)
    tall = heights[heights >= _STROKE_SHARES[1] * area.height]
    return bool(lengths[long].sum() + tall.sum() > _STROKES_SHARE * area.size)


def _plot_width(scene: Scene) -> float:
    """Compute the pixels between the vertical axis and the right side of what is drawn."""
    marks = [area for area in scene.marks if area.width > _WIDE_SHARE * scene.size[0]]
    left = min((area.box.left for area in marks), default=0)
    right = max((area.box.right for area in marks), default=scene.size[0])
    return max(_PLOT_SHARE * scene.size[0], right - left)


def _without_edges(curves: Sequence[Curve], scene: Scene) -> list[Curve]:
    """Drop curves that run along a curve of more contrast, their blended edge, and what a legend does not name."""
    valid: list[Curve] = []
    for curve in sorted(curves, key=lambda curve: (curve.code not in scene.legend, -scene.contrast(curve.code))):
        if not any(_is_alongside(curve, other) for other in valid):
            valid.append(curve)
    if any(curve.code in scene.legend for curve in valid):
        valid = [curve for curve in valid if curve.code in scene.legend]
    return sorted(valid, key=lambda curve: scene.legend_order(curve.code))


def _is_alongside(curve: Curve, other: Curve) -> bool:
    xs = np.linspace(curve.first, curve.last, _ALONGSIDE_SAMPLES)
    near = [abs(curve.at(x)[0] - other.at(x)[0]) < _ALONGSIDE_PX for x in xs]
    return float(np.mean(near)) > _ALONGSIDE_SHARE


def _area(scene: Scene, code: int) -> Curve | None:
    """Take a colour for an area; None if it is none."""
    areas = [area for area in _marks(scene) if area.code == code]
    whole = areas[0] if areas else None
    if whole is None or whole.fill < _AREA_FILL_SHARE:
        return None
    if whole.width < _AREA_WIDTH_SHARE * _plot_width(scene) or whole.size < _AREA_SHARE * scene.flat.codes.size:
        return None
    mask = _mask(scene, [area for area in areas if area.size > _AREA_PIECE_SHARE * whole.size])
    columns = np.flatnonzero(mask.any(0))
    first, last = int(columns[0]), int(columns[-1])
    inside = mask[:, first : last + 1]
    heights = inside.sum(0)
    if np.median(heights) < _AREA_PX or len(columns) < _AREA_COLUMNS_SHARE * (last - first + 1):
        return None
    upper = inside.argmax(0).astype(float)
    lower = inside.shape[0] - inside[::-1].argmax(0).astype(float)
    solid = heights.sum() / max(1.0, (lower - upper).sum())
    return Curve(code, first, upper, lower) if solid > _AREA_SOLID_SHARE else None
