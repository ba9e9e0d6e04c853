"""Rectangles of one thickness, which may be the bars of a chart, and where they stand: direction, baseline and lanes.

- A rectangle fills its box, or has whole corners where a text stands on it; bars that touch are separated at the steps
  of their outline, and pieces that a text cut apart are put together.
- Hair-thin ones are dropped where they are outlines, blended edges or axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.colors import Area
from sokdok.figures.chart.read.scene import Scene, commonest
from sokdok.imaging.box import Box
from sokdok.imaging.grouping import close_values

_SOLID_SHARE = 0.86  # share of its box that a bar fills
_BODY_SHARE = 0.95  # share of a bar that is left without what sticks out of it, at least
_PIERCED_SHARE = 0.5  # share of its box that a bar with a text on it fills, whose corners are whole
_PIERCED_PX = 12  # shorter side of a bar with a text on it, at least
_LEAST_PX = 8  # pixels of a bar, at least
_FRAME_SHARE = 0.9  # share of the picture's width or height from which a rectangle is a frame
_THIN_PX = 3  # sides of a bar that counts for the commonest thickness, at least
_SAME_THICKNESS_PX, _SAME_THICKNESS_SHARE = 1.6, 0.08
"""most that bars of one thickness differ, in pixels or as a share of it, whichever is more"""

_OUTLINE_FILL_SHARE = 0.3  # share of its box that touching bars fill, at least
_BLENDED_LEVELS = 12  # levels of 255 that a blended colour is off the way between the two that it blends
_LETTER_SHARE = 0.01  # share of the picture that a letter covers at most, whose outline may have steps, too
_STEP_PX = 1  # of an outline, where one bar ends and the next begins
_STEP_WIDTH_PX = 4  # thickness of a touching bar, at least
_FLAT_PX = 2  # height within which the top of a touching bar stays
_UNEQUAL_SHARE = 0.25  # share of what bars take up across, from which those of another thickness are many
_EQUAL_SHARE = 0.25  # share of touching bars that are as high as their neighbours, at most
_BASE_SHARE, _BARS_SHARE = 0.95, 0.9
"""share of the columns of touching bars with a common base; and share that are of a bar"""

_SAME_LANE_PX = 1.5  # most that the middles of the pieces of a bar lie apart
_GAP_PX = 4  # between the parts of a stack, at most
_HAIR_PX = 2.5  # length of a hair-thin bar, at most
_ON_BAR_PX = 2  # most that the middles of a bar and its outline lie apart


@dataclass(frozen=True)
class Bar:
    """A rectangle as seen along its values: vertical ones run from the bottom up, where pixels are negative."""

    code: int  # its colour
    across: tuple[float, float]  # its lane's extent
    along: tuple[float, float]  # least and greatest pixel in the direction of values

    @property
    def thickness(self) -> float:
        return self.across[1] - self.across[0]

    @property
    def lane(self) -> float:
        """Middle of its lane."""
        return (self.across[0] + self.across[1]) / 2

    @property
    def length(self) -> float:
        return self.along[1] - self.along[0]

    def offset_from(self, pixel: float) -> float:
        """Compute the pixels between a place along the values and the nearer end."""
        return min(abs(edge - pixel) for edge in self.along)


def bars_of(scene: Scene, vertical: bool) -> tuple[list[Bar], bool]:
    """Find the rectangles of a picture that share the commonest thickness across a direction.

    Returns too whether many others of another thickness stand right beside bars, on one line with them: unequal bins.
    """
    found = [_bar(area, scene, vertical) for area in scene.marks if _is_rectangle(area, scene)]
    letter = _LETTER_SHARE * scene.size[0] * scene.size[1]
    outlines = [a for a in scene.marks if _OUTLINE_FILL_SHARE < a.fill < _SOLID_SHARE and a.box.area > letter]
    found += [bar for area in outlines for bar in _touching_bars(area, vertical)]
    solid = [bar for bar in found if bar.thickness >= _THIN_PX and bar.length >= _THIN_PX]
    if not solid:
        return [], False
    common = _commonest_thickness(solid)
    tolerance = max(_SAME_THICKNESS_PX, _SAME_THICKNESS_SHARE * common)
    alike = [bar for bar in found if abs(bar.thickness - common) <= tolerance]
    others = [bar for bar in solid if bar not in alike and any(_continues(bar, other) for other in solid)]
    unequal = sum(bar.thickness for bar in others) > _UNEQUAL_SHARE * sum(bar.thickness for bar in solid)
    return _without_edges(_merged(alike, scene.em_px)), unequal and len(others) > 1


def _continues(bar: Bar, other: Bar) -> bool:
    """Check whether a bar begins where another ends across them, on one line with it."""
    beside = min(abs(bar.across[0] - other.across[1]), abs(bar.across[1] - other.across[0])) <= _GAP_PX
    return beside and bar.code == other.code and abs(bar.along[0] - other.along[0]) <= _FLAT_PX


def _commonest_thickness(bars: Sequence[Bar]) -> float:
    """Compute the thickness with which most is drawn: small signs beside a chart may be many."""
    tolerance = max(_SAME_THICKNESS_PX, _SAME_THICKNESS_SHARE / 2 * max(bar.thickness for bar in bars))
    groups = close_values([bar.thickness for bar in bars], tolerance)
    group = max(groups, key=lambda group: sum(bars[i].thickness * bars[i].length for i in group))
    return float(np.median([bars[i].thickness for i in group]))


def _is_rectangle(area: Area, scene: Scene) -> bool:
    width, height = scene.size
    frame = area.width > _FRAME_SHARE * width or area.height > _FRAME_SHARE * height
    if frame or area.size < _LEAST_PX or area.fill < _PIERCED_SHARE:
        return False
    large = min(area.width, area.height) > _PIERCED_PX
    solid = area.size >= _SOLID_SHARE * body_of(area).area
    return solid or (large and _has_corners(area, scene.flat.codes))


def body_of(area: Area) -> Box:
    """Box of an area without bits that stick out, such as of a number that touches it; its own box if much does."""
    mask = area.mask()
    rows, columns = (np.flatnonzero(counts > counts.max() / 2) for counts in (mask.sum(1), mask.sum(0)))
    inside = mask[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1].sum()
    left, top = area.box[:2]
    body = Box(left + int(columns[0]), top + int(rows[0]), left + int(columns[-1]) + 1, top + int(rows[-1]) + 1)
    return body if inside >= _BODY_SHARE * area.size else area.box


def _touching_bars(area: Area, vertical: bool) -> list[Bar]:
    """Cut the bars of a histogram apart: an area with a straight base and a profile of few steps; none if it is not."""
    if vertical:
        return _columns(area)
    return [replace(bar, along=(-bar.along[1], -bar.along[0])) for bar in _columns(area.transposed())]


def _columns(area: Area) -> list[Bar]:
    """Cut an area into bars whose base is its bottom, at the steps of its top."""
    left, _, right, bottom = area.sides
    top, low = np.full(right - left, bottom), np.zeros(right - left, int)
    for y, start, end in area.runs.tolist():
        top[start - left : end - left] = np.minimum(top[start - left : end - left], y)
        low[start - left : end - left] = y + 1
    cuts = np.flatnonzero(np.abs(np.diff(top)) > _STEP_PX) + 1
    parts = np.split(np.arange(right - left), cuts)
    wide = [part for part in parts if len(part) >= _STEP_WIDTH_PX and np.ptp(top[part]) <= _FLAT_PX]
    based = np.mean(np.abs(low - bottom) <= 1) > _BASE_SHARE
    if not based or sum(map(len, wide)) <= _BARS_SHARE * (right - left) or len(wide) < 2:
        return []
    return [
        Bar(area.code, (left + int(part[0]), left + int(part[-1]) + 1), (-bottom, -float(np.median(top[part]))))
        for part in _alike(wide)
    ]


def _alike(parts: list[np.ndarray]) -> list[np.ndarray]:
    """Cut parts in two or more that are as wide as so many others: bars of one height beside each other.

    They stay if they are more than a few: bars of different widths.
    """
    unit = float(np.median([len(part) for part in parts]))
    counts = [max(1, round(len(part) / unit)) for part in parts]
    few = sum(count > 1 for count in counts) <= _EQUAL_SHARE * len(parts)
    whole = all(abs(len(part) / count - unit) <= 1 for part, count in zip(parts, counts, strict=True))
    return (
        [piece for part, count in zip(parts, counts, strict=True) for piece in np.array_split(part, count)]
        if few and whole
        else parts
    )


def _has_corners(area: Area, codes: np.ndarray) -> bool:
    left, top, right, bottom = area.sides
    return all(codes[y, x] == area.code for y in (top + 1, bottom - 2) for x in (left + 1, right - 2))


def _bar(area: Area, scene: Scene, vertical: bool) -> Bar:
    left, top, right, bottom = body_of(area)
    pixels = scene.flat.pixels.transpose(1, 0, 2) if vertical else scene.flat.pixels
    across, along = ((left, right), (top, bottom)) if vertical else ((top, bottom), (left, right))
    inside = pixels[int(across[0]) : int(across[1])].astype(float)
    first, last = edge_of(inside, int(along[0]), -1), edge_of(inside, int(along[1]) - 1, 1)
    return Bar(area.code, across, (-last, -first) if vertical else (first, last))


def edge_of(lane: np.ndarray, last: int, way: int) -> float:
    """Find where a bar ends between pixels: its outermost ones blend its colour with what is beyond.

    lane: (thickness, W, 3). last: column of the last pixel that has its colour. way: -1 to the left, 1 to the right.
    """
    outer = float(last + (way > 0))
    if not 2 <= last < lane.shape[1] - 2:
        return outer
    beyond, edge, end, inside = (np.median(lane[:, last + way * step], 0) for step in (2, 1, 0, -1))
    contrast = inside - beyond
    shares = np.array([(color - beyond) @ contrast / max(1.0, contrast @ contrast) for color in (edge, end)]).clip(0, 1)
    off = np.abs(beyond + shares[:, None] * contrast - np.stack([edge, end]))
    return float(last + 0.5 + way * (shares.sum() - 0.5)) if off.max() <= _BLENDED_LEVELS else outer


def _merged(bars: Sequence[Bar], gap: float) -> list[Bar]:
    """Put together bars that a text cut in two."""
    merged: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.across, bar.along)):
        last = merged[-1] if merged else None
        same = last is not None and last.code == bar.code and abs(last.lane - bar.lane) < _SAME_LANE_PX
        if last is not None and same and 0 <= bar.along[0] - last.along[1] < gap:
            merged[-1] = replace(last, along=(last.along[0], bar.along[1]))
        else:
            merged.append(bar)
    return merged


def _without_edges(bars: Sequence[Bar]) -> list[Bar]:
    """Drop hair-thin bars of no bar's colour, or on a bar of another: outlines, blended edges, axes."""
    solid = [bar for bar in bars if bar.length > _HAIR_PX]
    codes = {bar.code for bar in solid}
    thin = [bar for bar in bars if bar.length <= _HAIR_PX and bar.code in codes]
    return solid + [bar for bar in thin if not any(_is_on(bar, other) for other in solid)]


def _is_on(bar: Bar, other: Bar) -> bool:
    return abs(bar.lane - other.lane) < _ON_BAR_PX and adjacent(bar, other)


def adjacent(bar: Bar, other: Bar) -> bool:
    """Check whether one bar begins where the other ends."""
    return min(abs(bar.along[0] - other.along[1]), abs(bar.along[1] - other.along[0])) <= _GAP_PX


_BASELINE_PX = 1.5  # most that neighbouring ends differ that make up the baseline
_TOUCHING_PX = 2  # from the baseline to the end of a bar that counts for a direction, at most
_ON_BASELINE_PX = 2.5  # from the baseline to the end of a bar that stands on it, at most
_AXIS_SUPPORT, _SINGLE_SUPPORT = 0.5, -0.6
"""what an axis along the bars adds to the support of a direction, and what a single bar takes away"""
_CONNECTED_SHARE = 0.5  # share of the bars connected with the baseline, below which none are dropped
_LANE_SHARE = 0.3  # share of the thinnest bar's thickness that neighbouring bars of a lane differ, at most
_STACKED_SHARE = 0.4  # share of the lanes with several colours from which bars are stacked


@dataclass(frozen=True)
class Bars:
    """The bars of one direction. Along the values, pixels of vertical bars are negative, so that values rise."""

    vertical: bool
    bars: tuple[Bar, ...] = ()
    baseline: float = 0.0  # pixel along the values at which most bars begin
    support: float = 0.0  # how many rectangles agree on thickness and baseline
    unequal: bool = False  # whether others beside them are of another thickness

    @cached_property
    def lanes(self) -> list[list[Bar]]:
        """Bars of each lane along the values, lanes in rising order."""
        return _lanes(self.bars)

    @cached_property
    def places(self) -> list[float]:
        """Middle of each lane."""
        return [float(np.mean([bar.lane for bar in lane])) for lane in self.lanes]

    @cached_property
    def span(self) -> tuple[float, float]:
        """Least and greatest pixel across the lanes."""
        return min(bar.across[0] for bar in self.bars), max(bar.across[1] for bar in self.bars)

    @cached_property
    def reach(self) -> tuple[float, float]:
        """Least and greatest pixel along the values."""
        return min(bar.along[0] for bar in self.bars), max(bar.along[1] for bar in self.bars)

    @cached_property
    def stacked(self) -> bool:
        several = sum(len({bar.code for bar in lane}) > 1 for lane in self.lanes)
        return several >= max(1, _STACKED_SHARE * len(self.lanes))

    def pixel(self, along: float) -> float:
        """Convert a pixel along the values to y, or x, of the picture."""
        return -along if self.vertical else along

    def is_on_baseline(self, bar: Bar) -> bool:
        return bar.offset_from(self.baseline) <= _ON_BASELINE_PX


def find_bars_along(scene: Scene, vertical: bool) -> Bars:
    """Find the bars of a direction: rectangles of one thickness that are connected with a common baseline."""
    found, unequal = bars_of(scene, vertical)
    if not found:
        return Bars(vertical)
    baseline = commonest([edge for bar in found for edge in bar.along], _BASELINE_PX)
    touching = sum(bar.offset_from(baseline) <= _TOUCHING_PX for bar in found)
    axes = scene.vertical_axes if vertical else scene.horizontal_axes
    support = len(found) + touching + bool(axes) * _AXIS_SUPPORT + (len(found) == 1) * _SINGLE_SUPPORT
    return Bars(vertical, tuple(_connected(found, baseline)), baseline, support, unequal)


def _connected(bars: Sequence[Bar], baseline: float) -> Sequence[Bar]:
    """Drop the rectangles that stand neither on the baseline nor on another bar of their lane, if they are few."""
    valid: list[Bar] = []
    for lane in _lanes(bars):
        reached = [bar for bar in lane if bar.offset_from(baseline) <= _ON_BASELINE_PX]
        rest = [bar for bar in lane if bar not in reached]
        while joining := [bar for bar in rest if any(adjacent(bar, other) for other in reached)]:
            reached += joining
            rest = [bar for bar in rest if bar not in joining]
        valid += reached
    return valid if len(valid) >= _CONNECTED_SHARE * len(bars) else bars


def _lanes(bars: Sequence[Bar]) -> list[list[Bar]]:
    """Group bars by lane; bars of a lane sorted along the values, lanes in rising order."""
    if not bars:
        return []
    tolerance = _LANE_SHARE * min(bar.thickness for bar in bars)
    groups = close_values([bar.lane for bar in bars], tolerance)
    return [sorted((bars[i] for i in group), key=lambda bar: bar.along) for group in groups]
