"""Where the bars of a chart stand: their direction, baseline and lanes."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.bars.rectangles import Bar, adjacent, bars_of
from sokdok.figures.chart.read.scene import Scene, commonest
from sokdok.imaging.grouping import close_values

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
