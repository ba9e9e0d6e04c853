"""A geometry figure as a typed scene: named points, lines with the points on them, circles.

Coordinates are the text's own: a window of -15 to 15, y upward, which `to_pixels` lays over the picture again.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import chain, repeat
from typing import Any

from sokdok.figures.geometry.dictionary import DASHED, SOLID, WINDOW, Place, named_place, places
from sokdok.reasons import say

ON_SHARE = 0.02  # of the scene's size: offset of a point on a line or circle, at most
MOST = 500  # lines, circles and points that are taken, of each


@dataclass(frozen=True)
class Line:
    """A straight line from a to b and the names of the points on it, in order."""

    a: Place
    b: Place
    dashed: bool
    points: tuple[str, ...]

    @property
    def ends(self) -> tuple[str, ...]:
        """First and last named points."""
        return self.points[0], self.points[-1]


@dataclass(frozen=True)
class Circle:
    """A circle; `name` is its centre's, empty where it has none; points on it in no order."""

    name: str
    center: Place
    radius: float
    points: tuple[str, ...]

    @property
    def title(self) -> str:
        """Its name, or where its centre lies."""
        return self.name or f"({self.center[0]:g}, {self.center[1]:g})"


@dataclass(frozen=True)
class Scene:
    """What is drawn."""

    points: dict[str, Place]
    lines: tuple[Line, ...]
    circles: tuple[Circle, ...]

    @property
    def corners(self) -> list[Place]:
        """Places that span what is drawn."""
        found = [*self.points.values(), *(end for line in self.lines for end in (line.a, line.b))]
        return found + [(c.center[0] + s * c.radius, c.center[1] + s * c.radius) for c in self.circles for s in (-1, 1)]

    @property
    def size(self) -> float:
        """The longer side of what is drawn."""
        return max((max(values) - min(values) for values in zip(*self.corners, strict=True)), default=0.0)

    def joined(self, a: str, b: str) -> bool:
        """Check whether a line runs from one named point to another."""
        return any(a in line.points and b in line.points for line in self.lines)


def to_pixels(place: Place, size: tuple[int, int]) -> Place:
    """Convert to a place on a picture of (width, height), y downward."""
    scale = max(size) / (2 * WINDOW)
    return size[0] / 2 + place[0] * scale, size[1] / 2 - place[1] * scale


def build_scene(found: dict[str, Any]) -> tuple[Scene, list[str]]:
    """Build the scene of a dictionary; returns it and what could not be used."""
    warnings: list[str] = []
    line, circle = (value if isinstance(value := found.get(key), dict) else {} for key in ("Line", "Circle"))
    points: dict[str, Place] = {}
    for text in _texts(line, "line_endpoint") + _texts(circle, "circle_center"):
        named = named_place(text)
        if named is None:
            warnings.append(say("no_point", text=text))
        elif named[0]:
            points.setdefault(*named)
    kinds = chain(_texts(line, "line_type"), repeat(SOLID))  # a line whose type is missing is solid
    ends = [(places(text), kind) for text, kind in zip(_texts(line, "line"), kinds, strict=False)]
    valid = [(where, kind) for where, kind in ends if len(where) > 1 and where[0] != where[-1]]
    warnings += [say("line_ends", count=len(ends) - len(valid))] if len(valid) < len(ends) else []
    rounds = _circles(circle, warnings)
    bare = Scene(points, tuple(Line(w[0], w[-1], kind == DASHED, ()) for w, kind in valid), tuple(rounds))
    return _with_incidences(bare), warnings


def _with_incidences(scene: Scene) -> Scene:
    near = ON_SHARE * scene.size
    lines = tuple(Line(line.a, line.b, line.dashed, _points_on(line, scene.points, near)) for line in scene.lines)
    circles = tuple(
        Circle(c.name, c.center, c.radius, tuple(
            name for name, place in scene.points.items() if abs(math.dist(place, c.center) - c.radius) <= near
        ))
        for c in scene.circles
    )  # fmt: skip
    return Scene(scene.points, lines, circles)


def _points_on(line: Line, points: dict[str, Place], near: float) -> tuple[str, ...]:
    length = math.dist(line.a, line.b)
    way = (line.b[0] - line.a[0]) / length, (line.b[1] - line.a[1]) / length
    found = []
    for name, (x, y) in points.items():
        step = x - line.a[0], y - line.a[1]
        along, offset = step[0] * way[0] + step[1] * way[1], step[0] * way[1] - step[1] * way[0]
        if abs(offset) <= near and -near <= along <= length + near:
            found.append((along, name))
    return tuple(name for _, name in sorted(found))


def _texts(mapping: dict[str, Any], key: str) -> list[str]:
    values = mapping.get(key)
    return [value for value in values if isinstance(value, str)][:MOST] if isinstance(values, list) else []


def _circles(circle: dict[str, Any], warnings: list[str]) -> list[Circle]:
    centers, radii = _texts(circle, "circle_center"), circle.get("radius")
    radii = radii if isinstance(radii, list) else []
    if len(centers) != len(radii):
        warnings.append(say("circle_counts", centres=len(centers), radii=len(radii)))
    found = []
    for text, radius in zip(centers, radii, strict=False):
        named = named_place(text)
        if named and isinstance(radius, float) and 0 < radius < math.inf:
            found.append(Circle(named[0], named[1], radius, ()))
        else:
            warnings.append(say("no_circle", text=text, radius=repr(radius)))
    return found
