"""Lines, areas and points, and their values along x.

- A value is read where a name or a number stands on the axis, and at even parts of the way between these where most
  points are, if names count up evenly; over numbers where lines bend, if these, drawn again, lie on them as well.
- The height of a line at a place is that of a point there, else of its ink, straight on either side.
- Edges say which colours areas have; the value of one is the way from where its colour begins to where it ends.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.read.axes import Axis, write_all, write_number
from sokdok.figures.chart.read.drawn import Found, Shape
from sokdok.figures.chart.read.labels import Label
from sokdok.figures.chart.read.marks import FEWEST_CELLS, MARKER_PX, alike
from sokdok.figures.chart.read.names import fill_names, pitch
from sokdok.figures.chart.read.plot import Plot, agreed
from sokdok.imaging.grouping import close_values

BEND_PX = 1.5  # that a point lies off the way between its neighbours where a line bends
NEAR_PX = 3.0  # from a place to a point that stands at it
SIDE_PX = 7.0  # to both sides of a place, where a line is straight enough to say its height there
EDGE_PX = 4.0  # down, between the edges of an area at a place, at least
OUTLINE_PX, SEEN_SHARE = 9.0, 0.5  # how thick an area is somewhere, and share of the places where it is seen, at least
FEWEST_SHARE = 0.12  # of the longest line's cells: fewer are specks
ON_SHARE = 0.75  # of the points of a chart, that are at its names or at even parts of the way between these
LEAST_CONTRAST = 12.0  # levels from the ground to an area
FEWEST_POINTS = 4  # of a scatter plot
WRITTEN_EM = 2.3  # from a line up or down to a value written at it, at most
CONFIDENCE = 0.9  # where all is found


@dataclass(frozen=True)
class _Places:
    """Where along x values are read."""

    at: list[float]
    names: list[str]
    labels: list[Label]


def read_areas(plot: Plot, bends: bool = False) -> Found | None:
    """Read areas, one on the other or from the floor, at the names below or where they bend; None if there are none."""
    edge, axis = plot.stroke("edge"), plot.up
    if len(edge) < 2 * FEWEST_CELLS or len(edge) < len(plot.stroke("line")) or axis is None:
        return None
    places = _at_bends(plot.across, plot.points[:, 0]) if bends else _places(plot, plot.points, edge)
    if places is None:
        return None
    seen = [color for x in places.at for color in _fillings(plot, edge, x, axis.pixel(0))]
    if not seen:
        return None
    series, number = plot.keys.series(np.array(seen))
    if not any(series):  # what is below an edge may be a paler colour than its key
        named, blended = plot.keys.series(np.array(seen), thin=True)
        series, number = (named, blended) if any(named) else (series, number)
    names, cells, shapes = [], [], []
    for i in sorted(set(number[number >= 0].tolist())):
        color = np.median(np.array(seen)[number == i], axis=0)
        row = {x: band for x in places.at if (band := _band(plot, edge, x, axis.pixel(0), color))}
        thickest = max((low - top for top, low in row.values()), default=0.0)
        if thickest < OUTLINE_PX or (number == i).sum() < SEEN_SHARE * len(places.at):
            continue  # what has the colour of an outline, or of one area blended with another
        names.append(series[i])
        floors = [0.0 if abs(low - axis.pixel(0)) <= EDGE_PX else axis.value(low) for _, low in row.values()]
        of = {x: axis.write(axis.value(top) - floor) for (x, (top, _)), floor in zip(row.items(), floors, strict=True)}
        cells.append(tuple(of.get(x, "") for x in places.at))
        around = [(x, top) for x, (top, _) in row.items()] + [(x, row[x][1]) for x in reversed(row)]
        shapes.append(Shape(color, np.array(around)))
    return _found(plot, "area", places, names, cells, shapes) if names else None


def _fillings(plot: Plot, edge: np.ndarray, x: float, floor: float) -> list[np.ndarray]:
    """The colours (3,) of what lies between the edges at a place; on the floor there is an axis as well."""
    x = min(max(x, float(edge[:, 0].min()) + NEAR_PX), float(edge[:, 0].max()) - NEAR_PX)
    near = edge[np.abs(edge[:, 0] - x) <= SIDE_PX]
    heights = [_height(near[group], x) for group in close_values(near[:, 1].tolist(), EDGE_PX)]
    heights += [floor for lowest in heights[-1:] if floor - lowest > EDGE_PX]
    downs = [np.linspace(top, bottom, 7)[1:-1] for top, bottom in pairwise(heights)]
    colors = [np.median(plot.marks.colors(np.stack([np.full_like(down, x), down], 1), 0), axis=0) for down in downs]
    return [color for color in colors if np.abs(color - plot.marks.ground).max() > LEAST_CONTRAST]


def _band(plot: Plot, edge: np.ndarray, x: float, floor: float, color: np.ndarray) -> tuple[float, float] | None:
    """Top and bottom at a place of what has a colour, straight on either side; None where nothing has it."""
    columns = np.arange(max(x - SIDE_PX, edge[:, 0].min() + 1), min(x + SIDE_PX, edge[:, 0].max() - 1)).astype(int)
    near = edge[np.abs(edge[:, 0] - x) <= SIDE_PX, 1]
    if not len(near):
        return None
    highest, lowest = max(0, int(near.min() - EDGE_PX)), int(max(floor, near.max()) + EDGE_PX)  # beyond there are keys
    own = alike(plot.marks.pixels[highest:lowest, columns], color)
    columns, own = columns[own.any(0)], own.compress(own.any(0), 1)
    if not len(columns):
        return None
    # The pixels at both ends are blended, and half of the area's.
    ends = highest + own.argmax(0) - 0.5, highest + len(own) - own[::-1].argmax(0) + 0.5
    top, bottom = (_height(np.stack([columns + 0.5, end], 1), x) for end in ends)
    return top, bottom


def read_lines(plot: Plot, bends: bool = False) -> Found | None:
    """Read lines at the names below them; None if there are none, or no axis. bends: where they bend."""
    lines = _lines(plot)
    if not lines or plot.up is None:
        return None
    points, ink = (np.concatenate([part[i] for _, *part in lines]) for i in (1, 0))
    if bends:
        places = _at_bends(plot.across, np.concatenate([_bends(points)[:, 0] for *_, points in lines]))
    else:
        places = _places(plot, points, np.concatenate([ink, points]))  # a marker at its end hides the line
    if places is None or len(places.at) < 2:  # a side of a triangle has a number beside it, too
        return None
    cells, shapes = zip(*(_values(plot, plot.up, places.at, *line) for _, *line in lines), strict=True)
    return _found(plot, "line", places, [name for name, *_ in lines], cells, list(shapes))


def with_lines(plot: Plot, found: Found) -> Found:
    """Add to bars and areas the lines that run over them, which go by the axis on the other side where there is one."""
    axis, fills = plot.second or plot.up, np.array([shape.color for shape in found.shapes])
    if not found.at or axis is None:
        return found
    names, values, shapes = list(found.series), list(found.values), list(found.shapes)
    corners = np.concatenate([np.zeros((0, 2)), *(shape.points for shape in found.shapes)])
    for name, ink, points in _lines(plot):
        row, shape = _values(plot, axis, found.at, ink, points)
        empty = [i for i, row in enumerate(values) if names[i] == name and not any(row)]
        if alike(shape.color, fills).any() or (name and name in names and not empty):
            continue
        if found.kind == "area" and (np.abs(shape.points[:, None] - corners) <= NEAR_PX).all(-1).any(1).all():
            continue  # it is drawn along an edge
        if empty:
            values[empty[0]] = row
        elif any(row):
            names.append(name)
            values.append(row)
        shapes.append(shape)
    return replace(found, series=tuple(names), values=tuple(values), shapes=tuple(shapes))


def _lines(plot: Plot) -> list[tuple[str, np.ndarray, np.ndarray]]:
    """Name each line, with its ink (N, 2) and the points (M, 2) on it."""
    ink, points = plot.stroke("line"), plot.points
    if len(ink) < FEWEST_CELLS:
        return []
    series, number = plot.keys.series(plot.marks.stroke_colors(np.concatenate([ink, points])), thin=True)
    of_ink, of_points = np.split(number, [len(ink)])
    counts = np.bincount(of_ink[of_ink >= 0], minlength=len(series))
    return [
        (series[i], ink[of_ink == i], points[of_points == i])
        for i, count in enumerate(counts)
        if count >= max(FEWEST_CELLS, FEWEST_SHARE * counts.max())
    ]


def _values(
    plot: Plot, axis: Axis, at: Sequence[float], ink: np.ndarray, points: np.ndarray
) -> tuple[tuple[str, ...], Shape]:
    """Read the values of a line at places along x, and draw them again."""
    heights = {x: height for x in at if (height := _line_at(ink, points, x)) is not None}
    row = [
        _written(plot, axis, x, heights[x]) or axis.write(axis.value(heights[x])) if x in heights else "" for x in at
    ]
    path = [(x, axis.pixel(value.value)) for x, cell in zip(at, row, strict=True) if (value := parse_number(cell))]
    color = np.median(plot.marks.stroke_colors(ink), axis=0)
    return tuple(row), Shape(color, np.array(path).reshape(-1, 2), filled=False)


def read_points(plot: Plot) -> Found | None:
    """Read a scatter plot; None if there is none."""
    points = sorted((p.x, p.y) for p in plot.marks.peaks.get("point", ()) if p.kind == "marker")
    where = plot.beside_texts(np.array(points).reshape(-1, 2))
    if plot.up is None or plot.across is None:
        return None
    beyond = [axis.steps_beyond(where[:, side]) for side, axis in enumerate((plot.across, plot.up))]
    where = where[np.maximum(*beyond) < 1]
    if len(where) < FEWEST_POINTS:
        return None
    colors, around = plot.marks.colors(where, 0), plot.marks.colors(where, MARKER_PX // 2)
    hollow = alike(colors, plot.marks.ground)
    colors[hollow] = around[hollow]
    series, number = plot.keys.series(colors)
    across, up = write_all(plot.across, where[:, 0].tolist()), write_all(plot.up, where[:, 1].tolist())
    cells = [tuple(text if number[j] == i else "" for j, text in enumerate(up)) for i in range(len(series))]
    shapes = [Shape(color, place[None], filled=False) for color, place in zip(colors, where, strict=True)]
    places = _Places(where[:, 0].tolist(), across, list(plot.across.labels))
    return _found(plot, "scatter", places, series, cells, shapes)


def _found(
    plot: Plot, kind: str, places: _Places, series: Sequence[str], cells: Sequence[tuple[str, ...]], shapes: list[Shape]
) -> Found:
    titles = plot.titles(plot.up, places.labels)
    at = tuple(places.at) if kind == "area" else ()
    numbers = plot.across if plot.across and places.labels == list(plot.across.labels) else None
    scale = min(axis.agreed for axis in (plot.up, numbers) if axis)
    return Found(kind, tuple(places.names), tuple(series), tuple(cells), CONFIDENCE, *titles, tuple(shapes), at, scale)


def _places(plot: Plot, points: np.ndarray, ink: np.ndarray) -> _Places:
    """Find where values are read, for ink (N, 2) with points (M, 2) on it."""
    span = float(ink[:, 0].min()), float(ink[:, 0].max())
    # The names stand below the lowest number of the value axis.
    floor = max((label.y - label.em_px / 2 for label in plot.up.labels), default=0.0) if plot.up else ink[:, 1].max()
    labels = plot.names_below(float(floor), span)
    inside = [label for label in labels if span[0] - NEAR_PX <= label.tick_x <= span[1] + NEAR_PX]
    own = _Places([label.tick_x for label in inside], [label.text for label in inside], labels)
    return _evenly(inside, points[:, 0]) or own


def _at_bends(axis: Axis | None, at: np.ndarray) -> _Places | None:
    """Places (N,) along an axis of numbers by the roundest ones there, at even steps if lines bend at most of these."""
    if axis is None or axis.log or not len(at):
        return None
    values, off = axis.offset + axis.slope * at, NEAR_PX * abs(axis.slope)
    steps = (part * 10.0**power for power in range(9, -9, -1) for part in (5, 2, 1))
    step = next((s for s in steps if (np.abs(values - (values / s).round() * s) <= off).all()), 1)
    numbers = (values / step).round().astype(int)
    places, apart = np.unique(numbers), int(np.gcd.reduce(numbers - numbers[0]))
    if apart * step <= 2 * off:  # anything lies at such steps
        return None
    even = np.arange(places[0], places[-1] + 1, apart)
    even = even if len(places) >= ON_SHARE * len(even) else places
    return _Places([axis.pixel(i * step) for i in even], [write_number(i * step, 9) for i in even], list(axis.labels))


def _bends(points: np.ndarray) -> np.ndarray:
    """Those points (N, 2) of a line, from left to right, that do not lie straight between their neighbours."""
    left = points[np.lexsort(points.T[::-1])]
    while len(left) > 2:
        (right, down), (x, y) = (left[2:] - left[:-2]).T, (left[1:-1] - left[:-2]).T
        off = np.abs(right * y - down * x) / np.maximum(np.hypot(right, down), 1.0)
        if off.min() > BEND_PX:
            break
        left = np.delete(left, 1 + off.argmin(), 0)
    return left


def _evenly(labels: list[Label], points: np.ndarray) -> _Places | None:
    """Places at even steps from name to name, or at the largest parts of these at which most points (N,) are.

    Points elsewhere are where lines cross. None where the names don't stand evenly.
    """
    spots = np.array([label.tick_x for label in labels])
    if len(labels) < 2 or pitch(spots.tolist()) <= NEAR_PX:
        return None
    number = np.round((spots - spots[0]) / pitch(spots.tolist())).astype(int)
    if len(set(number.tolist())) < len(labels):
        return None
    step = float(np.median(np.diff(spots) / np.diff(number)))
    start = float(np.median(spots - number * step))
    # At the ends of an axis names may end where it does.
    sides = np.array([(label.tick_x, label.box.left, label.box.right) for label in labels])
    if np.abs(sides.T - start - number * step).min(0).max() > NEAR_PX:
        return None
    found = list[_Places]()
    for parts in range(1, max(2, int(step / (3 * NEAR_PX)))):
        steps = (points - start) * parts / step
        off = (steps - steps.round()) * step / parts
        beside = float(np.median(off)) if len(off) else 0.0  # of slanted names the place is known less well
        on = np.abs(off - beside) <= NEAR_PX
        all_steps = np.concatenate([number * parts, steps[on].round()]).astype(int)
        first, names = all_steps.min(), [""] * (np.ptp(all_steps) + 1)
        for label, i in zip(labels, number * parts - first, strict=True):
            names[i] = label.text
        at = start + (first + np.arange(len(names))) * step / parts
        found.append(_Places(at.tolist(), fill_names(names), labels))
        if on.sum() >= ON_SHARE * len(points) and all(found[-1].names):
            return replace(found[-1], at=(at + beside).tolist())
    return found[0]


def _line_at(ink: np.ndarray, points: np.ndarray, x: float) -> float | None:
    """The height of a line at x; None where it has neither a point nor ink."""
    near = points[np.abs(points[:, 0] - x) <= NEAR_PX]
    if len(near):
        return float(near[np.abs(near[:, 0] - x).argmin(), 1])
    near = ink[np.abs(ink[:, 0] - x) <= SIDE_PX]
    return _height(near, x) if len(near) else None


def _height(cells: np.ndarray, x: float) -> float:
    """The height at x of what runs through cells (N, 2), straight on either side."""
    found = []
    for side in (cells[cells[:, 0] <= x + 1], cells[cells[:, 0] >= x - 1]):
        if len(side) > 2 and np.ptp(side[:, 0]) >= NEAR_PX:
            # Theil and Sen's estimate: what is written across it, or blurred, is passed over.
            right, down = (side[:, i, None] - side[:, i] for i in (0, 1))
            slope = np.median(down[right > 0] / right[right > 0])
            found.append(float(np.median(side[:, 1] - slope * (side[:, 0] - x))))
    return float(np.mean(found)) if found else float(np.median(cells[:, 1]))


def _written(plot: Plot, axis: Axis, x: float, y: float) -> str:
    """The value written at a place of a line, where the axis agrees."""
    near = [text for text in plot.written if abs(text.x - x) < text.em_px and abs(text.y - y) < WRITTEN_EM * text.em_px]
    return next(filter(None, (agreed(text, axis, y) for text in near)), "")
