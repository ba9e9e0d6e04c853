"""How a geometry figure is written down and read again: the family's dictionary, and logic forms for what marks state.

`read_dictionary` and `build_scene` make a typed scene of what a model wrote: named points, lines with the points on
them, circles. Its coordinates are the text's own, which `to_pixels` lays over the picture again.

- The dictionary is what DeepSeek-OCR writes for geometry: `Line` (`line`, `line_type`, `line_endpoint`) and `Circle`
  (`circle_center`, `radius`) in a window of -15 to 15 with y upward. The key `Relation` is ours.
- Logic forms (`Equals(LengthOf(Line(A, C)), 2x+3)`) are those of Geometry3K (Lu et al. 2021, Inter-GPS); they read as
  nested tuples, their last argument as free text.
- A model's text is read by a grammar, never evaluated: lists, strings and numbers. What breaks off keeps what came
  before: `read_dictionary` returns it with the reason it stopped.
"""

from __future__ import annotations

import json
import math
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from importlib.resources import files
from itertools import chain, pairwise, repeat
from typing import Any

from sokdok.reasons import say

DEEPEST = 8  # levels of brackets that are read
ON_SHARE = 0.02  # of the scene's size: offset of a point on a line or circle, at most
MOST = 500  # lines, circles and points that are taken, of each
_TOKEN = re.compile(
    r"\s*(?:(?P<string>'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")|(?P<word>[\w.+-]+)|(?P<sign>[{}\[\]:,()]))"
)
_NUMBER = r"[-+]?(?:\d+\.?\d*|\.\d+)(?:[eE][-+]?\d{1,3})?"
_PLACE = re.compile(rf"\(\s*({_NUMBER})\s*,\s*({_NUMBER})\s*\)")
_NAMED = re.compile(r"\s*([^\s:(),]{1,8})\s*:\s*\(")
_HEAD = re.compile(r"\s*([A-Za-z]+)\s*\(")

Place = tuple[float, float]
Form = tuple[Any, ...]  # a logic form: its predicate, then arguments that are forms or strings


class _Broken(ValueError):
    """Where the grammar ends; the message is for people."""


def read_dictionary(text: str) -> tuple[dict[str, Any], str]:
    """Parse a text; returns its dictionary and, where it is malformed, why its rest does not count."""
    start = text.find("{")
    if start < 0:
        return {}, "the text holds no dictionary"
    found: list[dict[str, Any]] = []
    try:
        _Grammar(text, start).value(found.append)
    except _Broken as broken:
        return found[0], str(broken)
    return found[0], ""


class _Grammar:
    """A cursor on a text."""

    def __init__(self, text: str, start: int) -> None:
        self.text, self.at = text, start

    def value(self, put: Callable[[Any], None], depth: int = 0) -> None:
        """Read a value and put it in its place; a container before it is filled, so that what breaks off is kept."""
        if depth > DEEPEST:
            raise _Broken("the dictionary is nested too deeply")
        match = self._next()
        if match["sign"] == "{":
            mapping: dict[str, Any] = {}
            put(mapping)
            while not self._skip("}"):
                key = self._next()
                if not key["string"]:
                    raise _broken("a key in quotes was expected, not {}", key)
                self._take(":")
                self.value(partial(mapping.__setitem__, _unquoted(key["string"])), depth + 1)
                self._skip(",")
        elif match["sign"] == "[":
            sequence: list[Any] = []
            put(sequence)
            while not self._skip("]"):
                self.value(sequence.append, depth + 1)
                self._skip(",")
        elif match["string"]:
            put(_unquoted(match["string"]))
        else:
            try:
                put(float(match["word"] or ""))
            except ValueError:
                raise _broken("{} is no value", match) from None

    def _next(self) -> re.Match[str]:
        match = _TOKEN.match(self.text, self.at)
        if not match:
            rest = self.text[self.at : self.at + 12].strip()
            raise _Broken(f"the text breaks off at {rest!r}" if rest else "the text breaks off before its end")
        self.at = match.end()
        return match

    def _take(self, sign: str) -> None:
        if not self._skip(sign):
            raise _broken(f"{sign!r} was expected, not {{}}", self._next())

    def _skip(self, sign: str) -> bool:
        match = _TOKEN.match(self.text, self.at)
        if match and match["sign"] == sign:
            self.at = match.end()
            return True
        return False


def _broken(message: str, match: re.Match[str]) -> _Broken:
    return _Broken(f"{message.format(repr(match[0].strip()))} (at character {match.start() + 1})")


def _unquoted(literal: str) -> str:
    return re.sub(r"\\(.)", r"\1", literal[1:-1])


def places(text: str) -> list[Place]:
    """Find every (x, y) of a text that is finite."""
    found = ((float(x), float(y)) for x, y in _PLACE.findall(text))
    return [place for place in found if all(map(math.isfinite, place))]


def named_place(text: str) -> tuple[str, Place] | None:
    """Parse the name and place of `A: (1, 2)`; the name is empty for `(1, 2)`; None for anything else."""
    found, name = places(text), _NAMED.match(text)
    return (name[1] if name else "", found[0]) if found else None


def read_form(text: str, depth: int = 0) -> Form | None:
    """Parse a logic form; None where the text is none."""
    match = _HEAD.match(text)
    if not match or not text.rstrip().endswith(")") or depth > DEEPEST:
        return None
    parts = _arguments(text[match.end() : text.rstrip().rfind(")")])
    if parts is None:
        return None
    forms = [read_form(part, depth + 1) if part.lstrip()[:1].isupper() else None for part in parts]
    return (match[1], *(form or part.strip() for form, part in zip(forms, parts, strict=True)))


def _arguments(text: str) -> list[str] | None:
    """Split at the commas outside brackets; None where brackets don't match."""
    parts, level = [""], 0
    for char in text:
        level += {"(": 1, ")": -1}.get(char, 0)
        if level < 0:
            return None
        if char == "," and not level:
            parts.append("")
        else:
            parts[-1] += char
    return parts if not level else None


WINDOW = 15.0  # half the long side of a picture in the dictionary's coordinates
SOLID, DASHED = "--", ".."


def dictionary(
    size: tuple[int, int],
    lines: Iterable[tuple[Place, Place, bool]],
    names: Mapping[str, Place],
    circles: Sequence[tuple[str, Place, float]],
    stated: Sequence[str],
) -> str:
    """Write a figure on a picture of (width, height); places and radii in its pixels.

    lines: first point, last point, whether dashed. circles: the centre's name or nothing, centre, radius.
    """
    scale = 2 * WINDOW / max(size)

    def put(place: Place) -> str:
        return f"({(place[0] - size[0] / 2) * scale:.2f}, {(size[1] / 2 - place[1]) * scale:.2f})"

    lines = list(lines)
    text: dict[str, object] = {
        "Line": {
            "line": [f"{put(first)} -- {put(last)}" for first, last, _ in lines],
            "line_type": [DASHED if dashed else SOLID for _, _, dashed in lines],
            "line_endpoint": [f"{name}: {put(place)}" for name, place in names.items()],
        }
    }
    if circles:
        centers = [f"{name}: {put(place)}" if name else put(place) for name, place, _ in circles]
        text["Circle"] = {"circle_center": centers, "radius": [round(radius * scale, 2) for *_, radius in circles]}
    return str(text | {"Relation": list(stated)})


RELATIONS: dict[str, dict[str, str]] = json.loads(
    files("sokdok.figures.geometry").joinpath("relations.json").read_text(encoding="utf-8")
)  # kind → its logic form, and its statement in English and Korean; {0} and {1} stand for the names of things


def logic_form(kind: str, *things: Sequence[str], value: str = "") -> str:
    """Write the logic form of a kind of relation between things, each by the names of its points."""
    return RELATIONS[kind]["form"].format(*map(", ".join, things), value=value)


def on_line(point: str, a: str, b: str) -> str:
    """Write that a point lies between two others."""
    return logic_form("on line", (point,), (a, b))


def perpendicular(vertex: str, a: str, b: str) -> str:
    """Write that an angle with legs through a and b is right."""
    return logic_form("perpendicular", (a, vertex), (vertex, b))


def labelled(role: str, names: Sequence[str], value: str) -> str:
    """Write what a label with a role of `formats.geometry.ROLES` states of its points, an angle's vertex first."""
    kind = {"length": "length", "angle": "angle"}.get(role, "angle number")
    return logic_form(kind, _angle_name(names), value=value)


def alike(kind: str, groups: Sequence[Sequence[str]]) -> list[str]:
    """Write what equal marks (a kind of `formats.geometry.MARKS`) on several segments or angles state, pair by pair."""
    relation = {"arrow": "parallel", "tick": "equal lengths", "arc": "equal angles"}[kind.rstrip("123")]
    return [logic_form(relation, _angle_name(a), _angle_name(b)) for a, b in pairwise(groups)]


def _angle_name(names: Sequence[str]) -> Sequence[str]:
    """A segment's points as they are; an angle, whose vertex comes first, with its vertex in the middle."""
    return names if len(names) == 2 else (names[1], names[0], names[2])


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
