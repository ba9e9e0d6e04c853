"""Where the marks and the texts of a drawn chart are, to a part of a pixel; collected from any figure of matplotlib.

- *Peaks* are places: [x, y, kind], of a sector's rim its middle, too. *Strokes* are polylines: [[x, y], …].
- What they are called: `sokdok_lab.training.tasks.chart_marks`. Pixels count from the picture's upper left corner.
- matplotlib's artists say what they are by their class, parts of a box plot by the name (`gid`) that they were given.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np

from sokdok.figures.chart.numbers import parse_number
from sokdok_lab.synth.charts.data import ChartText, Role
from sokdok_lab.synth.charts.maker import lines_of

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.axis import Axis
    from matplotlib.figure import Figure
    from matplotlib.text import Text

LEAST_CELL_PX = 6.0  # of a heat map's cells, each way: smaller ones are a picture
MOST_CELLS = 900  # of a heat map
LEAST_BEND_PX = 1.5  # that a line's value without a marker lies off the way between its neighbours
LEAST_MARK_PX = 0.5  # of a bar, each way
SIDES = ("left", "right", "top", "bottom")
CLOSE_PX = 2.0  # beyond the axes, at which a mark still shows


@dataclass
class Marks:
    """Peaks and strokes by their name."""

    peaks: dict[str, list[list[Any]]] = field(default_factory=dict)
    strokes: dict[str, list[list[list[float]]]] = field(default_factory=dict)

    def add(self, name: str, points: Any, kind: str = "", *aim: float) -> None:
        """Add places (N, 2); aim: what a rim turns around."""
        rows = np.round(np.asarray(points, float).reshape(-1, 2), 2).tolist()
        if rows:
            self.peaks.setdefault(name, []).extend([*row, kind, *aim] for row in rows)

    def rectangle(self, box: Any, kind: str) -> None:
        """Add the corners of a rectangle: left, top, right, bottom."""
        left, top, right, bottom = map(float, box)
        if min(right - left, bottom - top) >= LEAST_MARK_PX:
            self.add("near", (left, top), kind)
            self.add("far", (right, bottom), kind)

    def stroke(self, name: str, points: Any) -> None:
        """Add a polyline (N, 2)."""
        points = np.asarray(points, float)
        if len(points) > 1 and np.isfinite(points).all():
            self.strokes.setdefault(name, []).append(np.round(points, 2).tolist())

    def line(self, points: np.ndarray, marked: bool, stroke: str = "line") -> None:
        """Add a line, or what else runs so, with its values: all that have a marker, and those where it bends."""
        if stroke:
            self.stroke(stroke, points)
        if marked:
            self.add("point", points, "marker")
        elif len(points) > 1:
            between = (points[:-2] + points[2:]) / 2
            bends = np.abs(points[1:-1] - between).max(1, initial=0) > LEAST_BEND_PX
            self.add("point", points[np.concatenate([[True], bends, [True]])], "bend")

    def scaled(self, scale: float) -> Marks:
        """The same of a picture that was made smaller."""
        peaks = {
            name: [[value if isinstance(value, str) else round(value * scale, 2) for value in row] for row in rows]
            for name, rows in self.peaks.items()
        }
        strokes = {
            name: [np.round(np.array(line) * scale, 2).tolist() for line in lines]
            for name, lines in self.strokes.items()
        }
        return Marks(peaks, strokes)

    def moved(self, x: float, y: float) -> Marks:
        """The same of a picture that was put on a larger one: x, y of its corner there."""
        peaks = {
            name: [[*_shifted(row[:2], x, y), row[2], *_shifted(row[3:], x, y)] for row in rows]
            for name, rows in self.peaks.items()
        }
        strokes = {name: [(np.array(line) + (x, y)).tolist() for line in lines] for name, lines in self.strokes.items()}
        return Marks(peaks, strokes)


def _shifted(point: list[float], x: float, y: float) -> list[float]:
    return [point[0] + x, point[1] + y] if point else []


# --- matplotlib ---


class _Collector:
    def __init__(self, figure: Figure) -> None:
        self.found, self.high = Marks(), float(figure.bbox.height)
        for axes in figure.axes:
            if axes.name != "3d":
                self._axes(axes)

    def _down(self, points: Any) -> np.ndarray:
        return np.asarray(points, float).reshape(-1, 2) * (1, -1) + (0, self.high)

    def _box(self, extent: Any) -> tuple[float, float, float, float]:
        return extent.x0, self.high - extent.y1, extent.x1, self.high - extent.y0

    def _axes(self, axes: Axes) -> None:
        self.frame = self._box(axes.get_window_extent())
        if axes.get_label() == "<colorbar>":
            self.found.rectangle(self.frame, "scale")
        else:
            self._shapes(axes)
            self._lines(axes)
            for collection in axes.collections:
                self._collection(collection)
            for image in axes.images:
                left, right, bottom, top = image.get_extent()
                rows, columns = image.get_array().shape[:2]
                corners = np.meshgrid(np.linspace(left, right, columns + 1), np.linspace(top, bottom, rows + 1))
                self._cells(axes.transData.transform(np.stack(corners, -1).reshape(-1, 2)), image.get_array())
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                self._axis(axis)
            for name, spine in axes.spines.items():
                if name in SIDES and spine.get_visible() and axes.get_frame_on():
                    left, top, right, bottom = self.frame
                    x, y = right if name == "right" else left, bottom if name == "bottom" else top
                    upright = name in ("left", "right")
                    self.found.stroke("axis", ((x, top), (x, bottom)) if upright else ((left, y), (right, y)))
        self._keys(axes.get_legend())

    def _inside(self, points: np.ndarray) -> np.ndarray:
        left, top, right, bottom = self.frame
        x, y = points.T
        near = (x > left - CLOSE_PX) & (x < right + CLOSE_PX) & (y > top - CLOSE_PX) & (y < bottom + CLOSE_PX)
        return points[near & np.isfinite(points).all(1)]

    def _clipped(self, box: Iterable[float]) -> list[float]:
        low, high = self.frame[:2] * 2, self.frame[2:] * 2
        return np.clip(np.nan_to_num(list(box)), low, high).tolist()

    def _shapes(self, axes: Axes) -> None:
        from matplotlib.patches import Rectangle, Wedge

        for patch in axes.patches:
            if not patch.get_visible():
                continue
            if isinstance(patch, Wedge):
                middle = self._down(axes.transData.transform(patch.center))[0].tolist()
                turns = np.radians([patch.theta1, patch.theta2])
                ends = np.array(patch.center) + patch.r * np.stack([np.cos(turns), np.sin(turns)], 1)
                self.found.add("rim", self._down(axes.transData.transform(ends)), "", *middle)
            elif isinstance(patch, Rectangle) or patch.get_gid() == "boxes":
                kind = "box" if patch.get_gid() == "boxes" else "bar"
                self.found.rectangle(self._clipped(self._box(patch.get_window_extent())), kind)
        for bars in axes.containers:
            caps = getattr(bars, "lines", (None, (), ()))[2]
            for part in caps:
                for segment in part.get_segments():
                    self._ends(axes.transData.transform(segment))

    def _ends(self, points: Any) -> None:
        self.found.add("end", self._inside(self._down(points)), "error")

    def _lines(self, axes: Axes) -> None:
        from matplotlib.cbook import STEP_LOOKUP_MAP

        errors = [line for bars in axes.containers for line in getattr(bars, "lines", (None, ()))[1]]
        errors += [getattr(bars, "lines", (None,))[0] for bars in axes.containers]
        for line in axes.lines:
            if line in errors or not line.get_visible():
                continue
            xy = np.asarray(line.get_xydata(), float)
            if line.get_drawstyle() in STEP_LOOKUP_MAP and line.get_drawstyle() != "default":
                xy = np.stack(STEP_LOOKUP_MAP[line.get_drawstyle()](*xy.T), 1)
            points, part = self._down(line.get_transform().transform(xy)), line.get_gid()
            marked = line.get_marker() not in ("None", "none", None, "", " ")
            if part in ("fliers", "means"):
                self.found.add("point", self._inside(points), "marker")
            elif part in ("caps", "medians") and len(points):
                self.found.add(
                    "end", self._inside(points.mean(0, keepdims=True)), "cap" if part == "caps" else "median"
                )
            elif part == "boxes" and len(points):
                self.found.rectangle(self._clipped([*points.min(0), *points.max(0)]), "box")
            elif part != "whiskers":
                drawn = line.get_linestyle() not in ("None", "none", "", " ")
                self.found.line(self._inside(points), marked, "line" if drawn else "")

    def _collection(self, collection: Any) -> None:
        from matplotlib.collections import FillBetweenPolyCollection, LineCollection, PathCollection, QuadMesh

        if isinstance(collection, QuadMesh):
            corners = collection.get_transform().transform(collection.get_coordinates().reshape(-1, 2))
            self._cells(corners, collection.get_array())
        elif isinstance(collection, PathCollection):
            places = collection.get_offset_transform().transform(np.ma.getdata(collection.get_offsets()))
            self.found.add("point", self._inside(self._down(places)), "marker")
        elif isinstance(collection, FillBetweenPolyCollection) and collection.get_gid() != "bodies":
            for path in collection.get_paths():  # there, along one edge, and back along the other
                points = self._down(collection.get_transform().transform(path.vertices))
                half = (len(points) - 3) // 2
                for edge in (points[1 : 1 + half], points[2 + half : -1]):
                    self.found.line(self._inside(edge), False, "edge")
        elif isinstance(collection, LineCollection):
            for segment in collection.get_segments():
                self._ends(collection.get_transform().transform(segment[[0, -1]]))

    def _cells(self, corners: np.ndarray, values: Any) -> None:
        rows, columns = values.shape[:2]
        grid = self._down(corners).reshape(rows + 1, columns + 1, 2)
        small = np.abs(grid[1, 1] - grid[0, 0]).min() < LEAST_CELL_PX
        if small or rows * columns > MOST_CELLS:
            return
        shown = np.isfinite(np.ma.filled(np.ma.asarray(values, float), np.nan))
        for i, j in np.argwhere(shown if shown.ndim == 2 else shown.all(-1)):
            ends = grid[[i, i + 1], [j, j + 1]]
            self.found.rectangle([*ends.min(0), *ends.max(0)], "cell")

    def _axis(self, axis: Axis) -> None:
        left, top, right, bottom = self.frame
        low, high = sorted(axis.get_view_interval())
        level = axis.axis_name == "x"
        for tick in axis.get_major_ticks():
            at = tick.get_loc()
            if not low <= at <= high:
                continue
            x, y = self._down(axis.axes.transData.transform((at, at)))[0]
            ends = ((x, top), (x, bottom)) if level else ((left, y), (right, y))
            if tick.gridline.get_visible():
                self.found.stroke("grid", ends)
            for label, shown, end, side in (
                (tick.label1, tick.label1.get_visible(), ends[level], "below" if level else "left"),
                (tick.label2, tick.label2.get_visible(), ends[not level], "above" if level else "right"),
            ):
                if shown and label.get_text().strip():
                    self.found.add("tick", end, side)

    def _keys(self, legend: Any) -> None:
        from matplotlib.collections import PathCollection
        from matplotlib.lines import Line2D

        for handle in legend.legend_handles if legend else ():
            if isinstance(handle, PathCollection):
                place = handle.get_offset_transform().transform(handle.get_offsets()).mean(0)
                self.found.add("key", self._down(place), "marker")
                continue
            left, top, right, bottom = self._box(handle.get_window_extent())
            kind = "line" if isinstance(handle, Line2D) else "patch"
            self.found.add("key", ((left + right) / 2, (top + bottom) / 2), kind)


def marks_of_figure(figure: Figure) -> Marks:
    """Collect the marks of a figure that was drawn."""
    return _Collector(figure).found


# --- texts ---


def texts_of_figure(figure: Figure) -> list[ChartText]:
    """Collect the texts of a figure that was drawn, each line by itself, with what it is.

    Numbers along an axis are ticks unless they were given as names; a number elsewhere is a value, and any other text
    at marks a name.
    """
    found: list[tuple[Text, Role]] = [(text, "note") for text in figure.texts]
    for axes in figure.axes:
        found += [(text, "title") for text in (axes.title, axes._left_title, axes._right_title)]
        found += [(text, "value label" if parse_number(text.get_text()) else "category") for text in axes.texts]
        if axes.axison:
            for axis in (axes.xaxis, axes.yaxis):
                found += [(axis.label, "axis title"), (axis.offsetText, "note"), *_tick_texts(axis)]
        if legend := axes.get_legend():
            found += [(legend.get_title(), "legend title"), *((text, "legend") for text in legend.get_texts())]
    for legend in figure.legends:
        found += [(text, "legend") for text in legend.get_texts()]
    return [line for text, role in found if text.get_visible() for line in lines_of(text, role, figure)]


def _tick_texts(axis: Axis) -> list[tuple[Text, Role]]:
    low, high = sorted(axis.get_view_interval())
    ticks = [tick for tick in axis.get_major_ticks() if low <= tick.get_loc() <= high]
    numbers = axis.isDefault_majfmt or axis.get_scale() == "log"
    role: Role = "value tick" if numbers and not axis.have_units() else "category"
    return [(text, role) for tick in ticks for text in (tick.label1, tick.label2)]
