"""Which text names which mark: category names along an axis, titles of the axes, and names between two names."""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.figures.chart.read.scene import Scene, pitch
from sokdok.figures.chart.read.text import Axis, Label, joined, write_number

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_PARTED = re.compile(r"(\D*?)(\d+(?:\.\d+)?)(\D*)")
_QUARTER = re.compile(r"Q([1-4])( ?['’]?)(\d\d|\d{4})")
_SLANTS = (45, 60)


def row_below(scene: Scene, floor: float, span: tuple[float, float], wanted: int) -> list[Label]:
    """The names in the first row of texts below a floor, their further lines joined, from left to right.

    span: leftmost and rightmost pixel of the marks. wanted: how many there should be; with less than
    three quarters of them, slanted texts are looked for.
    """
    return _mended_sequence(_row_below(scene, floor, span, wanted))


def _mended_sequence(names: list[Label]) -> list[Label]:
    """Names of which most count up evenly, such as years, with the numbers that were misread put right."""
    places = np.array([label.below_tick for label in names])
    numbers = np.array([label.number.value if label.number else np.nan for label in names])
    steps = [
        ((numbers[j] - numbers[i]) / (places[j] - places[i]), i)
        for i, j in itertools.combinations(np.flatnonzero(np.isfinite(numbers)).tolist(), 2)
        if places[j] > places[i] and numbers[j] > numbers[i]
    ]
    best, agreeing = np.zeros(0), 0
    for slope, i in steps:
        guess = numbers[i] + slope * (places - places[i])
        count = int((np.abs(guess - numbers) < 0.2).sum())
        if count > agreeing:
            best, agreeing = guess, count
    whole = agreeing >= max(4, 0.5 * len(names)) and bool((np.abs(best - np.round(best)) < 0.25).all())
    if not whole:
        return names
    return [
        replace(label, text=f"{value:.0f}") if not label.number or abs(label.number.value - value) > 0.5 else label
        for label, value in zip(names, best.round(), strict=True)
    ]


def _row_below(scene: Scene, floor: float, span: tuple[float, float], wanted: int) -> list[Label]:
    upright = _first_row(scene, scene.labels, floor, span)
    if len(upright) >= max(2, 0.75 * wanted):
        return upright
    best = upright
    for angle in _SLANTS:
        strip = [label for label in scene.slanted(angle) if label.box[1] > floor - 0.5 * scene.text_size]
        strip = [label for label in strip if span[0] - 6 < label.below_tick < span[1] + 1.5 * scene.text_size]
        strip = [label for label in strip if label.box[1] < floor + 3 * scene.text_size and label.confidence > 0.4]
        if len(strip) > len(best) + 1:
            best = sorted(strip, key=lambda label: label.below_tick)
    return best


def _first_row(scene: Scene, labels: Sequence[Label], floor: float, span: tuple[float, float]) -> list[Label]:
    margin = 0.06 * (span[1] - span[0]) + scene.text_size
    below = [
        label
        for label in labels
        if label.box[1] > floor - 0.4 * label.size and span[0] - margin < label.x < span[1] + margin
    ]
    if not below:
        return []
    row = _widest_row(below, scene.text_size, span)
    if min(label.box[1] for label in row) > floor + 8 * scene.text_size:
        return []
    step = pitch([label.x for label in row])
    lines = [[label] for label in sorted(row, key=lambda label: label.x)]
    for label in sorted((label for label in below if label not in row and not label.angle), key=lambda label: label.y):
        for parts in lines:
            close = -0.4 * label.size < label.box[1] - parts[-1].box[3] < 0.5 * label.size
            if (
                close
                and abs(label.x - parts[0].x) < 0.3 * step
                and len(lines) > 1
                and not _is_title(label, below, span)
            ):
                parts.append(label)
    return [joined(parts) for parts in lines]


def _is_title(label: Label, others: Sequence[Label], span: tuple[float, float]) -> bool:
    """Whether a text stands alone in its row at the middle of the marks."""
    alone = not any(abs(other.y - label.y) < 0.5 * label.size for other in others if other is not label)
    return alone and abs(label.x - (span[0] + span[1]) / 2) < 0.08 * (span[1] - span[0])


def _widest_row(labels: Sequence[Label], size: float, span: tuple[float, float]) -> list[Label]:
    """The topmost row of texts that goes along half of the marks, the topmost of all if none does."""
    rows: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: label.box[1]):
        if rows and label.box[1] < rows[-1][0].box[1] + 0.8 * size:
            rows[-1].append(label)
        else:
            rows.append([label])
    wide = [row for row in rows if np.ptp([label.x for label in row]) > 0.5 * (span[1] - span[0])]
    return (wide or rows)[0]


def column_beside(scene: Scene, wall: float, places: Sequence[float]) -> list[Label]:
    """The names left of a wall, one for each place along y that has one, lines joined; from top to bottom."""
    step = min(pitch(places), 6 * scene.text_size)
    left = [label for label in scene.labels if label.box[2] < wall + 0.5 * label.size and not label.angle]
    groups: dict[int, list[Label]] = {}
    for label in left:
        nearest = min(range(len(places)), key=lambda i: abs(places[i] - label.y))
        if abs(places[nearest] - label.y) < 0.55 * step:
            groups.setdefault(nearest, []).append(label)
    return [joined(_rightmost(groups[i])) for i in sorted(groups)]


def _rightmost(labels: Sequence[Label]) -> list[Label]:
    """Of texts side by side the one next to the wall, with the lines above and below it."""
    anchor = max(labels, key=lambda label: label.box[2])
    return [label for label in labels if label is anchor or abs(label.y - anchor.y) > 0.5 * anchor.size]


def assign_names(places: Sequence[float], names: Sequence[Label], along_x: bool, reach: float) -> list[Label | None]:
    """For each place the nearest name within reach that is nearest to it, too."""
    spots = [label.below_tick if along_x else label.y for label in names]
    found: list[Label | None] = []
    for place in places:
        index = min(range(len(spots)), key=lambda i: abs(spots[i] - place), default=None)
        mutual = index is not None and place == min(places, key=lambda other: abs(other - spots[index]))
        near = index is not None and abs(spots[index] - place) <= reach
        found.append(names[index] if index is not None and mutual and near else None)
    return found


def fill_names(names: Sequence[str]) -> list[str]:
    """Names between known ones where these count up evenly: years, numbers, months; others stay as they are."""
    known = [i for i, name in enumerate(names) if name]
    filled = list(names)
    for begin, end in zip(known, known[1:], strict=False):
        for i in range(begin + 1, end):
            filled[i] = name_between(names[begin], names[end], (i - begin) / (end - begin))
    if len(known) >= 2:
        for i in [*range(known[0]), *range(known[-1] + 1, len(names))]:
            filled[i] = name_between(filled[known[0]], filled[known[-1]], (i - known[0]) / (known[-1] - known[0]))
    return filled


def name_between(first: str, second: str, share: float) -> str:
    """The name at a share of the way from one to another, "" where nothing can be said."""
    if first in _MONTHS and second in _MONTHS:
        step = ((_MONTHS.index(second) - _MONTHS.index(first)) % 12 or 12) * share
        return _MONTHS[round(_MONTHS.index(first) + step) % 12] if abs(step - round(step)) < 0.1 else ""
    if (quarter := _QUARTER.fullmatch(first.strip())) and (later := _QUARTER.fullmatch(second.strip())):
        begin, end = (4 * int(match[3]) + int(match[1]) - 1 for match in (quarter, later))
        count = round(begin + (end - begin) * share)
        return f"Q{count % 4 + 1}{quarter[2]}{count // 4:0{len(quarter[3])}d}"
    one, other = _PARTED.fullmatch(first.strip()), _PARTED.fullmatch(second.strip().rstrip("*"))
    if not one or not other or one[1] != other[1] or one[3] != other[3]:
        return ""
    low, high = float(one[2]), float(other[2])
    value = low + (high - low) * share
    whole = low.is_integer() and high.is_integer()
    if whole and abs(value - round(value)) > 0.1 and low >= 1000:
        return ""
    return f"{one[1]}{write_number(value, 1 if whole else 2)}{one[3]}"


def title_beside(scene: Scene, axis: Axis | None) -> str:
    """The title of the vertical axis: standing left of the ticks, or upright above them."""
    wall = min((label.box[0] for label in axis.labels), default=scene.size[0] / 3) if axis else scene.size[0] / 3
    ticks = set(map(id, axis.labels)) if axis else set()
    standing = [label for label in scene.labels if label.angle == 90 and label.x < wall + 4 and id(label) not in ticks]
    if standing:
        nearest = max(standing, key=lambda label: label.box[3] - label.box[1])
        return joined_standing([label for label in standing if abs(label.y - nearest.y) < 0.4 * scene.size[1]])
    short = [label for label in scene.labels if label.box[2] <= wall + 2 and len(label.text.strip()) <= 2]
    return short[0].text.strip() if len(short) == 1 and short[0].number is None and axis else ""


def joined_standing(labels: Sequence[Label]) -> str:
    """Standing lines as one text: columns from left to right, each from the bottom up."""
    columns: list[list[Label]] = []
    for label in sorted(labels, key=lambda label: label.x):
        if columns and abs(columns[-1][0].x - label.x) < 0.6 * label.size:
            columns[-1].append(label)
        else:
            columns.append([label])
    return " ".join(label.text.strip() for column in columns for label in sorted(column, key=lambda part: -part.y))


def title_below(scene: Scene, ticks: Sequence[Label], span: tuple[float, float]) -> str:
    """The title of the horizontal axis: the text below its ticks, at the middle of the plot."""
    if not ticks:
        return ""
    floor = max(label.box[3] for label in ticks)
    legend = {id(label) for _, label in scene.legend.values()}
    middle, reach = (span[0] + span[1]) / 2, 0.12 * (span[1] - span[0]) + scene.text_size
    below = [
        label
        for label in scene.labels
        if -0.5 * label.size < label.box[1] - floor < 3 * scene.text_size
        and abs(label.x - middle) < reach
        and not label.angle
        and id(label) not in legend
    ]
    return min(below, key=lambda label: label.box[1]).text if below else ""
