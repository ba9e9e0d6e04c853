"""Relations in a scene: measured from coordinates with tolerances, or stated by the figure's marks and labels.

- They are written as statements for people, in English or Korean, as logic forms of Geometry3K, and as places on the
  picture.
- A measured relation carries its error: degrees for angles, shares for lengths and distances.
- Triangles and quadrilaterals are those of named points joined by drawn lines; each gets its strictest class.
- Things go by the names of their points: a line by two, an angle by three with its vertex in the middle, a circle by
  its centre's.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations, pairwise

from sokdok.figures.geometry.dictionary import RELATIONS, Form, Line, Place, Scene, logic_form, to_pixels

ANGLE_DEGREES = 2.0  # error of a right angle or of parallels, at most
LENGTH_SHARE = 0.03  # difference of equal lengths, at most
NEAR_SHARE = 0.02  # of the scene's size: distance of what meets or touches, at most
LANGUAGES = ("en", "ko")  # of statements
MOST_POINTS = 14  # named points up to which triangles and quadrilaterals are looked for

# Kinds of relation whose things can change places.
_MUTUAL = {"perpendicular", "parallel", "equal lengths", "equal angles", "tangent circles", "concentric"}


@dataclass(frozen=True)
class Relation:
    """Something that holds: its kind (a key of `RELATIONS`), what it is about, how it is known."""

    kind: str
    things: tuple[tuple[str, ...], ...]  # each by the names of its points
    source: str = "measured"  # measured or stated
    value: str = ""  # what a label says
    error: float = 0.0  # degrees or share; 0 where stated

    @property
    def meaning(self) -> tuple[object, ...]:
        """A key that is equal for relations that say the same: RQ is QR, and AB ⟂ CD is CD ⟂ AB."""
        things = [min(thing, thing[::-1]) for thing in self.things]
        return self.kind, tuple(sorted(things) if self.kind in _MUTUAL else things), self.value


def measured(scene: Scene) -> list[Relation]:
    """Measure all relations that coordinates show, incidences first."""
    found = [*_incidences(scene), *_midpoints(scene), *_directions(scene), *_equal_lengths(scene), *_circles(scene)]
    if len(scene.points) <= MOST_POINTS:
        found += [*_triangles(scene), *_quadrilaterals(scene)]
    return found


def stated(form: Form, scene: Scene) -> Relation | None:
    """Convert a logic form about a scene's points; None where it is of another kind or names other points."""
    relation = _from_form(form)
    known = relation and all(name in scene.points for thing in relation.things for name in thing)
    return relation if known else None


def drawing_error(relation: Relation, scene: Scene) -> float:
    """Compute the degrees by which the drawing contradicts a stated perpendicular or parallel, 0 for other kinds."""
    if relation.kind not in ("perpendicular", "parallel"):
        return 0.0
    first, second = (complex(*scene.points[b]) - complex(*scene.points[a]) for a, b in relation.things)
    if not first or not second:
        return 0.0
    return abs(_degrees_between(first, second) - (90.0 if relation.kind == "perpendicular" else 0.0))


def _from_form(form: Form) -> Relation | None:
    match form:
        case ("Perpendicular" | "Parallel" as kind, ("Line", *a), ("Line", *b)) if _names(2, a, b):
            return Relation(kind.lower(), (tuple(a), tuple(b)), "stated")
        case ("Equals", ("LengthOf", ("Line", *a)), ("LengthOf", ("Line", *b))) if _names(2, a, b):
            return Relation("equal lengths", (tuple(a), tuple(b)), "stated")
        case ("Equals", ("MeasureOf", ("Angle", *a)), ("MeasureOf", ("Angle", *b))) if _names(3, a, b):
            return Relation("equal angles", (tuple(a), tuple(b)), "stated")
        case ("Equals", ("LengthOf", ("Line", *a)), str(value)) if _names(2, a):
            return Relation("length", (tuple(a),), "stated", value)
        case ("Equals", ("MeasureOf", ("Angle", *a)), ("MeasureOf", str(value))) if _names(3, a):
            return Relation("angle number", (tuple(a),), "stated", value.removeprefix("angle").strip())
        case ("Equals", ("MeasureOf", ("Angle", *a)), str(value)) if _names(3, a):
            return Relation("angle", (tuple(a),), "stated", value)
    return None


def _names(count: int, *things: list[object]) -> bool:
    """Check that things are so many names each."""
    return all(len(thing) == count and all(isinstance(name, str) for name in thing) for thing in things)


def _incidences(scene: Scene) -> Iterator[Relation]:
    for line in scene.lines:
        for a, b, c in combinations(line.points, 3):
            start, stop, here = (complex(*scene.points[name]) for name in (a, c, b))
            offset = abs(((here - start) * (stop - start).conjugate()).imag)
            yield Relation("on line", ((b,), (a, c)), error=offset / (abs(stop - start) ** 2 or 1.0))
    for circle in scene.circles:
        for name in circle.points:
            error = abs(math.dist(scene.points[name], circle.center) - circle.radius) / circle.radius
            yield Relation("on circle", ((name,), (circle.title,)), error=error)


def _midpoints(scene: Scene) -> Iterator[Relation]:
    for line in scene.lines:
        for a, b, c in combinations(line.points, 3):
            first, second = (math.dist(scene.points[b], scene.points[end]) for end in (a, c))
            error = abs(first - second) / max(first, second, 1e-9)
            if error <= 2 * LENGTH_SHARE:
                yield Relation("midpoint", ((b,), (a, c)), error=error)


def _way(line: Line) -> complex:
    """Vector from a to b."""
    return complex(*line.b) - complex(*line.a)


def _degrees_between(a: complex, b: complex) -> float:
    """Compute the angle between two directions, 0 to 90, whichever way they point."""
    degrees = abs(math.degrees(cmath.phase(b / a)))
    return min(degrees, 180 - degrees)


def _directions(scene: Scene) -> Iterator[Relation]:
    """Find perpendicular lines that meet, and parallel lines."""
    for first, second in combinations(scene.lines, 2):
        degrees = _degrees_between(_way(first), _way(second))
        if len(first.points) < 2 or len(second.points) < 2:
            continue
        if abs(90 - degrees) <= ANGLE_DEGREES and _meet(first, second, NEAR_SHARE * scene.size):
            yield Relation("perpendicular", (first.ends, second.ends), error=abs(90 - degrees))
        elif degrees <= ANGLE_DEGREES and not set(first.points) & set(second.points):
            yield Relation("parallel", (first.ends, second.ends), error=degrees)


def _meet(first: Line, second: Line, near: float) -> bool:
    a, b, c, d = (complex(*place) for place in (first.a, first.b, second.a, second.b))
    cross = ((b - a).conjugate() * (d - c)).imag
    share = ((c - a).conjugate() * (d - c)).imag / cross
    other = ((c - a).conjugate() * (b - a)).imag / cross
    return all(-near <= value * length <= length + near for value, length in ((share, abs(b - a)), (other, abs(d - c))))


def _equal_lengths(scene: Scene) -> Iterator[Relation]:
    """Group equal segments between neighbouring named points, and whole lines."""
    segments = {}
    for line in scene.lines:
        for a, b in [*pairwise(line.points), *([(line.points[0], line.points[-1])] if len(line.points) > 2 else [])]:
            segments[a, b] = math.dist(scene.points[a], scene.points[b])
    ordered = sorted(segments, key=lambda name: segments[name])
    while ordered:
        first = ordered[0]
        group = [name for name in ordered if segments[name] <= segments[first] * (1 + LENGTH_SHARE)]
        ordered = ordered[len(group) :]
        if len(group) > 1:
            yield Relation("equal lengths", tuple(group), error=segments[group[-1]] / (segments[first] or 1.0) - 1)


def _circles(scene: Scene) -> Iterator[Relation]:
    near = NEAR_SHARE * scene.size
    for circle in scene.circles:
        for line in (line for line in scene.lines if len(line.points) > 1):
            distance, common = _distance(circle.center, line), set(line.points) & set(circle.points)
            error = abs(distance - circle.radius) / circle.radius
            foot_inside = distance < min(math.dist(circle.center, end) for end in (line.a, line.b))
            if error <= LENGTH_SHARE and (foot_inside or common) and len(common) < 2:  # of a chord both ends
                yield Relation("tangent", (line.ends, (circle.title,)), error=error)
    for one, two in combinations(scene.circles, 2):
        apart = math.dist(one.center, two.center)
        if apart <= near:
            yield Relation("concentric", ((one.title,), (two.title,)), error=apart / max(one.radius, two.radius))
        elif min(abs(apart - one.radius - two.radius), abs(apart - abs(one.radius - two.radius))) <= near:
            yield Relation("tangent circles", ((one.title,), (two.title,)))


def _distance(place: Place, line: Line) -> float:
    a, b, here = complex(*line.a), complex(*line.b), complex(*place)
    return abs(((here - a) * (b - a).conjugate()).imag) / abs(b - a)


def _triangles(scene: Scene) -> Iterator[Relation]:
    for names in combinations(scene.points, 3):
        if not all(scene.joined(a, b) for a, b in combinations(names, 2)):
            continue
        if any(set(names) <= set(line.points) for line in scene.lines):
            continue
        yield from _triangle(scene, names)


def _triangle(scene: Scene, names: tuple[str, ...]) -> Iterator[Relation]:
    a, b, c = (complex(*scene.points[name]) for name in names)
    sides = [abs(c - b), abs(a - c), abs(b - a)]  # each opposite the point of its number
    if min(sides) == 0:
        return
    spread = max(sides) / min(sides) - 1
    if spread <= LENGTH_SHARE:
        yield Relation("equilateral", (names,), error=spread)
        return
    for number, apex in enumerate(names):
        others = [names[i] for i in range(3) if i != number]
        legs = [sides[i] for i in range(3) if i != number]
        at, p, q = (complex(*scene.points[name]) for name in (apex, *others))
        right = abs(90 - abs(math.degrees(cmath.phase((p - at) / (q - at)))))
        if right <= ANGLE_DEGREES:
            yield Relation("right triangle", (names, (apex,)), error=right)
        if max(legs) / min(legs) - 1 <= LENGTH_SHARE:
            yield Relation("isosceles", (names, (apex,)), error=max(legs) / min(legs) - 1)


def _quadrilaterals(scene: Scene) -> Iterator[Relation]:
    for four in combinations(scene.points, 4):
        for order in ((0, 1, 2, 3), (0, 1, 3, 2), (0, 2, 1, 3)):
            names = tuple(four[i] for i in order)
            ring = list(zip(names, names[1:] + names[:1], strict=True))
            straight = any(len(set(names) & set(line.points)) > 2 for line in scene.lines)
            if all(scene.joined(a, b) for a, b in ring) and not straight:
                relation = _quadrilateral(names, [complex(*scene.points[name]) for name in names])
                if relation:
                    yield relation


def _quadrilateral(names: tuple[str, ...], corners: list[complex]) -> Relation | None:
    """Find the strictest class of a convex quadrilateral, if it has one."""
    sides = [after - here for here, after in zip(corners, corners[1:] + corners[:1], strict=True)]
    turns = [(here.conjugate() * after).imag for here, after in zip(sides, sides[1:] + sides[:1], strict=True)]
    if not (all(turn > 0 for turn in turns) or all(turn < 0 for turn in turns)):
        return None
    parallel = [_degrees_between(sides[0], sides[2]), _degrees_between(sides[1], sides[3])]
    square = max(abs(90 - _degrees_between(sides[i], sides[i + 1])) for i in range(3))
    lengths = [abs(side) for side in sides]
    even = max(lengths) / min(lengths) - 1
    if max(parallel) <= ANGLE_DEGREES:
        kinds = {(True, True): "square", (True, False): "rectangle", (False, True): "rhombus"}
        kind = kinds.get((square <= ANGLE_DEGREES, even <= LENGTH_SHARE), "parallelogram")
        return Relation(kind, (names,), error=max(parallel))
    if min(parallel) <= ANGLE_DEGREES:
        return Relation("trapezoid", (names,), error=min(parallel))
    return None


def statement(relation: Relation, language: str = "en") -> str:
    """Write one line, such as `AB ⟂ CD`. language: en or ko."""
    names = ["".join(thing) for thing in relation.things]
    return RELATIONS[relation.kind][language].format(*names, value=relation.value, equal=" = ".join(names))


def logic_forms(relation: Relation) -> list[str]:
    """Write the logic forms of a relation: one for every neighbouring pair where more than two things are equal."""
    groups = pairwise(relation.things) if relation.kind == "equal lengths" else [relation.things]
    return [logic_form(relation.kind, *group, value=relation.value) for group in groups]


_ROUND = {"on circle": {1}, "tangent": {1}, "tangent circles": {0, 1}, "concentric": {0, 1}}  # which things are circles
_ANGLES = {"angle", "angle number", "equal angles"}


@dataclass(frozen=True)
class Places:
    """Pixels of the picture, from its top left."""

    lines: tuple[tuple[float, float, float, float], ...]  # x and y of both ends
    circles: tuple[tuple[float, float, float], ...]  # x and y of the centre, radius
    points: tuple[tuple[float, float], ...]


def places_of(relation: Relation, scene: Scene, size: tuple[int, int]) -> Places:
    """Where the things of a relation are on a picture of (width, height)."""
    round_ones = _ROUND.get(relation.kind, set())
    names = [thing for number, thing in enumerate(relation.things) if number not in round_ones]
    titles = [relation.things[number][0] for number in sorted(round_ones)]
    closed = relation.kind not in _ANGLES  # a polygon has one more side, an angle its vertex in the middle
    rings = [(*thing, thing[0]) if closed and len(thing) > 2 else thing for thing in names]
    ends = [pair for ring in rings for pair in pairwise(ring)]
    return Places(
        tuple((*_pixels(scene, a, size), *_pixels(scene, b, size)) for a, b in ends),
        tuple(_circle_places(scene, titles, size)),
        tuple(_pixels(scene, thing[0], size) for thing in names if len(thing) == 1),
    )


def _circle_places(scene: Scene, titles: list[str], size: tuple[int, int]) -> Iterator[tuple[float, float, float]]:
    for circle in scene.circles:
        if circle.title in titles:
            x, y = to_pixels(circle.center, size)
            rim = to_pixels((circle.center[0] + circle.radius, circle.center[1]), size)
            yield round(x, 1), round(y, 1), round(math.dist((x, y), rim), 1)


def _pixels(scene: Scene, name: str, size: tuple[int, int]) -> tuple[float, float]:
    x, y = to_pixels(scene.points[name], size)
    return round(x, 1), round(y, 1)
