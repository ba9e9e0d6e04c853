"""Rectangles of one thickness: what may be the bars of a chart, upright or sideways.

- A rectangle fills its box, or has whole corners where a text stands on it; bars that touch are told apart by the steps
  of their outline, and pieces that a text parted are put together.
- Hair-thin ones are dropped where they are outlines, blended edges or axes.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.figures.chart.read.colors import Area
from sokdok.figures.chart.read.scene import Scene, commonest

_SOLID, _PIERCED = 0.86, 0.5
"""share of its box that a bar fills; and one with a text on it, whose corners are whole"""
_LETTERS = 0.01
"""share of the picture that a letter covers at most, whose outline may have steps, too"""
_GAP = 4
"""pixels between the parts of a stack, at most"""


@dataclass(frozen=True)
class Bar:
    """A rectangle as seen along its values: upright ones run from the bottom up."""

    code: int
    across: tuple[float, float]
    """its lane's extent"""
    along: tuple[float, float]
    """least and greatest pixel in the direction of values"""

    @property
    def thick(self) -> float:
        return self.across[1] - self.across[0]

    @property
    def lane(self) -> float:
        return (self.across[0] + self.across[1]) / 2

    @property
    def length(self) -> float:
        return self.along[1] - self.along[0]


def bars_of(scene: Scene, upright: bool) -> list[Bar]:
    """The rectangles of a picture that share the commonest thickness across a direction."""
    found = [_bar(area, upright) for area in scene.marks if _is_rectangle(area, scene)]
    large = _LETTERS * scene.size[0] * scene.size[1]
    outlines = [area for area in scene.marks if 0.3 < area.fill < _SOLID and area.width * area.height > large]
    found += [bar for area in outlines for bar in _steps(area, upright)]
    solid = [bar for bar in found if bar.thick >= 3 and bar.length >= 3]
    if not solid:
        return []
    thick = commonest([bar.thick for bar in solid], max(1.5, 0.04 * max(bar.thick for bar in solid)))
    like = [bar for bar in found if abs(bar.thick - thick) <= max(1.6, 0.08 * thick)]
    return _without_edges(_merged(like, scene.text_size))


def _is_rectangle(area: Area, scene: Scene) -> bool:
    width, height = scene.size
    frame = area.width > 0.9 * width or area.height > 0.9 * height
    if frame or area.size < 8 or area.fill < _PIERCED:
        return False
    return area.fill >= _SOLID or (min(area.width, area.height) > 12 and _has_corners(area, scene.flat.codes))


def _steps(area: Area, upright: bool) -> list[Bar]:
    """The bars of a histogram that touch: an area with a level base and a profile of few steps; empty if it is none."""
    bars = _columns(area) if upright else _columns(replace(area, box=_flipped(area.box), runs=_turned(area)))
    return [replace(bar, along=bar.along if upright else (-bar.along[1], -bar.along[0])) for bar in bars]


def _flipped(box: tuple[int, int, int, int]) -> tuple[int, int, int, int]:
    return box[1], box[0], box[3], box[2]


def _turned(area: Area) -> np.ndarray:
    """Runs of an area with x and y exchanged."""
    left, top, _, _ = area.box
    mask = np.zeros((area.height, area.width), bool)
    for y, start, end in area.runs.tolist():
        mask[y - top, start - left : end - left] = True
    padded = np.pad(mask.T.astype(np.int8), ((0, 0), (1, 1)))
    rows, starts = np.nonzero(np.diff(padded, axis=1) == 1)
    _, ends = np.nonzero(np.diff(padded, axis=1) == -1)
    return np.stack([rows + left, starts + top, ends + top], 1)


def _columns(area: Area) -> list[Bar]:
    """Bars whose base is the bottom of the area, from the level stretches of its top."""
    left, _, right, bottom = area.box
    top, low = np.full(right - left, bottom), np.zeros(right - left, int)
    for y, start, end in area.runs.tolist():
        top[start - left : end - left] = np.minimum(top[start - left : end - left], y)
        low[start - left : end - left] = y + 1
    cuts = np.flatnonzero(np.abs(np.diff(top)) > 1) + 1
    parts = np.split(np.arange(right - left), cuts)
    wide = [part for part in parts if len(part) >= 4 and np.ptp(top[part]) <= 2]
    level = np.mean(np.abs(low - bottom) <= 1) > 0.95 and sum(map(len, wide)) > 0.9 * (right - left)
    if not level or len(wide) < 2:
        return []
    return [
        Bar(area.code, (left + int(part[0]), left + int(part[-1]) + 1), (-bottom, -float(np.median(top[part]))))
        for part in wide
    ]


def _has_corners(area: Area, codes: np.ndarray) -> bool:
    left, top, right, bottom = area.box
    return all(codes[y, x] == area.code for y in (top + 1, bottom - 2) for x in (left + 1, right - 2))


def _bar(area: Area, upright: bool) -> Bar:
    left, top, right, bottom = area.box
    if upright:
        return Bar(area.code, (left, right), (-bottom, -top))
    return Bar(area.code, (top, bottom), (left, right))


def _merged(bars: Sequence[Bar], gap: float) -> list[Bar]:
    """Bars that a text cut in two made whole again."""
    merged: list[Bar] = []
    for bar in sorted(bars, key=lambda bar: (bar.across, bar.along)):
        last = merged[-1] if merged else None
        same = last is not None and last.code == bar.code and abs(last.lane - bar.lane) < 1.5
        if last is not None and same and 0 <= bar.along[0] - last.along[1] < gap:
            merged[-1] = replace(last, along=(last.along[0], bar.along[1]))
        else:
            merged.append(bar)
    return merged


def _without_edges(bars: Sequence[Bar]) -> list[Bar]:
    """Bars but for hair-thin ones of no bar's colour, or on a bar of another: outlines, blended edges, axes."""
    solid = [bar for bar in bars if bar.length > 2.5]
    codes = {bar.code for bar in solid}
    alone = [
        bar for bar in bars if bar.length <= 2.5 and bar.code in codes and not any(_on(bar, other) for other in solid)
    ]
    return solid + alone


def _on(bar: Bar, other: Bar) -> bool:
    return abs(bar.lane - other.lane) < 2 and adjacent(bar, other)


def adjacent(bar: Bar, other: Bar) -> bool:
    """Whether one bar begins where the other ends."""
    return min(abs(bar.along[0] - other.along[1]), abs(bar.along[1] - other.along[0])) <= _GAP
