"""Which text names which mark: category names along an axis, titles of the axes, and names between two names.

An em is the height of a label's own letters, or their median where `Scene.em_px` is used.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from sokdok.figures.chart.read.axes import Axis, write_number
from sokdok.figures.chart.read.labels import Label, joined
from sokdok.figures.chart.read.scene import Found, Scene, pitch
from sokdok.imaging.grouping import consecutive

_MONTHS = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
_NUMBERED = re.compile(r"(\D*?)(\d+(?:\.\d+)?)(\D*)")
"""what stands before a number, the number, what stands behind"""
_QUARTER = re.compile(r"Q([1-4])( ?['’]?)(\d\d|\d{4})")
_YEARS_FROM = 1000
"""from which whole numbers are years, between which there are none"""
_WHOLE = 0.1
"""most that a place in a series of whole names differs from a whole one"""

_SEQUENCE_NAMES, _SEQUENCE_SHARE = 4, 0.5
"""names that count up evenly, at least, and their share of all"""
_SEQUENCE_ERROR, _WHOLE_ERROR = 0.2, 0.25
"""most that a number differs from where its place puts it, and that from a whole number"""
_MISREAD = 0.5
"""from which a number in a sequence is misread"""

_SLANTS = (45, 60)
"""degrees at which names are looked for"""
_ENOUGH_SHARE = 0.75
"""share of the names that are wanted from which no slanted ones are looked for"""
_SLANTED_TOP_EM = (-0.5, 3)
"""from the floor to the top of a slanted name"""
_SLANTED_SIDES = (-6, 1.5)
"""how far left of the marks (pixels) and right of them (ems) a slanted name's tick may lie"""
_SLANTED_CONFIDENCE = 0.4

_ROW_MARGIN_SHARE = 0.06
"""share of the width of the marks, and an em more, that names may lie beside them"""
_FLOOR_EM = 0.4
"""that a name may reach above the floor"""
_LOWEST_ROW_EM = 8
"""from the floor to the row of names, at most"""
_ROW_EM = 0.8
"""most that the tops of texts of a row differ"""
_WIDE_ROW_SHARE = 0.5
"""share of the width of the marks that a row of names goes along"""
_NEXT_LINE_EM = (-0.4, 0.5)
"""between a name and its next line"""
_NEXT_LINE_STEP = 0.3
"""steps between names that a next line's middle may be off"""
_TITLE_OFF_SHARE = 0.3
"""share of the picture's width that the middle of a chart's title lies off its middle"""
_TITLE_SHARE = 0.08
"""share of the width of the marks that a title's middle may be off theirs"""
_BESIDE_EM = 0.5
"""most that texts of a row lie apart"""

_WALL_EM = 0.5
"""that a name may reach over the wall"""
_COLUMN_STEP_EM = 6
"""largest step between bars that counts in how far a name may be off"""
_COLUMN_STEP = 0.55
"""steps between bars that a name left of them may be off"""

_TITLE_PX = (4, 2)
"""how far a title left of an axis may reach into its numbers, vertical and horizontal"""
_NO_AXIS_PART = 3
"""the part of the picture's width in which a title stands where there is no axis"""
_SHORT_TITLE = 2
"""letters of a title that stands horizontally above a vertical axis"""
_TITLE_HEIGHT_SHARE = 0.4
"""share of the picture's height in which the parts of a vertical title lie"""
_TITLE_LINE_EM = 0.6
"""most that the parts of a line of a vertical title lie apart"""
_BELOW_TITLE_SHARE = 0.12
"""share of the plot's width, and an em more, that a title below may be off its middle"""
_BELOW_TITLE_EM = (-0.5, 3)
"""from the ticks to the title below them"""


def row_below(scene: Scene, floor: float, span: tuple[float, float], wanted: int) -> list[Label]:
    """Find the names in the first row of texts below a floor, their further lines joined, from left to right.

    span: leftmost and rightmost pixel of the marks. wanted: how many there should be; with less than
    three quarters of them, slanted texts are looked for.
    """
    horizontal = _first_row(scene, floor, span)
    if len(horizontal) >= max(2, _ENOUGH_SHARE * wanted):
        return _corrected_sequence(horizontal)
    best = horizontal
    for angle in _SLANTS:
        strip = [label for label in scene.read_slanted(angle) if _is_below(label, scene, floor, span)]
        if len(strip) > len(best) + 1:
            best = sorted(strip, key=lambda label: label.tick_x)
    return _corrected_sequence(best)


def _is_below(label: Label, scene: Scene, floor: float, span: tuple[float, float]) -> bool:
    """Check whether a slanted text may be a name: right below the marks, and read well enough."""
    low, high = (floor + limit * scene.em_px for limit in _SLANTED_TOP_EM)
    left, right = span[0] + _SLANTED_SIDES[0], span[1] + _SLANTED_SIDES[1] * scene.em_px
    inside = low < label.box.top < high and left < label.tick_x < right
    return inside and label.confidence > _SLANTED_CONFIDENCE


def _corrected_sequence(names: list[Label]) -> list[Label]:
    """Correct misread numbers among names of which most count up evenly, such as years."""
    places = np.array([label.tick_x for label in names])
    numbers = np.array([label.number.value if label.number else np.nan for label in names])
    steps = [
        ((numbers[j] - numbers[i]) / (places[j] - places[i]), i)
        for i, j in itertools.combinations(np.flatnonzero(np.isfinite(numbers)).tolist(), 2)
        if places[j] > places[i] and numbers[j] > numbers[i]
    ]
    best, agreeing = np.zeros(0), 0
    for slope, i in steps:
        guess = numbers[i] + slope * (places - places[i])
        count = int((np.abs(guess - numbers) < _SEQUENCE_ERROR).sum())
        if count > agreeing:
            best, agreeing = guess, count
    enough = agreeing >= max(_SEQUENCE_NAMES, _SEQUENCE_SHARE * len(names))
    if not enough or not (np.abs(best - np.round(best)) < _WHOLE_ERROR).all():
        return names
    return [
        replace(label, text=f"{value:.0f}")
        if not label.number or abs(label.number.value - value) > _MISREAD
        else label
        for label, value in zip(names, best.round(), strict=True)
    ]  # fmt: skip


def _first_row(scene: Scene, floor: float, span: tuple[float, float]) -> list[Label]:
    """Find the first row of texts below a floor, each with its further lines."""
    margin = _ROW_MARGIN_SHARE * (span[1] - span[0]) + scene.em_px
    below = [
        label
        for label in scene.labels
        if label.box.top > floor - _FLOOR_EM * label.em_px and span[0] - margin < label.x < span[1] + margin
    ]
    if not below:
        return []
    row = _widest_row(below, scene.em_px, span)
    if min(label.box.top for label in row) > floor + _LOWEST_ROW_EM * scene.em_px:
        return []
    step = pitch([label.x for label in row])
    names = [[label] for label in sorted(row, key=lambda label: label.x)]
    rest = [label for label in below if label not in row and not label.angle]
    for label in sorted(rest, key=lambda label: label.y):
        if len(names) < 2 or _is_title(label, below, span):
            continue
        for lines in names:
            low, high = (limit * label.em_px for limit in _NEXT_LINE_EM)
            close = low < label.box.top - lines[-1].box.bottom < high
            if close and abs(label.x - lines[0].x) < _NEXT_LINE_STEP * step:
                lines.append(label)
    return [joined(lines) for lines in names]


def _is_title(label: Label, others: Sequence[Label], span: tuple[float, float]) -> bool:
    """Check whether a text stands alone in its row at the middle of the marks."""
    alone = not any(abs(other.y - label.y) < _BESIDE_EM * label.em_px for other in others if other is not label)
    return alone and abs(label.x - (span[0] + span[1]) / 2) < _TITLE_SHARE * (span[1] - span[0])


def _widest_row(labels: Sequence[Label], em_px: float, span: tuple[float, float]) -> list[Label]:
    """Find the topmost row of texts that goes along half of the marks, the topmost of all if none does."""
    found = consecutive(
        labels, lambda label: label.box.top, lambda row, label: label.box.top < row[0].box.top + _ROW_EM * em_px
    )
    wide = [row for row in found if np.ptp([label.x for label in row]) > _WIDE_ROW_SHARE * (span[1] - span[0])]
    return (wide or found)[0]


def column_beside(scene: Scene, wall: float, places: Sequence[float]) -> list[Label]:
    """Find the names left of a wall, one for each place along y that has one, lines joined; from top to bottom."""
    step = min(pitch(places), _COLUMN_STEP_EM * scene.em_px)
    groups: dict[int, list[Label]] = {}
    for label in scene.labels:
        if label.angle or label.box.right >= wall + _WALL_EM * label.em_px:
            continue
        nearest = min(range(len(places)), key=lambda i: abs(places[i] - label.y))
        if abs(places[nearest] - label.y) < _COLUMN_STEP * step:
            groups.setdefault(nearest, []).append(label)
    return [joined(_rightmost(groups[i])) for i in sorted(groups)]


def _rightmost(labels: Sequence[Label]) -> list[Label]:
    """Choose, of texts side by side, the one next to the wall, with the lines above and below it."""
    anchor = max(labels, key=lambda label: label.box.right)
    return [label for label in labels if label is anchor or abs(label.y - anchor.y) > _BESIDE_EM * anchor.em_px]


def assign_names(places: Sequence[float], names: Sequence[Label], along_x: bool, reach: float) -> list[Label | None]:
    """Assign names to places that are mutually nearest and no farther than `reach`; None for a place without."""
    spots = [label.tick_x if along_x else label.y for label in names]
    found: list[Label | None] = []
    for place in places:
        index = min(range(len(spots)), key=lambda i: abs(spots[i] - place), default=None)
        mutual = index is not None and place == min(places, key=lambda other: abs(other - spots[index]))
        near = index is not None and abs(spots[index] - place) <= reach
        found.append(names[index] if index is not None and mutual and near else None)
    return found


def fill_names(names: Sequence[str]) -> list[str]:
    """Fill in names between known ones where these count up evenly: years, numbers, months; others stay as they are."""
    known = [i for i, name in enumerate(names) if name]
    filled = list(names)
    for begin, end in itertools.pairwise(known):
        for i in range(begin + 1, end):
            filled[i] = name_between(names[begin], names[end], (i - begin) / (end - begin))
    if len(known) >= 2:
        for i in [*range(known[0]), *range(known[-1] + 1, len(names))]:
            filled[i] = name_between(filled[known[0]], filled[known[-1]], (i - known[0]) / (known[-1] - known[0]))
    return filled


def name_between(first: str, second: str, share: float) -> str:
    """Make up the name at a share of the way from one to another, "" where nothing can be said."""
    if first in _MONTHS and second in _MONTHS:
        step = ((_MONTHS.index(second) - _MONTHS.index(first)) % 12 or 12) * share
        return _MONTHS[round(_MONTHS.index(first) + step) % 12] if abs(step - round(step)) < _WHOLE else ""
    if (quarter := _QUARTER.fullmatch(first.strip())) and (later := _QUARTER.fullmatch(second.strip())):
        begin, end = (4 * int(match[3]) + int(match[1]) - 1 for match in (quarter, later))
        count = round(begin + (end - begin) * share)
        return f"Q{count % 4 + 1}{quarter[2]}{count // 4:0{len(quarter[3])}d}"
    one, other = _NUMBERED.fullmatch(first.strip()), _NUMBERED.fullmatch(second.strip().rstrip("*"))
    if not one or not other or one[1] != other[1] or one[3] != other[3]:
        return ""
    low, high = float(one[2]), float(other[2])
    value = low + (high - low) * share
    whole = low.is_integer() and high.is_integer()
    if whole and abs(value - round(value)) > _WHOLE and low >= _YEARS_FROM:
        return ""
    return f"{one[1]}{write_number(value, 1 if whole else 2)}{one[3]}"


def title_beside(scene: Scene, axis: Axis | None) -> str:
    """Find the title of the vertical axis: running up left of the ticks, or horizontal above them."""
    without = scene.size[0] / _NO_AXIS_PART
    wall = min((label.box.left for label in axis.labels), default=without) if axis else without
    ticks = set(axis.labels) if axis else set()
    vertical = [label for label in scene.labels if label.angle == 90 and label.x < wall + _TITLE_PX[0]]
    vertical = [label for label in vertical if label not in ticks]
    if vertical:
        longest = max(vertical, key=lambda label: label.box.height)
        reach = _TITLE_HEIGHT_SHARE * scene.size[1]
        return _joined_vertical([label for label in vertical if abs(label.y - longest.y) < reach])
    left = [label for label in scene.labels if label.box.right <= wall + _TITLE_PX[1]]
    short = [label for label in left if len(label.text.strip()) <= _SHORT_TITLE]
    return short[0].text.strip() if len(short) == 1 and short[0].number is None and axis else ""


def _joined_vertical(labels: Sequence[Label]) -> str:
    """Join vertical texts: columns from left to right, each from the bottom up."""
    columns = consecutive(
        labels,
        lambda label: label.x,
        lambda column, label: abs(column[0].x - label.x) < _TITLE_LINE_EM * label.em_px,
    )
    return " ".join(label.text.strip() for column in columns for label in sorted(column, key=lambda part: -part.y))


def title_below(scene: Scene, ticks: Sequence[Label], span: tuple[float, float]) -> str:
    """Find the title of the horizontal axis: the text below its ticks, at the middle of the plot."""
    if not ticks:
        return ""
    floor = max(label.box.bottom for label in ticks)
    middle, reach = (span[0] + span[1]) / 2, _BELOW_TITLE_SHARE * (span[1] - span[0]) + scene.em_px
    low, high = _BELOW_TITLE_EM
    below = [
        label
        for label in scene.labels
        if low * label.em_px < label.box.top - floor < high * scene.em_px
        and abs(label.x - middle) < reach
        and not label.angle
        and label not in scene.legend_labels
    ]
    return min(below, key=lambda label: label.box.top).text if below else ""


def title_above(scene: Scene, found: Found) -> str:
    """Find the title of a chart: a text by itself above all else, at the middle, that names no value."""
    named = {*found.categories, *found.series, found.value_title, found.category_title}
    others = [label for label in scene.labels if not label.angle]
    top = min(others, key=lambda label: label.box.bottom, default=None)
    if top is None or top.number or top.text in named or top in scene.legend_labels:
        return ""
    highest = min([area.box.top for area in scene.marks if area.size > scene.em_px**2], default=0.0)
    alone = all(other is top or other.box.top > top.box.middle[1] for other in others)
    off = abs(top.x - scene.size[0] / 2)
    return top.text if alone and top.box.bottom < highest and off < _TITLE_OFF_SHARE * scene.size[0] else ""
