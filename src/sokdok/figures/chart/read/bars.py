"""Bars and their values: which way they go, where they stand, which are one category, what is written at them.

Along its length a bar has a base and a tip. A lane is a place across, where bars of a stack are on each other.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import Axis, write_all
from sokdok.figures.chart.read.drawn import Found, Shape
from sokdok.figures.chart.read.labels import Label, joined, stacked, written_cell
from sokdok.figures.chart.read.marks import alike
from sokdok.figures.chart.read.names import assign_names, column_beside, fill_names, pitch
from sokdok.figures.chart.read.plot import Plot, agreed
from sokdok.imaging.grouping import close_values

ZERO_PX = 5.0  # from zero of an axis to the base that is taken for it, at most
LENGTH_PX = 4.0  # that the value written at a bar differs from its length
HEAD_EM = 4.0  # from bars that lie up to the names of their series, at most
BASE_PX = 2.5  # that ends of bars on one base stand apart
EVEN_PX = 1.0  # that the thicknesses of bars differ
LANE_SHARE = 0.3  # of the thickness of bars, that the middles of a stack stand apart
GROUP_GAP = 1.35  # gaps within a group, or thicknesses, from which a gap parts two groups
BESIDE_EM = 1.6  # from a bar to the value written at it, at most
ALONG_WEIGHT = 0.1  # of pixels along a bar in the distance to a number
FAR_PX = 1e6  # beyond every picture
TOUCHING = 0.1  # thicknesses between bars that touch, at most
REACH = 0.5  # steps from a category to its name, at most
MOST = 0.5  # share of the numbers along an axis, or written at bars, that have to agree: more than that


@dataclass(frozen=True)
class _Bars:
    """N bars, taken apart: (N,) each; pixels."""

    boxes: np.ndarray  # (N, 4)
    upright: bool
    lane: np.ndarray  # number of each one's lane
    base: np.ndarray
    tip: np.ndarray
    standing: np.ndarray  # whether on the common base, not on another bar
    middle: np.ndarray  # across
    thick: float

    @property
    def floor(self) -> float:
        return float(np.median(self.base[self.standing]))


def read_bars(plot: Plot) -> Found | None:
    """Read bars, groups and stacks of bars; None if there are none."""
    shown = [mark for mark in plot.marks.rectangles if not alike(mark.color, plot.marks.ground)]  # ground lies between
    marks = sorted(shown, key=lambda mark: (round(mark.box.left), -mark.box.bottom))
    if not marks:
        return None
    boxes = np.array([mark.box for mark in marks])
    upright = _are_upright(plot, boxes)
    axis = plot.up if upright else plot.across
    bars = _taken_apart(boxes, upright, axis)
    # 1. A series is a colour, unless every bar has one of its own.
    series, number = plot.keys.series(np.array([mark.color for mark in marks]))
    own_color = len(set(number.tolist())) == len(set(bars.lane.tolist())) == len(marks)
    entries = [series[i] if i >= 0 else "" for i in number.tolist()]
    if len(series) > 1 and own_color:
        series, number = [""], np.zeros(len(marks), int)
    # 2. Categories, and their names along the axis, or in the legend.
    category, places = _categories(bars, number)
    names, labels, lost = _names(plot, bars, places)
    if not any(names) and own_color:
        names = [entries[i] for i in np.argsort(category)]
    # 3. Values: written where the axis agrees, else measured.
    if axis and axis.log and not bars.standing.all():
        return None
    written = _written(plot, bars)
    axis, scale, by_length = _scaled(bars, written, axis)
    if axis is None:
        return None
    legend = [label.box.grown(label.em_px) for label in plot.keys.labels]
    cells, shapes = [["" for _ in places] for _ in series], []
    for i in np.flatnonzero(number >= 0).tolist():
        base, tip, label = float(bars.base[i]), float(bars.tip[i]), written[i]
        measured = axis.value(abs(tip - base)) if by_length else axis.value(tip)
        if not by_length and not bars.standing[i]:
            measured = abs(measured - axis.value(base))
        text = written_cell(label) if label and by_length else _agreed(bars, i, label, axis) or axis.write(measured)
        below = bars.tip[(bars.lane == bars.lane[i]) & (np.arange(len(marks)) != i)]
        floats = not bars.standing[i] and (np.abs(below - base) > 2 * BASE_PX).all()
        lost |= bool(cells[number[i]][category[i]]) or floats  # two bars of one value: its axis is broken
        end = (float(bars.middle[i]), tip) if upright else (tip, float(bars.middle[i]))
        lost |= any(box.holds(*end) for box in legend)  # how far it goes on below nobody sees
        lost |= _goes_on(bars, i, marks[i].color, plot.marks.pixels)
        cells[number[i]][category[i]] = text
        shapes.append(Shape(marks[i].color, _outline(bars, i, text, axis, by_length)))
    if len(series) > 1 and not any(series) and not upright:
        series = _heads(plot, bars, number, len(series))
    confidence = float(np.median([mark.score for mark in marks]))
    titles, at = plot.titles(axis, labels, upright), tuple(places) if upright else ()
    table = "bar", tuple(names), tuple(series), tuple(map(tuple, cells))
    return Found(*table, confidence, *titles, tuple(shapes), at, scale, lost)


def _are_upright(plot: Plot, boxes: np.ndarray) -> bool:
    """Whether bars stand: all end at one height, or are as wide; else whether numbers go up beside them."""
    level, upright = (
        any((np.abs(ends - end).min(1) <= BASE_PX).all() for end in ends[0])
        for ends in (boxes[:, [1, 3]], boxes[:, [0, 2]])
    )
    if level != upright:
        return level
    sides = boxes[:, 2:] - boxes[:, :2]
    wide, high = np.median(np.abs(sides - np.median(sides, axis=0)), axis=0).tolist()
    if len(boxes) > 2 and max(wide, high) > EVEN_PX:
        return bool(wide < high)
    return plot.up is not None or (plot.across is None and wide <= high)


def _taken_apart(boxes: np.ndarray, upright: bool, axis: Axis | None) -> _Bars:
    low, high = (boxes[:, 3], boxes[:, 1]) if upright else (boxes[:, 0], boxes[:, 2])
    across = boxes[:, [0, 2]] if upright else boxes[:, [1, 3]]
    middle, thick = across.mean(1), float(np.median(across[:, 1] - across[:, 0]))
    lane = np.zeros(len(boxes), int)
    for i, own in enumerate(close_values(middle.tolist(), LANE_SHARE * thick)):
        lane[own] = i
    # The base is where bars of most lanes end; where several places are, the one next to zero.
    ends, lanes = np.concatenate([low, high]), np.tile(lane, 2)
    groups = close_values(ends.tolist(), BASE_PX)
    counts = [len(set(lanes[group].tolist())) for group in groups]
    places = [float(np.median(ends[g])) for g, count in zip(groups, counts, strict=True) if count == max(counts)]
    zero = axis.pixel(0) if axis and not axis.log else (FAR_PX if upright else -FAR_PX)
    floor = min(places, key=lambda place: abs(place - zero))
    from_low = np.abs(low - floor) <= np.abs(high - floor)
    base, tip = np.where(from_low, low, high), np.where(from_low, high, low)
    return _Bars(boxes, upright, lane, base, tip, np.abs(base - floor) <= BASE_PX, middle, thick)


def _categories(bars: _Bars, number: np.ndarray) -> tuple[np.ndarray, list[float]]:
    """The category of each bar, and where the categories are: lanes, or groups of lanes whose colours take turns."""
    lanes = [np.flatnonzero(bars.lane == i) for i in range(bars.lane.max() + 1)]
    at = [float(np.median(bars.middle[lane])) for lane in lanes]
    colors = [set(number[lane].tolist()) for lane in lanes]
    groups = [[i] for i in range(len(lanes))]
    if len(set().union(*colors)) > 1 and max(map(len, lanes)) == 1:
        gaps = np.diff(at)
        widest = GROUP_GAP * max(gaps.min(), bars.thick)
        groups = [[0]]
        for i in range(1, len(lanes)):
            if colors[i] & set().union(*(colors[k] for k in groups[-1])) or gaps[i - 1] > widest:
                groups.append([i])
            else:
                groups[-1].append(i)
    of_lane = {i: k for k, group in enumerate(groups) for i in group}
    return np.array([of_lane[i] for i in bars.lane.tolist()]), [(at[g[0]] + at[g[-1]]) / 2 for g in groups]


def _names(plot: Plot, bars: _Bars, places: Sequence[float]) -> tuple[list[str], list[Label], bool]:
    """Names of categories, the texts of their row or column, and whether one of these has no bar."""
    if bins := _bins(plot, bars, places):
        return bins, list(plot.across.labels) if plot.across else [], False
    (left, top), (right, bottom) = bars.boxes[:, :2].min(0).tolist(), bars.boxes[:, 2:].max(0).tolist()
    span = left, right
    labels = plot.names_below(bottom, span, places) if bars.upright else column_beside(plot.texts, left, places)
    size = right - left if bars.upright else bottom - top
    reach = REACH * pitch(places) if len(places) > 1 else size + plot.texts.em_px
    found = assign_names(places, labels, bars.upright, reach)
    lost = len(labels) > sum(map(bool, found))
    return fill_names([label.text if label else "" for label in found]), labels, lost


def _bins(plot: Plot, bars: _Bars, places: Sequence[float]) -> list[str]:
    """Ranges of numbers, where bars touch and the ticks below stand at their edges."""
    ticks = np.array([tick.x for tick in plot.marks.peaks.get("tick", ()) if tick.kind == "below"])
    edges = np.sort(bars.boxes[:, [0, 2]].ravel())
    if not bars.upright or plot.across is None or len(places) != len(bars.boxes) or len(places) < 2 or len(ticks) < 2:
        return []
    off = [np.abs(ticks[:, None] - np.array(at)).min(1).mean() for at in (edges, places)]
    if np.diff(edges[1:-1].reshape(-1, 2)).max() > bars.thick * TOUCHING or off[0] > off[1]:
        return []
    half = float(np.diff(edges[1:-1].reshape(-1, 2)).mean()) / 2
    between = [edges[0] - half, *edges[1:-1].reshape(-1, 2).mean(1), edges[-1] + half]
    return [f"{low}-{high}" for low, high in pairwise(write_all(plot.across.on_ticks(between), between))]


def _written(plot: Plot, bars: _Bars) -> list[Label | None]:
    """The number written at each bar, in it or beyond its end; the nearest first."""
    pairs = []
    for i, (left, top, right, bottom) in enumerate(bars.boxes.tolist()):
        low, high = (top, bottom) if bars.upright else (left, right)
        for j, text in enumerate(plot.written):
            along, aside = (text.y, text.x) if bars.upright else (text.x, text.y)
            half = (text.box.height if bars.upright else text.box.width) / 2
            off, beyond = abs(aside - bars.middle[i]), max(low - along, along - high, 0.0) - half
            if off <= max(bars.thick, text.em_px) / 2 and beyond < BESIDE_EM * text.em_px:
                pairs.append((max(beyond, 0.0) + ALONG_WEIGHT * abs(along - (low + high) / 2) + off, i, j))
    found, taken = dict[int, int](), set[int]()
    for _, i, j in sorted(pairs):
        if i not in found and j not in taken:
            found[i] = j
            taken.add(j)
    return [plot.written[found[i]] if i in found else None for i in range(len(bars.boxes))]


def _goes_on(bars: _Bars, i: int, color: np.ndarray, pixels: np.ndarray) -> bool:
    """Whether a bar has its colour beyond its tip, too: a line across it was taken for its end."""
    beyond = bars.tip[i] + np.sign(bars.tip[i] - bars.base[i]) * np.arange(1, 3 * LENGTH_PX)[:, None]
    across = bars.middle[i] + bars.thick * np.array([-LANE_SHARE, 0, LANE_SHARE])
    x, y = np.broadcast_arrays(*((across, beyond) if bars.upright else (beyond, across)))
    height, width = pixels.shape[:2]
    seen = pixels[y.astype(int).clip(0, height - 1), x.astype(int).clip(0, width - 1)]
    return bool(alike(seen, color).all(1).sum() >= LENGTH_PX)


def _agreed(bars: _Bars, i: int, label: Label | None, axis: Axis) -> str:
    """The number written at a bar, if it ends where its axis says, or is as long as that."""
    return agreed(label, axis, float(bars.tip[i]), None if bars.standing[i] else float(bars.base[i]))


def _scaled(bars: _Bars, written: Sequence[Label | None], axis: Axis | None) -> tuple[Axis | None, float, bool]:
    """The axis of bars, the share of numbers that agree with it, and whether it is of lengths, as most values say."""
    if axis and not axis.log and abs(axis.pixel(0) - bars.floor) <= ZERO_PX:  # bars stand on zero
        axis = replace(axis, offset=axis.offset - axis.value(bars.floor))
    met = [bool(_agreed(bars, i, label, axis)) for i, label in enumerate(written) if label] if axis else []
    scale = float(np.mean(met)) if met else axis.agreed if axis else 0.0
    if scale > MOST:
        return axis, scale, False
    lengths = np.abs(bars.tip - bars.base)
    known = [(length, label) for length, label in zip(lengths, written, strict=True) if label and label.number]
    rates = np.array([abs(label.number.value) / length for length, label in known if label.number])
    if not len(rates) or not (rate := float(np.median(rates))):
        return axis, scale, False
    off = np.abs(rates / rate - 1) * [length for length, _ in known]
    enough = len(rates) > len(bars.boxes) / 2 and (off <= LENGTH_PX).mean() > 0.5
    return (Axis(rate, 0.0, tuple(label for _, label in known)), 1.0, True) if enough else (axis, scale, False)


def _heads(plot: Plot, bars: _Bars, number: np.ndarray, count: int) -> list[str]:
    """Names above the uppermost bars that lie: of each series the nearest text."""
    top, em, names = bars.lane == bars.lane[bars.middle.argmin()], plot.texts.em_px, [""] * count
    above = float(bars.boxes[top, 1].min())
    free = [label for label in plot.texts.labels if not label.number and label.y < above]
    heads = [head for head in map(joined, stacked(free)) if above - HEAD_EM * em < head.box.bottom]
    for i in np.flatnonzero(top & (number >= 0)):
        left, _, right, _ = bars.boxes[i].tolist()
        near = [head for head in heads if left - em < head.x < right + em]
        if near:
            names[number[i]] = min(near, key=lambda h: above - h.box.bottom + abs(h.x - (left + right) / 2)).text
    return names if len(set(names)) == count else [""] * count


def _outline(bars: _Bars, i: int, text: str, axis: Axis, by_length: bool) -> np.ndarray:
    """The corners (4, 2) of a bar as long as its value says."""
    base, tip, number = float(bars.base[i]), float(bars.tip[i]), parse_number(text)
    if number is not None and bars.standing[i] and not by_length:
        tip = axis.pixel(number.value)
    elif number is not None:
        tip = base + np.sign(tip - base) * abs(number.value / axis.slope)
    left, top, right, bottom = bars.boxes[i].tolist()
    if bars.upright:
        return np.array([(left, tip), (right, tip), (right, base), (left, base)])
    return np.array([(base, top), (tip, top), (tip, bottom), (base, bottom)])
