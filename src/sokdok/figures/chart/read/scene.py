"""What every kind of chart is read from: flat areas, texts, axes, the legend; and what a reading comes to."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.colors import Area, FlatPicture
from sokdok.figures.chart.read.text import Axis, Label, find_axes, joined


@dataclass(frozen=True)
class Found:
    """A chart's table."""

    kind: str
    categories: tuple[str, ...]
    series: tuple[str, ...]
    """"" for a single series that nothing names"""
    values: tuple[tuple[str, ...], ...]
    """of each series one a category, "" where nothing was found"""
    confidence: float
    """0 to 1: how well texts and marks explain each other"""
    category_title: str = ""
    value_title: str = ""


@dataclass(frozen=True)
class Scene:
    """A picture taken apart."""

    flat: FlatPicture
    labels: tuple[Label, ...]
    slanted: Callable[[int], list[Label]] = field(default=lambda angle: [])
    """reads the texts that lie at an angle"""

    @property
    def size(self) -> tuple[int, int]:
        """Width, height."""
        return self.flat.codes.shape[1], self.flat.codes.shape[0]

    @cached_property
    def text_size(self) -> float:
        """Median height of the letters."""
        return float(np.median([label.size for label in self.labels])) if self.labels else 12.0

    @cached_property
    def upward_axes(self) -> list[Axis]:
        return [axis.on_rules(self.flat.level_rules) for axis in find_axes(self.labels, True)]

    @cached_property
    def sideward_axes(self) -> list[Axis]:
        return [axis.on_rules(self.flat.upright_rules) for axis in find_axes(self.labels, False)]

    @cached_property
    def _entries(self) -> list[tuple[Area, Label]]:
        """Swatches and the texts right of them."""
        pairs = [(area, label) for label in self.labels if not label.angle and (area := self._swatch(label))]
        return [pair for pair in pairs if self._is_shown(pair[0]) and _belongs(pair, pairs)]

    @cached_property
    def legend(self) -> dict[int, tuple[Area, Label]]:
        """Colour → its swatch and the text right of it."""
        found: dict[int, tuple[Area, Label]] = {}
        for area, label in self._entries:
            found.setdefault(area.code, (area, label))
        return found

    def _swatch(self, label: Label) -> Area | None:
        """The nearest small area left of a text, at its height."""
        size = label.size

        def near(area: Area) -> bool:
            gap = label.box[0] - area.box[2]
            level = abs(area.middle[1] - label.y) < 0.5 * size
            small = area.height <= 1.8 * size and area.width <= 4 * size and area.size >= 0.1 * size**2
            return level and small and -0.1 * size <= gap <= 1.6 * size

        return min(filter(near, self.flat.areas), key=lambda area: label.box[0] - area.box[2], default=None)

    def _is_shown(self, swatch: Area) -> bool:
        """Whether the colour of a swatch has other, larger areas."""
        others = [area.size for area in self.flat.areas if area.code == swatch.code and area is not swatch]
        return sum(others) > 1.5 * swatch.size

    @cached_property
    def swatches(self) -> frozenset[int]:
        """`id` of the areas that are swatches of the legend."""
        return frozenset(id(area) for area, _ in self._entries)

    @cached_property
    def marks(self) -> tuple[Area, ...]:
        """The areas that are not of the legend."""
        return tuple(area for area in self.flat.areas if id(area) not in self.swatches)

    def is_cut(self, area: Area) -> bool:
        """Whether an area reaches the border of the picture."""
        width, height = self.size
        return area.box[0] <= 0 or area.box[1] <= 0 or area.box[2] >= width or area.box[3] >= height

    def name_of(self, code: int) -> str:
        """What the legend calls a colour, "" if nothing."""
        if code not in self.legend:
            return ""
        label = self.legend[code][1]
        below = [other for other in self.labels if _continues(label, other) and not self._swatch(other)]
        return joined([label, *below[:1]]).text

    def contrast(self, code: int) -> float:
        """Largest difference of a channel between a colour and the ground."""
        return float(np.abs(self.flat.colors[code] - self.flat.colors[min(self.flat.grounds)]).max())


def _belongs(pair: tuple[Area, Label], pairs: Sequence[tuple[Area, Label]]) -> bool:
    """Whether a swatch is in a legend: another of its size stands in its column or row, with another colour.

    A bar with its value beside it looks the same, but such bars differ in length and often share a colour. A lone
    swatch counts where its text is no number.
    """
    area, label = pair
    for other, text in pairs:
        alike = abs(other.width - area.width) <= 3 and abs(other.height - area.height) <= 2
        in_line = abs(text.box[0] - label.box[0]) < 3 or abs(text.y - label.y) < 0.4 * label.size
        if other.code != area.code and alike and in_line:
            return True
    return label.number is None and len(pairs) == 1


def _continues(first: Label, second: Label) -> bool:
    """Whether a text is the next line of another."""
    gap = second.box[1] - first.box[3]
    return -0.3 * first.size < gap < 0.35 * first.size and abs(second.box[0] - first.box[0]) < 0.5 * first.size


def cluster(values: Sequence[float], slack: float) -> list[list[int]]:
    """Indices of values that lie within a slack of their neighbours, in rising order."""
    order = sorted(range(len(values)), key=lambda i: values[i])
    groups: list[list[int]] = []
    for index in order:
        if groups and values[index] - values[groups[-1][-1]] <= slack:
            groups[-1].append(index)
        else:
            groups.append([index])
    return groups


def commonest(values: Sequence[float], slack: float) -> float:
    """The middle of the largest group of like values."""
    group = max(cluster(values, slack), key=len)
    return float(np.median([values[i] for i in group]))


def pitch(places: Sequence[float]) -> float:
    """The usual distance between neighbours; infinite for a single place."""
    ordered = sorted(places)
    return float(np.median([b - a for a, b in itertools.pairwise(ordered)])) if len(ordered) > 1 else float("inf")
