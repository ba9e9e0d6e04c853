"""Bars: rectangles of one thickness in lanes, on a common baseline or on each other.

- Upright or sideways is decided by what the rectangles share: thickness and an end.
- A value is what is written at the bar where that agrees with the axis, else what the axis says of its ends; with no
  axis, lengths and the written values together give one.
- Lanes with several colours are stacks; colours that take turns from lane to lane are groups; otherwise one series.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.names import (
    assign_names,
    column_beside,
    fill_names,
    row_below,
    title_below,
    title_beside,
)
from sokdok.figures.chart.read.rectangles import Bar, adjacent, bars_of
from sokdok.figures.chart.read.scene import Found, Scene, cluster, commonest, pitch
from sokdok.figures.chart.read.text import Axis, Label, paragraph, write_number

_LEAST = 0.004
"""share of the picture that all bars fill"""


def find_bars(scene: Scene) -> Found | None:
    """The table of a bar chart, None if the picture is none."""
    chart = max((_Bars.of(scene, upright) for upright in (True, False)), key=lambda bars: bars.support)
    return chart.table() if chart.support >= 2 and chart.is_one and chart.has_values else None


@dataclass(frozen=True)
class _Bars:
    """Bars of one direction."""

    scene: Scene
    upright: bool
    bars: tuple[Bar, ...]
    support: float
    """how many rectangles agree on thickness and baseline"""
    baseline: float

    @classmethod
    def of(cls, scene: Scene, upright: bool) -> _Bars:
        """The rectangles of a picture as bars of a direction."""
        like = bars_of(scene, upright)
        if not like:
            return cls(scene, upright, (), 0, 0)
        baseline = commonest([edge for bar in like for edge in bar.along], 1.5)
        touching = sum(min(abs(edge - baseline) for edge in bar.along) <= 2 for bar in like)
        axes = scene.upward_axes if upright else scene.sideward_axes
        support = len(like) + touching + (0.5 if axes else 0) - (0.6 if len(like) == 1 else 0)
        return cls(scene, upright, tuple(like), support, baseline)._chained()

    def _chained(self) -> _Bars:
        """Without the rectangles that neither stand on the baseline nor on another bar of their lane."""
        kept: list[Bar] = []
        for lane in self._lanes(self.bars):
            reached = [bar for bar in lane if min(abs(edge - self.baseline) for edge in bar.along) <= 2.5]
            rest = [bar for bar in lane if bar not in reached]
            while joining := [bar for bar in rest if any(adjacent(bar, other) for other in reached)]:
                reached += joining
                rest = [bar for bar in rest if bar not in joining]
            kept += reached
        return replace(self, bars=tuple(kept)) if 2 * len(kept) >= len(self.bars) else self

    @staticmethod
    def _lanes(bars: Sequence[Bar]) -> list[list[Bar]]:
        """Bars of a lane sorted along the values, lanes in rising order."""
        if not bars:
            return []
        slack = 0.3 * min(bar.thick for bar in bars)
        groups = cluster([bar.lane for bar in bars], slack)
        return [sorted((bars[i] for i in group), key=lambda bar: bar.along) for group in groups]

    @cached_property
    def lanes(self) -> list[list[Bar]]:
        return self._lanes(self.bars)

    @cached_property
    def places(self) -> list[float]:
        return [float(np.mean([bar.lane for bar in lane])) for lane in self.lanes]

    # --- values ---

    @cached_property
    def axis(self) -> Axis | None:
        """The numeric axis that runs along the bars, moved so that the baseline is on its nearest tick."""
        axes = self.scene.upward_axes if self.upright else self.scene.sideward_axes
        low, high = min(bar.along[0] for bar in self.bars), max(bar.along[1] for bar in self.bars)
        sign = -1 if self.upright else 1
        for axis in axes:
            ticks = [sign * (label.y if self.upright else label.x) for label in axis.labels]
            doubtful = len(ticks) == 2 and self._numbers_inside >= 3
            if max(ticks) > low + 0.3 * (high - low) and not self._inside(axis) and not doubtful:
                return self._snapped(axis)
        return None

    @property
    def _numbers_inside(self) -> int:
        """How many numbers stand among the bars."""
        places = [
            (label.x, label.y) if self.upright else (label.y, label.x) for label in self.scene.labels if label.number
        ]
        low, high = self.bars_extent
        ends = sorted(abs(edge) for bar in self.bars for edge in bar.along)
        return sum(low < across < high and ends[0] - 20 < along < ends[-1] + 20 for across, along in places)

    def _inside(self, axis: Axis) -> bool:
        """Whether an axis's numbers lie where the marks are, as values written at bars of equal length do."""
        first, last = self.bars[0], self.bars[-1]
        low, high = min(first.across[0], last.across[0]), max(first.across[1], last.across[1])
        inside = [low < (label.x if self.upright else label.y) < high for label in axis.labels]
        return sum(inside) > len(inside) / 2

    def _snapped(self, axis: Axis) -> Axis:
        if axis.log or axis.on_grid:
            return axis
        at = -self.baseline if self.upright else self.baseline
        tick = min((label.number.value for label in axis.labels if label.number), key=lambda v: abs(axis.pixel(v) - at))
        tick = 0.0 if abs(axis.pixel(0) - at) < 4 else tick
        shift = axis.pixel(tick) - at
        return replace(axis, offset=axis.offset + axis.slope * shift) if abs(shift) < 5 else axis

    def _at(self, along: float) -> float:
        return -along if self.upright else along

    def _measured(self, bar: Bar) -> float | None:
        """What the axis says."""
        if self.axis is None:
            return None
        low, high = (self.axis.value(self._at(edge)) for edge in bar.along)
        on_base = min(abs(edge - self.baseline) for edge in bar.along) <= 2.5
        if not on_base or self.stacked:
            negative = max(bar.along) <= self.baseline + 2 and max(low, high) <= 0
            return -abs(high - low) if negative else abs(high - low)
        return high if abs(bar.along[0] - self.baseline) <= abs(bar.along[1] - self.baseline) else low

    @cached_property
    def written(self) -> dict[Bar, Label]:
        """The number at each bar, nearest pairs first."""
        ticks = {id(label) for label in self.axis.labels} if self.axis else set()
        numbers = [label for label in self.scene.labels if label.number and id(label) not in ticks and not label.angle]
        pairs = [
            (distance, i, j)
            for i, bar in enumerate(self.bars)
            for j, label in enumerate(numbers)
            if (distance := self._distance(bar, label)) is not None
        ]
        found: dict[Bar, Label] = {}
        used: set[int] = set()
        for _, i, j in sorted(pairs):
            if self.bars[i] not in found and j not in used:
                found[self.bars[i]] = numbers[j]
                used.add(j)
        return found

    def _distance(self, bar: Bar, label: Label) -> float | None:
        """Pixels between a bar's end and a number, less than none inside it; None if it is not at the bar."""
        across, along = (label.x, -label.y) if self.upright else (label.y, label.x)
        half = (label.box[3] - label.box[1] if self.upright else label.box[2] - label.box[0]) / 2
        if abs(across - bar.lane) > bar.thick / 2 + 0.4 * label.size:
            return None
        off = abs(across - bar.lane) / 4
        if bar.along[0] - 2 <= along <= bar.along[1] + 2:
            return off - 1000 if self.stacked or half < bar.length else off
        gap = max(bar.along[0] - along, along - bar.along[1]) - half
        return gap + off if gap < 1.3 * label.size and not self.stacked else None

    def _cell(self, bar: Bar) -> str:
        measured, label = self._measured(bar), self.written.get(bar)
        number = label.number if label else None
        if measured is None:
            return self._cell_by_length(bar, label)
        if label is None or number is None or self.axis is None:
            return self.axis.write(measured) if self.axis else ""
        span = abs(self.axis.slope) * max(other.length for other in self.bars)
        value = abs(number.value) if measured > 0 else number.value
        close = abs(value - measured) <= max(0.12 * abs(measured), 0.025 * span)
        return written_cell(label) if close else self.axis.write(measured)

    def _cell_by_length(self, bar: Bar, label: Label | None) -> str:
        """Without an axis: what is written, unless the other bars' lengths and values say otherwise."""
        pairs = [(found.number, other) for other, found in self.written.items() if found.number and found.number.value]
        rates = np.array([abs(number.value) / other.length for number, other in pairs])
        rate = float(np.median(rates)) if len(rates) else 0.0
        steady = len(rates) >= 3 and float(np.mean(np.abs(rates - rate) < 0.12 * rate)) > 0.6
        number = label.number if label else None
        fits = number is not None and abs(abs(number.value) - rate * bar.length) < max(
            0.25 * abs(number.value), 3 * rate
        )
        if not steady or (label and fits):
            return written_cell(label) if label else ""
        first = pairs[0][0]
        scale = first.value / float(first.digits) if float(first.digits) else 1.0
        decimals = len(first.digits.partition(".")[2])
        return write_number(rate * bar.length / scale, decimals) + first.unit

    @property
    def is_one(self) -> bool:
        """Whether the bars are most of what is drawn, and no single band is taken for a bar."""
        if len(self.lanes) == 1 and self.bars[0].thick > 0.4 * max(self.scene.size):
            return False
        drawn = sum(bar.thick * bar.length for bar in self.bars)
        inside = [area for area in self.scene.marks if not self.scene.is_cut(area)]
        solid = sum(area.size for area in inside if min(area.width, area.height) >= 5 and area.fill > 0.3)
        return drawn > max(0.5 * solid, _LEAST * self.scene.size[0] * self.scene.size[1])

    @property
    def has_values(self) -> bool:
        return self.axis is not None or len(self.written) >= max(2, 0.4 * len(self.bars))

    # --- structure ---

    @cached_property
    def stacked(self) -> bool:
        several = sum(len({bar.code for bar in lane}) > 1 for lane in self.lanes)
        return several >= max(1, 0.4 * len(self.lanes))

    @cached_property
    def names(self) -> list[Label]:
        """Category names, in the order of the lanes."""
        if self.upright:
            floor = -min(min(bar.along[0] for bar in self.bars), self._axis_end)
            span = (self.bars_extent[0], self.bars_extent[1])
            return row_below(self.scene, floor, span, len(self._groups_by_gap))
        wall = min(bar.along[0] for bar in self.bars)
        return column_beside(self.scene, wall, self.group_places)

    @property
    def bars_extent(self) -> tuple[float, float]:
        return min(bar.across[0] for bar in self.bars), max(bar.across[1] for bar in self.bars)

    @property
    def _axis_end(self) -> float:
        """Where the axis begins; names stand beyond it, below negative bars."""
        return -max(label.y for label in self.axis.labels) if self.axis and self.upright else float("inf")

    @cached_property
    def _groups_by_gap(self) -> list[list[int]]:
        """Lanes that stand together: a wider gap or a colour's return begins a group."""
        codes = [lane[0].code for lane in self.lanes]
        if self.stacked or len(set(codes)) == 1:
            return [[i] for i in range(len(self.lanes))]
        steps = np.diff(self.places)
        groups = [[0]]
        for i, step in enumerate(steps, 1):
            if step > 1.35 * steps.min() or codes[i] in {codes[j] for j in groups[-1]}:
                groups.append([])
            groups[-1].append(i)
        return groups

    @cached_property
    def groups(self) -> list[list[int]]:
        """Lanes of each category. Lanes that have a name each are a category each."""
        groups = self._groups_by_gap
        if len(groups) == len(self.lanes):
            return groups
        if self.upright:
            named = assign_names(self.places, self.names, True, 0.4 * pitch(self.places))
        else:
            wall = min(bar.along[0] for bar in self.bars)
            beside = column_beside(self.scene, wall, self.places)
            named = assign_names(self.places, beside, False, 0.3 * pitch(self.places))
        alone = sum(name is not None for name in named) >= 0.75 * len(self.lanes)
        return [[i] for i in range(len(self.lanes))] if alone else groups

    @cached_property
    def group_places(self) -> list[float]:
        groups = self._groups_by_gap if self.upright else self.groups
        return [float(np.mean([self.places[i] for i in group])) for group in groups]

    @cached_property
    def codes(self) -> list[int]:
        """The colours that are series, in the order of the legend, else of the bars."""
        single = not self.stacked and all(len(group) == 1 for group in self.groups)
        if single:
            return []
        counts = Counter(bar.code for bar in self.bars)
        enough = [
            code for code, count in counts.items() if count >= 0.3 * len(self.groups) or code in self.scene.legend
        ]
        order = list(self.scene.legend)
        return sorted(enough, key=lambda code: order.index(code) if code in order else len(order))

    # --- table ---

    def table(self) -> Found:
        """Everything together."""
        groups = self.groups
        centers = [float(np.mean([self.places[i] for i in group])) for group in groups]
        names, confidence = self._category_names(centers)
        columns = [self._column(code) for code in self.codes] or [self._single_column()]
        series = [self._series_name(code) for code in self.codes] or [""]
        filled = np.mean([bool(cell) for column in columns for cell in column])
        named = np.mean([bool(name) for name in names])
        order = range(len(names))
        return Found(
            "bar",
            tuple(names[i] for i in order),
            tuple(series),
            tuple(tuple(column[i] for i in order) for column in columns),
            float(confidence * filled * (0.4 + 0.6 * named)),
            *self._titles(),
        )

    def _titles(self) -> tuple[str, str]:
        if self.upright:
            span = self.bars_extent
            return title_below(self.scene, self.names, span), title_beside(self.scene, self.axis)
        ticks = [label.x for label in self.axis.labels] if self.axis else []
        span = min(*ticks, *(bar.along[0] for bar in self.bars)), max(*ticks, *(bar.along[1] for bar in self.bars))
        return title_beside(self.scene, None), title_below(self.scene, self.axis.labels if self.axis else (), span)

    def _category_names(self, centers: Sequence[float]) -> tuple[list[str], float]:
        reach = 0.5 * min(pitch(centers), 12 * self.scene.text_size)
        labels = assign_names(centers, self.names, self.upright, reach)
        confidence = float(np.mean([label.confidence for label in labels if label] or [0.3]))
        names = [label.text.strip() if label else "" for label in labels]
        if self.upright and self._names_at_edges(labels, centers):
            return self._ranges(), confidence
        return fill_names(names), confidence

    def _names_at_edges(self, labels: Sequence[Label | None], centers: Sequence[float]) -> bool:
        """Whether a histogram's ticks mark where its bars begin and end."""
        off = [abs(label.below_tick - center) for label, center in zip(labels, centers, strict=True) if label]
        found = len(off) >= 2 and bool(self.scene.sideward_axes) and self.bars[0].thick > 0.85 * pitch(centers)
        return found and float(np.median(off)) > 0.3 * pitch(centers)

    def _ranges(self) -> list[str]:
        names = set(self.names)
        axis = max(self.scene.sideward_axes, key=lambda axis: len(names & set(axis.labels)))
        half = pitch(self.places) / 2
        return [f"{axis.write(place - half)}-{axis.write(place + half)}" for place in self.places]

    def _single_column(self) -> list[str]:
        return [self._cell(max(lane, key=lambda bar: bar.length)) for lane in self.lanes]

    def _column(self, code: int) -> list[str]:
        column = []
        for group in self.groups:
            bars = [bar for i in group for bar in self.lanes[i] if bar.code == code]
            column.append(self._cell(max(bars, key=lambda bar: bar.length)) if bars else self._nothing())
        return column

    def _nothing(self) -> str:
        """A bar too short to be seen."""
        return "0" if self.axis else ""

    def _series_name(self, code: int) -> str:
        return self.scene.name_of(code) or self._heading(code)

    def _heading(self, code: int) -> str:
        """The text above the first part of a colour, where stacks lie sideways."""
        if self.upright:
            return ""
        first = next(bar for lane in self.lanes for bar in lane if bar.code == code)
        top = self.bars_extent[0]
        above = [
            label
            for label in self.scene.labels
            if label.box[3] < top + 3 and top - label.box[3] < 4 * label.size and label.number is None
            and label.box[0] < first.along[1] and label.box[2] > first.along[0]
        ]  # fmt: skip
        center = (first.along[0] + first.along[1]) / 2
        if not above:
            return ""
        nearest = min(above, key=lambda label: (round((top - label.box[3]) / label.size), abs(label.x - center)))
        words = nearest.text.split()
        shared = [bar for bar in self.lanes[0] if nearest.box[0] < bar.along[1] and nearest.box[2] > bar.along[0]]
        if len(shared) == len(words) > 1 and first in shared:
            return words[sorted(shared, key=lambda bar: bar.along).index(first)]
        return paragraph(nearest, [label for label in above if _width(label) < 1.5 * _width(nearest)]).text


def _width(label: Label) -> float:
    return label.box[2] - label.box[0]


def written_cell(label: Label) -> str:
    """A number as a table's cell: no separators, its unit kept."""
    return f"{label.number.digits}{label.number.unit}" if label.number else ""
