"""What a drawn geometry figure says: points, strokes, circles, marks and labels, as logic forms and as a dictionary.

The logic forms are what the figure *states*, by what lies on what, by marks and by labels; never what merely looks so.
"""

from __future__ import annotations

from dataclasses import dataclass
from itertools import combinations

import numpy as np

from sokdok.figures.geometry.dictionary import Place, alike, dictionary, labelled, logic_form, on_line, perpendicular
from sokdok.imaging.box import Box
from sokdok.model.nano.formats.geometry import MARKS


@dataclass(frozen=True)
class Point:
    """A point in pixels; `name` is empty where the figure gives it none."""

    name: str
    x: float
    y: float


@dataclass(frozen=True)
class Stroke:
    """A straight line as drawn, from its first to its last point; all points on it in order."""

    points: tuple[int, ...]
    dashed: bool = False


@dataclass(frozen=True)
class Ring:
    """A circle: its centre point, its radius in pixels, the points on it."""

    center: int
    radius: float
    points: tuple[int, ...] = ()


@dataclass(frozen=True)
class Mark:
    """A sign on the drawing: its kind (of `formats.geometry.MARKS`), its middle in pixels, what it speaks of.

    Two points for ticks and arrows, vertex and one point on either leg for right angles and arcs, one for an end.
    """

    kind: str
    x: float
    y: float
    points: tuple[int, ...]


@dataclass(frozen=True)
class Label:
    """A text: its role (of `formats.geometry.ROLES`), the points it speaks of as in `Mark`, and its characters.

    value: as a logic form writes it, without units and degree signs. chars: character, middle x and y, em in pixels.
    """

    text: str
    value: str
    role: str
    points: tuple[int, ...]
    box: Box
    chars: tuple[tuple[str, float, float, float], ...]


@dataclass(frozen=True, eq=False)
class GeometryFigure:
    """A picture (H, W, 3) uint8 with its truth in its pixels."""

    pixels: np.ndarray
    points: tuple[Point, ...]
    strokes: tuple[Stroke, ...]
    rings: tuple[Ring, ...]
    marks: tuple[Mark, ...]
    labels: tuple[Label, ...]

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.pixels.shape[1], self.pixels.shape[0]

    @property
    def relations(self) -> list[str]:
        """Logic forms: what lies on what, then what marks and labels state."""
        forms = []
        for stroke in self.strokes:
            names = [name for name in self._names(stroke.points) if name]
            forms += [on_line(b, a, c) for a, b, c in combinations(names, 3)]
        for ring in self.rings:
            center = self.points[ring.center].name
            forms += [
                logic_form("on circle", (name,), (center,)) for name in self._names(ring.points) if name and center
            ]
        return forms + self.stated()

    def stated(self) -> list[str]:
        """The logic forms of marks and labels, each once."""
        forms = [perpendicular(*self._names(mark.points)) for mark in self.marks if mark.kind == "right"]
        for kind in MARKS:
            if kind.startswith(("tick", "arc", "arrow")):
                forms += alike(kind, [self._names(mark.points) for mark in self.marks if mark.kind == kind])
        valued = [label for label in self.labels if label.role in ("length", "angle", "number")]
        forms += [labelled(label.role, self._names(label.points), label.value) for label in valued]
        return list(dict.fromkeys(forms))

    def dictionary(self) -> str:
        """The family's text."""
        names = {point.name: (point.x, point.y) for point in self.points if point.name}
        rings = [(self.points[ring.center].name, self._place(ring.center), ring.radius) for ring in self.rings]
        lines = [(self._place(s.points[0]), self._place(s.points[-1]), s.dashed) for s in self.strokes]
        return dictionary(self.size, lines, names, rings, self.stated())

    def _place(self, index: int) -> Place:
        return self.points[index].x, self.points[index].y

    def _names(self, indices: tuple[int, ...]) -> list[str]:
        return [self.points[index].name for index in indices]
