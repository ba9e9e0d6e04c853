"""Numeric axes of a chart: what the numbers beside a plot say about its pixels.

- An axis is the line through tick values and their pixels that most aligned numbers agree on (RANSAC).
"""

from __future__ import annotations

import itertools
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.labels import Label

_RULING_PX = 3.5  # that numbers stand off their ticks more than others do, at most
_RULED_SHARE = 0.5  # share of the numbers that have a tick where there is one
_NOT_ON_AXES = ("title", "legend", "legend title", "note")
"""roles of numbers that are none of an axis; no number is its title"""
_ALIGNED_EM, _ALIGNED_PX = 0.3, 2.5  # most that numbers of an axis stand apart across it, whichever is more
_ON_AXIS_EM, _ON_AXIS_PX = 0.3, 2.0  # from a number to where its value lies on its axis, at most, whichever is more
_TICK_STEP_PX = 6  # between two numbers of an axis, at least
_MOST_DECIMALS = 9
_TINY = 1e-12


@dataclass(frozen=True)
class Axis:
    """A numeric axis: value = offset + slope × pixel, of the logarithm to base 10 if `log`."""

    slope: float
    offset: float
    labels: tuple[Label, ...]
    log: bool = False
    agreed: float = 1.0  # share of the numbers along it that lie on it; less one of them, since two always do

    def value(self, pixel: float) -> float:
        """Compute the value at a pixel."""
        linear = self.offset + self.slope * pixel
        return 10.0**linear if self.log else linear

    def pixel(self, value: float) -> float:
        """Compute where a value lies; of a logarithmic axis only positive values do."""
        linear = math.log10(max(value, _TINY)) if self.log else value
        return (linear - self.offset) / self.slope

    def on_ticks(self, ticks: Sequence[float]) -> Axis:
        """Move the axis onto its ticks, where they agree: numbers may stand beside their ticks, all by as much."""
        values = np.array([label.number.value for label in self.labels if label.number])
        levels = np.log10(values) if self.log else values
        places = (levels - self.offset) / self.slope
        if len(ticks) < 2:
            return self
        apart = np.array(ticks)[:, None] - places
        nearest = np.abs(apart).argmin(0)
        own = np.abs(apart).argmin(1)[nearest] == np.arange(len(places))  # each the other's nearest
        off = apart[nearest, np.arange(len(places))]
        near = own & (np.abs(off - np.median(off[own])) <= _RULING_PX)
        if near.sum() < max(2, _RULED_SHARE * len(places)):
            return self
        slope, offset = np.polyfit(np.array(ticks)[nearest[near]], levels[near], 1)
        return replace(self, slope=float(slope), offset=float(offset))

    def steps_beyond(self, pixels: np.ndarray) -> np.ndarray:
        """How many steps between its numbers places (N,) lie beyond the first and last of these; 0 between them."""
        places = np.sort([self.pixel(label.number.value) for label in self.labels if label.number])
        off = np.maximum(places[0] - pixels, pixels - places[-1]).clip(min=0)
        return off / max(1.0, float(np.median(np.diff(places))))

    @property
    def unit(self) -> str:
        """The unit that most of its numbers carry."""
        units = [label.number.unit for label in self.labels if label.number and label.number.value]
        return max(set(units), key=units.count) if units else ""

    def write(self, value: float) -> str:
        """Write a value to about the pixel, with the unit of the ticks."""
        number = parse_number(f"1{self.unit}")
        unit = number.value if number else 1.0
        step = abs(self.slope) * (abs(value) * math.log(10) if self.log else 1) / unit
        decimals = -math.floor(math.log10(max(step, _TINY)))
        return write_number(value / unit, decimals) + self.unit


def write_all(axis: Axis, pixels: Sequence[float]) -> list[str]:
    """Write the values at pixels with as few decimals as all of them agree with, to the pixel."""
    exact = [axis.value(pixel) for pixel in pixels]
    written = [axis.write(value) for value in exact]
    number = parse_number(f"1{axis.unit}")
    unit = number.value if number else 1.0
    for decimals in range(_MOST_DECIMALS, -1, -1):
        rounded = [round(value / unit, decimals) * unit for value in exact]
        if any(abs(axis.pixel(value) - pixel) > 1 for value, pixel in zip(rounded, pixels, strict=True)):
            break
        written = [write_number(value / unit, decimals) + axis.unit for value in rounded]
    return written


def write_number(value: float, decimals: int) -> str:
    """Write a number with so many decimals; fewer than none round to tens, hundreds …"""
    rounded = round(value, decimals) + 0.0  # no negative zero
    text = f"{rounded:.{max(0, decimals)}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def find_axes(labels: Sequence[Label], vertical: bool) -> list[Axis]:
    """Find numeric axes along y (vertical) or x, the one with most ticks first."""
    numbers = [label for label in labels if label.number and label.role not in _NOT_ON_AXES]
    numbers = [label for label in numbers if not (vertical and label.is_slanted)]  # only what stands below is slanted
    axes: list[Axis] = []
    for group in aligned(numbers, vertical):
        axis = fitted(np.array([label.y if vertical else label.tick_x for label in group]), group)
        if axis and not any(set(axis.labels) & set(other.labels) for other in axes):
            axes.append(axis)
    return axes


def aligned(labels: Sequence[Label], vertical: bool) -> list[list[Label]]:
    """Group labels, at least two, that share an edge or the middle; the largest group first."""
    edges: tuple[Callable[[Label], float], ...] = (
        (lambda label: label.box.right, lambda label: label.x, lambda label: label.box.left)
        if vertical
        else (lambda label: label.y, lambda label: label.box.bottom, lambda label: label.box.top)
    )
    groups = {}
    for edge, label in itertools.product(edges, labels):
        tolerance = max(_ALIGNED_PX, _ALIGNED_EM * label.em_px)
        near = [number for number, other in enumerate(labels) if abs(edge(other) - edge(label)) <= tolerance]
        if len(near) >= 2:
            groups[tuple(near)] = [labels[number] for number in near]
    return sorted(groups.values(), key=len, reverse=True)


def fitted(places: np.ndarray, labels: Sequence[Label]) -> Axis | None:
    """Fit the axis that most numbers at places (N,) agree on, linear or logarithmic.

    At least three of them agree, or two if there are but two. The logarithms of positive numbers count as well as the
    numbers do: whichever more labels agree on is the axis, and among as many the linear one. Three labels alone make a
    logarithmic axis only if they are whole powers of ten apart: any two of them and a misread one might.
    """
    values = np.array([label.number.value for label in labels if label.number])
    logs = np.log10(np.where(values > 0, values, np.nan))
    linear, chosen = _consensus(places, values, labels), _consensus(places, logs, labels)
    decades = np.diff(np.sort(logs[chosen]))
    if len(chosen) > max(2, len(linear)) and (len(chosen) > 3 or np.allclose(decades, decades.round())):
        return _axis(places, logs, chosen, labels, True)
    return _axis(places, values, linear, labels, False) if len(linear) >= min(3, len(labels)) else None


def _consensus(places: np.ndarray, values: np.ndarray, labels: Sequence[Label]) -> list[int]:
    """Find the largest set of labels on one line of values over pixels."""
    tolerance = np.array([max(_ON_AXIS_PX, _ON_AXIS_EM * label.em_px) for label in labels])
    best: list[int] = []
    for i, j in itertools.combinations(range(len(labels)), 2):
        close = abs(places[i] - places[j]) < _TICK_STEP_PX
        if close or values[i] == values[j] or not np.isfinite(values[[i, j]]).all():
            continue
        slope = (values[j] - values[i]) / (places[j] - places[i])
        error = np.abs((values - values[i]) / slope - (places - places[i]))
        agreeing = np.flatnonzero(error <= tolerance)
        if len(agreeing) > len(best):
            best = agreeing.tolist()
    return best


def _axis(places: np.ndarray, values: np.ndarray, chosen: list[int], labels: Sequence[Label], log: bool) -> Axis | None:
    slope, offset = np.polyfit(places[chosen], values[chosen], 1)
    if not slope:
        return None
    return Axis(float(slope), float(offset), tuple(labels[i] for i in chosen), log, (len(chosen) - 1) / len(labels))
