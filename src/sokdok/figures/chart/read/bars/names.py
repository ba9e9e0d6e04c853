"""What the bars of a chart are called: which lanes make up a category, names of categories, series and axes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np

from sokdok.figures.chart.read.axes import Axis, write_all
from sokdok.figures.chart.read.bars.rectangles import Bars
from sokdok.figures.chart.read.labels import Label, paragraph
from sokdok.figures.chart.read.names import (
    assign_names,
    column_beside,
    fill_names,
    row_below,
    title_below,
    title_beside,
)
from sokdok.figures.chart.read.scene import Scene, pitch

_GROUP_STEP = 1.35  # smallest steps between lanes from which a step begins a group
_OWN_NAME_STEPS = {True: 0.4, False: 0.3}
"""steps between lanes that a lane's own name is off, at most, by whether bars are vertical"""
_OWN_NAMES_SHARE = 0.75  # share of the lanes with a name of their own from which each lane is a category
_NAME_STEP, _NAME_EM = 0.5, 6  # steps between categories, and ems, that a name is off, at most; whichever is less
_UNNAMED_CONFIDENCE = 0.3  # of names where there are none

_HISTOGRAM_SHARE = 0.85  # share of the step between lanes that the bars of a histogram fill
_EDGE_STEP = 0.3  # steps between lanes from which the names are off so far that they mark the edges of bars

_SERIES_SHARE = 0.3  # share of the categories with a bar of a colour from which that is a series
_HEADING_PX, _HEADING_EM = 3, 4  # how far a heading reaches into the bars, and how far it stands above them, at most
_HEADING_WIDTH = 1.5  # largest width of a heading's further lines, in widths of its first


@dataclass(frozen=True)
class Categories:
    """The categories of a bar chart, in the order of their lanes."""

    groups: list[list[int]]  # lanes of each
    labels: list[Label]  # texts that may name them
    names: list[str]  # of each, "" where none was found
    confidence: float  # mean of the texts that name them


def find_categories(scene: Scene, bars: Bars, axis: Axis | None) -> Categories:
    """Group lanes into categories and name these."""
    by_gap = _groups_by_gap(bars)
    if bars.vertical:
        # Names stand below the bars, and below the axis where bars go down.
        end = -max(label.y for label in axis.labels) if axis else float("inf")
        labels = row_below(scene, -min(bars.reach[0], end), bars.span)
        groups = _groups(by_gap, bars, labels)
    else:
        groups = _groups(by_gap, bars, column_beside(scene, bars.reach[0], bars.places))
        labels = column_beside(scene, bars.reach[0], _middles(bars, groups))
    middles = _middles(bars, groups)
    found = assign_names(middles, labels, bars.vertical, min(_NAME_STEP * pitch(middles), _NAME_EM * scene.em_px))
    confidence = float(np.mean([label.confidence for label in found if label] or [_UNNAMED_CONFIDENCE]))
    if bars.vertical and _are_at_edges(bars, found, middles) and (ranges := _ranges(scene, bars, labels)):
        return Categories(groups, labels, ranges, confidence)
    return Categories(groups, labels, fill_names([label.text.strip() if label else "" for label in found]), confidence)


def _middles(bars: Bars, groups: Sequence[Sequence[int]]) -> list[float]:
    """Compute the middle of each group of lanes."""
    return [float(np.mean([bars.places[i] for i in group])) for group in groups]


def _groups_by_gap(bars: Bars) -> list[list[int]]:
    """Group lanes that stand together: a wider gap or a colour's return begins a group."""
    codes = [lane[0].code for lane in bars.lanes]
    if bars.stacked or len(set(codes)) == 1:
        return [[i] for i in range(len(bars.lanes))]
    steps = np.diff(bars.places)
    groups = [[0]]
    for i, step in enumerate(steps, 1):
        if step > _GROUP_STEP * steps.min() or codes[i] in {codes[j] for j in groups[-1]}:
            groups.append([])
        groups[-1].append(i)
    return groups


def _groups(by_gap: list[list[int]], bars: Bars, labels: Sequence[Label]) -> list[list[int]]:
    """Make each lane a category if nearly all have a name of their own; otherwise those that stand together."""
    if len(by_gap) == len(bars.lanes):
        return by_gap
    reach = _OWN_NAME_STEPS[bars.vertical] * pitch(bars.places)
    named = assign_names(bars.places, labels, bars.vertical, reach)
    alone = sum(name is not None for name in named) >= _OWN_NAMES_SHARE * len(bars.lanes)
    return [[i] for i in range(len(bars.lanes))] if alone else by_gap


def _are_at_edges(bars: Bars, labels: Sequence[Label | None], middles: Sequence[float]) -> bool:
    """Check whether a histogram's ticks mark where its bars begin and end."""
    offsets = [abs(label.tick_x - middle) for label, middle in zip(labels, middles, strict=True) if label]
    touching = bars.bars[0].thickness > _HISTOGRAM_SHARE * pitch(middles)
    return len(offsets) >= 2 and touching and float(np.median(offsets)) > _EDGE_STEP * pitch(middles)


def _ranges(scene: Scene, bars: Bars, labels: Sequence[Label]) -> list[str]:
    """Write the range of each bar of a histogram; none if neither texts nor an axis say it."""
    axes = [axis for axis in scene.horizontal_axes if set(labels) & set(axis.labels)]
    axis = max(axes, key=lambda axis: len(set(labels) & set(axis.labels)), default=None)
    half = pitch(bars.places) / 2
    edges = [(place - half, place + half) for place in bars.places]
    if axis:
        written = write_all(axis, [pixel for both in edges for pixel in both])
    else:
        near = [min(labels, key=lambda label: abs(label.tick_x - pixel)) for both in edges for pixel in both]
        close = [abs(label.tick_x - pixel) < half for label, pixel in zip(near, np.ravel(edges), strict=True)]
        written = [label.text for label in near] if all(close) else []
    return [f"{low}-{high}" for low, high in zip(written[::2], written[1::2], strict=True)]


def find_series(scene: Scene, bars: Bars, groups: Sequence[Sequence[int]]) -> dict[int, str]:
    """Find the colours that are series and their names, in the order of the legend, else of the bars; none for one."""
    if not bars.stacked and all(len(group) == 1 for group in groups):
        return {}
    counts = Counter(bar.code for bar in bars.bars)
    enough = [code for code, count in counts.items() if count >= _SERIES_SHARE * len(groups) or code in scene.legend]
    ordered = sorted(enough, key=scene.legend_order)
    return {code: scene.name_of(code) or _heading(scene, bars, code) for code in ordered}


def _heading(scene: Scene, bars: Bars, code: int) -> str:
    """Find the text above the first part of a colour, where stacks are horizontal."""
    if bars.vertical:
        return ""
    first = next(bar for lane in bars.lanes for bar in lane if bar.code == code)
    left, right = first.along
    top = bars.span[0]
    above = [
        label
        for label in scene.labels
        if label.box.bottom < top + _HEADING_PX
        and top - label.box.bottom < _HEADING_EM * label.em_px
        and label.number is None
        and label.box.left < right
        and label.box.right > left
    ]
    if not above:
        return ""
    middle = (left + right) / 2
    nearest = min(above, key=lambda label: (round((top - label.box.bottom) / label.em_px), abs(label.x - middle)))
    # One line of text over several parts, a word for each.
    words = nearest.text.split()
    shared = [bar for bar in bars.lanes[0] if nearest.box.left < bar.along[1] and nearest.box.right > bar.along[0]]
    if len(shared) == len(words) > 1 and first in shared:
        return words[sorted(shared, key=lambda bar: bar.along).index(first)]
    return paragraph(nearest, [label for label in above if label.box.width < _HEADING_WIDTH * nearest.box.width]).text


def find_titles(scene: Scene, bars: Bars, axis: Axis | None, labels: Sequence[Label]) -> tuple[str, str]:
    """Find the titles of categories and values."""
    if bars.vertical:
        return title_below(scene, labels), title_beside(scene, axis)
    return title_beside(scene, None), title_below(scene, axis.labels if axis else ())
