"""Which text names which mark: category names along an axis, titles of the axes, and names between two names.

An em is the height of a label's own letters, or their median where `Texts.em_px` is used.
"""

from __future__ import annotations

import calendar
import itertools
import re
from collections.abc import Sequence

import numpy as np

from sokdok.figures.chart.read.axes import Axis, write_number
from sokdok.figures.chart.read.labels import Label, in_rows, joined, stacked
from sokdok.figures.chart.read.series import Texts
from sokdok.imaging.grouping import consecutive

_NUMBERED = re.compile(r"(\D*?)(\d+(?:\.\d+)?)(\D*)")  # what stands before a number, the number, what stands behind
_QUARTER = re.compile(r"Q([1-4])( ?['’]?)(\d\d|\d{4})")
_WHOLE = 0.1  # most that a place in a series of whole names differs from a whole one

_NO_NAMES = ("title", "axis title", "legend", "legend title", "note", "value label")  # roles of texts that name no mark
_ROW_MARGIN_SHARE = 0.06  # share of the width of the marks, and an em more, that names may lie beside them
_FLOOR_EM = 0.4  # that a name may reach above the floor
_ROW_EM = 0.8  # most that the tops of texts of a row differ
_WIDE_ROW_SHARE = 0.5  # share of the width of the marks that a row of names goes along

_WALL_EM = 0.5  # that a name may reach over the wall
_COLUMN_STEP_EM = 6  # largest step between bars that counts in how far a name may be off
_COLUMN_STEP = 0.55  # steps between bars that a name left of them may be off


def row_below(texts: Texts, floor: float, span: tuple[float, float]) -> list[Label]:
    """Find the names in the first row of texts below a floor, their further lines joined, from left to right.

    span: leftmost and rightmost pixel of the marks.
    """
    margin = _ROW_MARGIN_SHARE * (span[1] - span[0]) + texts.em_px
    below = [
        label
        for label in texts.labels
        if label.role not in _NO_NAMES
        and label.box.top > floor - _FLOOR_EM * label.em_px
        and span[0] - margin < label.tick_x < span[1] + margin
    ]
    if not below:
        return []
    # The topmost row of those that go along half of the marks, of all if none does.
    rows = consecutive(
        below, lambda label: label.box.top, lambda row, label: label.box.top < row[0].box.top + _ROW_EM * texts.em_px
    )
    wide = [row for row in rows if np.ptp([label.tick_x for label in row]) > _WIDE_ROW_SHARE * (span[1] - span[0])]
    row = (wide or rows)[0]
    # A title of the axis stands below its middle; what is taken for one elsewhere is a name's next line.
    titles = [text for text in texts.labels if text.role == "axis title" and abs(text.x - sum(span) / 2) > text.em_px]
    rows_on = [lines[i:] for lines in stacked([*below, *titles]) for i, label in enumerate(lines) if label in row]
    names = [*map(joined, rows_on), *(label for label in row if label.angle)]
    return sorted(names, key=lambda label: label.tick_x)


def column_beside(texts: Texts, wall: float, places: Sequence[float]) -> list[Label]:
    """Find the names left of a wall, one for each place along y that has one, lines joined; from top to bottom."""
    step = min(pitch(places), _COLUMN_STEP_EM * texts.em_px)
    groups: dict[int, list[Label]] = {}
    for label in texts.labels:
        if label.angle or label.role in _NO_NAMES or label.box.right >= wall + _WALL_EM * label.em_px:
            continue
        nearest = min(range(len(places)), key=lambda i: abs(places[i] - label.y))
        if abs(places[nearest] - label.y) < _COLUMN_STEP * step:
            groups.setdefault(nearest, []).append(label)
    return [joined(groups[i]) for i in sorted(groups)]


def whole_names(names: Sequence[Label], places: Sequence[float]) -> list[Label]:
    """Join words of a row that were found one by one: less than an em apart, and as one in the middle of a place.

    names: as `row_below` gives them. places: where marks or ticks are along x.
    """
    groups, out = dict[float, list[Label]](), list[Label]()
    for name in names:
        groups.setdefault(min(places, key=lambda place: abs(place - name.tick_x), default=0.0), []).append(name)
    for place, parts in groups.items():
        whole, off = joined(parts), min(abs(part.x - place) for part in parts)
        near = all(b.box.left - a.box.right < a.em_px for a, b in itertools.pairwise(parts))
        words = near and not any(part.angle or part.number for part in parts)
        out += [whole] if words and abs(whole.x - place) < off else parts
    return out


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
    """Fill in names between known ones where these count up evenly: years, numbers, quarters; others stay."""
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
    if (quarter := _QUARTER.fullmatch(first.strip())) and (later := _QUARTER.fullmatch(second.strip())):
        begin, end = (4 * int(match[3]) + int(match[1]) - 1 for match in (quarter, later))
        count = begin + (end - begin) * share
        whole = round(count)
        named = f"Q{whole % 4 + 1}{quarter[2]}{whole // 4:0{len(quarter[3])}d}"
        return named if abs(count - whole) <= _WHOLE else ""
    for cycle in (calendar.month_abbr[1:], calendar.month_name[1:], calendar.day_abbr[:], calendar.day_name[:]):
        if first in cycle and second in cycle:
            steps = (cycle.index(second) - cycle.index(first)) % len(cycle) * share
            place = cycle.index(first) + round(steps)
            return cycle[place % len(cycle)] if abs(steps - round(steps)) <= _WHOLE else ""
    one, other = _NUMBERED.fullmatch(first.strip()), _NUMBERED.fullmatch(second.strip().rstrip("*"))
    if not one or not other or one[1] != other[1] or one[3] != other[3]:
        return ""
    low, high = float(one[2]), float(other[2])
    value = low + (high - low) * share
    whole = low.is_integer() and high.is_integer()
    if whole and abs(value - round(value)) > _WHOLE:  # there is nothing between Q2 and Q3
        return ""
    return f"{one[1]}{write_number(value, 1 if whole else 2)}{one[3]}"


def title_beside(texts: Texts, axis: Axis | None) -> str:
    """Find the title of the vertical axis: reading up or down left of its numbers, else level above them."""
    titles = [label for label in texts.labels if label.role == "axis title" and label.number is None]
    wall = min(label.x for label in axis.labels) if axis else texts.width / 2
    if vertical := [label for label in titles if abs(label.angle) == 90 and label.x < wall]:
        # Columns from left to right, each from the bottom up.
        ordered = sorted(vertical, key=lambda label: (round(label.x / label.em_px), -label.y))
        return " ".join(label.text.strip() for label in ordered)
    highest = min(label.y for label in axis.labels) if axis else 0.0
    above = [label for label in titles if not label.angle and label.y < highest]
    return joined(above).text if above else ""


def title_below(texts: Texts, ticks: Sequence[Label]) -> str:
    """Find the title of the horizontal axis: the first level title below its ticks."""
    floor = max((label.box.bottom for label in ticks), default=0.0)
    titles = [label for label in texts.labels if label.role == "axis title" and not label.angle]
    below = [label for label in titles if label.number is None and label.y > floor]
    return joined(in_rows(below)[0]).text if below else ""


def pitch(places: Sequence[float]) -> float:
    """Compute the usual distance between neighbours; infinite for a single place."""
    return float(np.median(np.diff(np.sort(places)))) if len(places) > 1 else float("inf")
