"""A chart as far as all kinds share it: marks, texts, the legend's keys, value axes, titles, names below."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import cached_property

import numpy as np

from sokdok.figures.chart.read.axes import Axis, find_axes
from sokdok.figures.chart.read.labels import Label, written_cell
from sokdok.figures.chart.read.marks import Marks
from sokdok.figures.chart.read.names import row_below, title_below, title_beside, whole_names
from sokdok.figures.chart.read.series import Keys, Texts

AGREED_PX = 3.0  # that a written value may be off its mark
SAME_SLOPE = 0.03  # share that the steps of two axes of one scale differ, at most
TICK_PX = 6.0  # from a name to its tick, along the axis, at most


class Plot:
    """Marks and texts of a picture."""

    def __init__(self, marks: Marks, texts: Texts) -> None:
        self.marks, self.texts, self.keys = marks, texts, Keys(marks, texts)

    def stroke(self, name: str) -> np.ndarray:
        """Where one of `formats.charts.STROKES` runs (N, 2), but for what are strokes of letters."""
        return self.beside_texts(self.marks.strokes.get(name, np.zeros((0, 2))))

    @cached_property
    def points(self) -> np.ndarray:
        """Markers and bends of lines (N, 2)."""
        points = np.array([(point.x, point.y) for point in self.marks.peaks.get("point", ())]).reshape(-1, 2)
        return self.beside_texts(points)

    def beside_texts(self, places: np.ndarray) -> np.ndarray:
        """Those places (N, 2) that lie on no text: a round letter looks like a point, a stroke of one like a line."""
        boxes = np.array([label.box for label in self.texts.labels if not label.is_slanted]).reshape(-1, 4)
        inside = (places[:, None] > boxes[:, :2]) & (places[:, None] < boxes[:, 2:])
        return places[~inside.all(-1).any(-1)]

    # --- axes ---

    @cached_property
    def up(self) -> Axis | None:
        """The value axis along y: the left one of two."""
        found = self._axes(True)
        return min(found[:2], key=lambda axis: axis.labels[0].x) if self.second else next(iter(found), None)

    @cached_property
    def second(self) -> Axis | None:
        """The right one of two value axes along y whose numbers go up by different steps."""
        axes = [axis for axis in self._axes(True) if len(axis.labels) > 2][:2]
        two = len(axes) > 1 and abs(axes[0].slope - axes[1].slope) > SAME_SLOPE * abs(axes[0].slope)
        return max(axes, key=lambda axis: axis.labels[0].x) if two else None

    @cached_property
    def across(self) -> Axis | None:
        """The value axis along x."""
        return next(iter(self._axes(False)), None)

    def _axes(self, vertical: bool) -> list[Axis]:
        # Right of ticks on the right no value of a mark is written.
        wall = min((tick.x for tick in self.marks.peaks.get("tick", ()) if tick.kind == "right"), default=np.inf)
        own = [label for label in self.texts.labels if label.role != "value label" or label.box.left > wall]
        found = find_axes(own, vertical)
        found = found or [axis for axis in find_axes(self.texts.labels, vertical) if len(axis.labels) > 2]
        return [axis.on_ticks(self._ticks(vertical)) for axis in found]  # slanted numbers stand beside

    def _ticks(self, vertical: bool) -> list[float]:
        sides = ("left", "right") if vertical else ("below", "above")
        return [tick.y if vertical else tick.x for tick in self.marks.peaks.get("tick", ()) if tick.kind in sides]

    # --- names and titles ---

    def names_below(self, floor: float, span: tuple[float, float], places: Sequence[float] = ()) -> list[Label]:
        """The names in the first row below a floor, each moved to its tick.

        span: leftmost and rightmost mark. places: where names stand, if not at the ticks.
        """
        ticks, found = self._ticks(False), list[Label]()
        values = self.up.labels if self.up else ()  # the lowest of them may reach below the floor
        texts = replace(self.texts, labels=tuple(label for label in self.texts.labels if label not in values))
        for label in whole_names(row_below(texts, floor, span), places or ticks):
            tick = min(ticks, key=lambda tick: abs(tick - label.tick_x), default=np.inf)
            way = tick - label.tick_x
            found.append(replace(label, box=label.box.moved(way, 0)) if abs(way) <= TICK_PX else label)
        return found

    def titles(self, axis: Axis | None, names: Sequence[Label], upright: bool = True) -> tuple[str, str]:
        """Titles of the categories and of the values; upright: values go up."""
        if upright:
            return title_below(self.texts, names), title_beside(self.texts, axis)
        return title_beside(self.texts, None), title_below(self.texts, axis.labels if axis else ())

    @cached_property
    def written(self) -> list[Label]:
        """Numbers written at marks."""
        ticks = [label for axis in (self.up, self.across) if axis for label in axis.labels]
        numbers = [label for label in self.texts.labels if label.role == "value label" and label.number]
        return [label for label in numbers if label not in ticks]


def agreed(label: Label | None, axis: Axis, pixel: float, base: float | None = None) -> str:
    """The number written at a mark that ends at a pixel, where its axis says the same; else "".

    base: where the mark begins, if that is not at zero.
    """
    if label is None or label.number is None:
        return ""
    at = axis.pixel(label.number.value)
    if base is not None:
        at = base + (label.number.value / axis.slope if pixel > base else -abs(label.number.value / axis.slope))
    return written_cell(label) if abs(at - pixel) <= AGREED_PX else ""
