"""Scenes of plane geometry: points as complex numbers, strokes, rings, and facts for marks.

A scene is of any kind of SCENES, turned and mirrored; it is drawn again where points or lines come too close to tell
apart.
"""

from __future__ import annotations

import cmath
import math
import random
from collections.abc import Callable
from dataclasses import dataclass, field
from itertools import combinations, pairwise

Pair = tuple[int, int]
Triple = tuple[int, int, int]  # vertex, then a point on either leg
CLOSEST_POINTS, CLOSEST_LINE = 0.12, 0.06
"""of the larger side of a scene: how near points, and points and lines, may come"""
TRIES = 40
QUADRILATERALS = (
    *("square", "rectangle", "rhombus", "parallelogram", "parallelogram"),
    *("kite", "trapezoid", "isosceles", "any"),
)


@dataclass
class Sketch:
    """A scene in the making, in units of its own."""

    points: list[complex] = field(default_factory=list)
    strokes: list[list[int]] = field(default_factory=list)
    rings: list[tuple[int, float, list[int]]] = field(default_factory=list)
    rights: list[Triple] = field(default_factory=list)
    equal: list[list[Pair]] = field(default_factory=list)
    equal_angles: list[list[Triple]] = field(default_factory=list)
    parallel: list[list[Pair]] = field(default_factory=list)
    nameless: set[int] = field(default_factory=set)
    ends: list[Pair] = field(default_factory=list)
    """stroke's last point but one and last point, where an arrow says that the line goes on"""

    def point(self, where: complex) -> int:
        self.points.append(where)
        return len(self.points) - 1

    def line(self, *points: int) -> int:
        """A stroke through points in any order."""
        self.strokes.append(list(points))
        return self._sorted(len(self.strokes) - 1)

    def put(self, stroke: int, point: int) -> int:
        """Say that a point lies on a stroke."""
        self.strokes[stroke].append(point)
        self._sorted(stroke)
        return point

    def polygon(self, *points: int) -> list[int]:
        """The strokes of a closed chain."""
        return [self.line(a, b) for a, b in pairwise([*points, points[0]])]

    def extend(self, stroke: int, length: float, rng: random.Random, both: bool = False) -> None:
        """Let a line run on past its ends, each time to a nameless arrowhead or to a named point."""
        for last in (-1, 0) if both else (-1,):
            outer = self.strokes[stroke][last]
            way = self.points[outer] - self.points[self.strokes[stroke][0 if last else -1]]
            tip = self.put(stroke, self.point(self.points[outer] + length * way / abs(way)))
            if rng.random() < 0.6:
                self.nameless.add(tip)
            if rng.random() < 0.7:
                self.ends.append((outer, tip))

    def between(self, a: int, b: int, share: float = 0.5) -> int:
        return self.point(self.points[a] * (1 - share) + self.points[b] * share)

    def foot(self, p: int, a: int, b: int) -> int:
        """The foot of the perpendicular from p to the line ab."""
        way = self.points[b] - self.points[a]
        share = ((self.points[p] - self.points[a]) * way.conjugate()).real / abs(way) ** 2
        return self.between(a, b, share)

    def crossing(self, a: int, b: int, c: int, d: int) -> int:
        """Where the lines ab and cd meet."""
        first, second = self.points[b] - self.points[a], self.points[d] - self.points[c]
        share = _cross(self.points[c] - self.points[a], second) / (_cross(first, second) or 1e-9)
        return self.point(self.points[a] + share * first)

    def _sorted(self, stroke: int) -> int:
        line = self.strokes[stroke]
        a, b = max(combinations(line, 2), key=lambda pair: abs(self.points[pair[0]] - self.points[pair[1]]))
        way = self.points[max(a, b)] - self.points[min(a, b)]
        line.sort(key=lambda index: (self.points[index] * way.conjugate()).real)
        return stroke


def _cross(a: complex, b: complex) -> float:
    return (a.conjugate() * b).imag


# --- triangles, alone with what textbooks draw inside them, or two beside each other ---


def _apex(kind: str, rng: random.Random) -> complex:
    """The third corner over the base from 0 to 1."""
    if kind == "right":
        return cmath.rect(0.5, rng.uniform(0.25, 0.75) * math.pi) + 0.5
    if kind == "leg":
        return complex(0, rng.uniform(0.4, 1.3))
    if kind == "isosceles":
        return complex(0.5, rng.uniform(0.35, 1.2))
    if kind == "equilateral":
        return complex(0.5, math.sqrt(3) / 2)
    return complex(rng.uniform(-0.2, 1.1), rng.uniform(0.35, 1.1))


def triangle(sketch: Sketch, rng: random.Random) -> None:
    """A triangle, most often with something inside."""
    kind = rng.choice(["right", "leg", "leg", "isosceles", "equilateral", "any", "any", "any"])
    a, b, c = corners = [sketch.point(z) for z in (0j, 1 + 0j, _apex(kind, rng))]
    sides = sketch.polygon(a, b, c)
    sketch.rights += [(c, a, b)] if kind == "right" else [(a, b, c)] if kind == "leg" else []
    if kind in ("isosceles", "equilateral"):
        sketch.equal.append([(a, c), (b, c)] + ([(a, b)] if kind == "equilateral" else []))
        sketch.equal_angles.append([(a, b, c), (b, a, c)])
    for part in rng.sample(PARTS, rng.choice([0, 0, 1, 1, 1, 2])):
        part(sketch, corners, sides, rng)


def altitude(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    """The perpendicular from the third corner to the side of the first two, or its continuation."""
    a, b, c = corners
    foot = sketch.foot(c, a, b)
    sketch.put(sides[0], foot)
    sketch.line(c, foot)
    sketch.rights.append((foot, c, b))


def _median(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    a, b, c = corners
    middle = sketch.put(sides[1], sketch.between(b, c))
    sketch.line(a, middle)
    sketch.equal.append([(b, middle), (middle, c)])


def _bisector(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    a, b, c = (sketch.points[index] for index in corners)
    share = abs(b - a) / (abs(b - a) + abs(c - b))
    foot = sketch.put(sides[2], sketch.between(corners[0], corners[2], share))
    sketch.line(corners[1], foot)
    sketch.equal_angles.append([(corners[1], corners[0], foot), (corners[1], foot, corners[2])])


def _cevian(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    foot = sketch.put(sides[0], sketch.between(corners[0], corners[1], rng.uniform(0.2, 0.8)))
    sketch.line(corners[2], foot)


def _midsegment(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    share = rng.choice([0.5, rng.uniform(0.25, 0.75)])
    d = sketch.put(sides[2], sketch.between(corners[2], corners[0], share))
    e = sketch.put(sides[1], sketch.between(corners[2], corners[1], share))
    sketch.line(d, e)
    sketch.parallel.append([(d, e), (corners[0], corners[1])])
    if share == 0.5:
        sketch.equal += [[(corners[2], d), (d, corners[0])], [(corners[2], e), (e, corners[1])]]


def _outside(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    sketch.extend(sides[0], rng.uniform(0.3, 0.5), rng, both=rng.random() < 0.3)


def _medians(sketch: Sketch, corners: list[int], sides: list[int], rng: random.Random) -> None:
    """Two or three cevians through one point."""
    weights = rng.choice([[1.0, 1.0, 1.0], [rng.uniform(0.7, 1.4) for _ in range(3)]])
    center = sketch.point(sum(sketch.points[i] * w for i, w in zip(corners, weights, strict=True)) / sum(weights))
    for number in rng.sample(range(3), rng.choice([2, 3, 3])):
        here, after, last = (corners[(number + step) % 3] for step in range(3))
        foot = sketch.put(sides[(number + 1) % 3], sketch.crossing(here, center, after, last))
        sketch.line(here, center, foot)
        if weights == [1.0, 1.0, 1.0]:
            sketch.equal.append([(after, foot), (foot, last)])


def pair_of_triangles(sketch: Sketch, rng: random.Random) -> None:
    """Two similar or congruent triangles side by side."""
    apex, turn = _apex(rng.choice(["any", "leg", "right"]), rng), cmath.rect(1, rng.choice([0, 0, rng.uniform(-1, 1)]))
    scale = rng.choice([1.0, rng.uniform(0.5, 0.9)])
    first = [sketch.point(z) for z in (0j, 1 + 0j, apex)]
    second = [sketch.point(1.6 + scale * turn * z) for z in (0j, 1 + 0j, apex)]
    for corners in (first, second):
        sketch.polygon(*corners)
    if scale == 1:
        sketch.equal += [[(first[i], first[j]), (second[i], second[j])] for i, j in ((0, 1), (1, 2), (2, 0))]
    sketch.equal_angles.append([(corners[0], corners[1], corners[2]) for corners in (first, second)])


PARTS = (altitude, altitude, _median, _bisector, _cevian, _midsegment, _outside, _medians)


# --- quadrilaterals with their diagonals, and regular polygons ---


def quadrilateral(sketch: Sketch, rng: random.Random) -> None:
    """A square, rectangle, rhombus, parallelogram, kite, trapezoid or none of these, maybe with diagonals."""
    kind = rng.choice(QUADRILATERALS)
    a, b, c, d = corners = [sketch.point(z) for z in _corners(kind, rng)]
    sides = sketch.polygon(*corners)
    if kind in ("square", "rectangle"):
        sketch.rights += [(a, b, d), (b, a, c), (c, b, d), (d, c, a)]
    if kind in ("square", "rectangle", "rhombus", "parallelogram"):
        sketch.parallel += [[(a, b), (d, c)], [(a, d), (b, c)]]
        all_equal = kind in ("square", "rhombus")
        sketch.equal += [[(a, b), (b, c), (d, c), (a, d)]] if all_equal else [[(a, b), (d, c)], [(a, d), (b, c)]]
    elif kind == "kite":
        sketch.equal += [[(a, b), (a, d)], [(c, b), (c, d)]]
    elif kind != "any":
        sketch.parallel.append([(a, b), (d, c)])
        sketch.equal += [[(a, d), (b, c)]] if kind == "isosceles" else []
    choice = rng.random()
    if choice < 0.4:
        _diagonals(sketch, corners, kind, rng)
    elif choice < 0.65 and kind in ("parallelogram", "trapezoid", "isosceles", "rhombus"):
        altitude(sketch, [a, b, d], sides, rng)
    elif choice < 0.8 and kind in ("trapezoid", "isosceles"):
        middle = [sketch.put(sides[3], sketch.between(a, d)), sketch.put(sides[1], sketch.between(b, c))]
        sketch.line(*middle)
        sketch.parallel[-1].append((middle[0], middle[1]))
        sketch.equal += [[(a, middle[0]), (middle[0], d)], [(b, middle[1]), (middle[1], c)]]


def _corners(kind: str, rng: random.Random) -> list[complex]:
    height, lean = rng.uniform(0.35, 0.9), rng.uniform(0.1, 0.45)
    if kind in ("square", "rectangle"):
        up = 1j if kind == "square" else height * 1j
        return [0, 1, 1 + up, up]
    if kind in ("rhombus", "parallelogram"):
        up = cmath.rect(1 if kind == "rhombus" else height, rng.uniform(0.25, 0.42) * math.pi)
        return [0, 1, 1 + up, up]
    if kind == "kite":
        side = complex(rng.uniform(0.2, 0.45), -height / 2)
        return [0, side, 1, side.conjugate()]
    if kind == "isosceles":
        return [0, 1, complex(1 - lean, height), complex(lean, height)]
    right = rng.uniform(0.55, 0.95)
    return [0, 1, complex(right, height + (0.25 if kind == "any" else 0)), complex(rng.choice([0.0, lean]), height)]


def _diagonals(sketch: Sketch, corners: list[int], kind: str, rng: random.Random) -> None:
    a, b, c, d = corners
    if rng.random() < 0.3:
        sketch.line(a, c)
        return
    center = sketch.crossing(a, c, b, d)
    sketch.line(a, center, c)
    sketch.line(b, center, d)
    if kind in ("square", "rhombus", "kite"):
        sketch.rights.append((center, a, b))
    if kind in ("square", "rhombus", "parallelogram", "rectangle"):
        sketch.equal += [[(a, center), (center, c)], [(b, center), (center, d)]]


def polygon(sketch: Sketch, rng: random.Random) -> None:
    """A regular pentagon, hexagon or octagon, maybe with a radius and an apothem."""
    count = rng.choice([5, 6, 6, 8])
    corners = [sketch.point(cmath.rect(1, 2 * math.pi * k / count)) for k in range(count)]
    sides = sketch.polygon(*corners)
    sketch.equal.append(list(pairwise(corners)))
    if rng.random() < 0.6:
        center = sketch.point(0j)
        sketch.line(center, corners[0])
        if rng.random() < 0.6:
            foot = sketch.put(sides[0], sketch.between(corners[0], corners[1]))
            sketch.line(center, foot)
            sketch.rights.append((foot, center, corners[1]))


# --- circles with what touches or crosses them ---


def circle(sketch: Sketch, rng: random.Random) -> None:
    """A circle with chords, radii, a diameter, a tangent, an inscribed polygon."""
    center = sketch.point(0j)
    sketch.rings.append((center, 1.0, []))
    rng.choice([_polygon_in, _chords, _radii, _tangent, _chord_and_radius])(sketch, center, rng)
    if rng.random() < 0.25 and not any(center in line for line in sketch.strokes):
        sketch.nameless.add(center)
    if rng.random() < 0.08:
        sketch.rings.append((center, rng.uniform(0.4, 0.7), []))


def _rim(sketch: Sketch, count: int, rng: random.Random) -> list[int]:
    """Points on the circle, in order around it."""
    angles = sorted(rng.uniform(0, 2 * math.pi) for _ in range(count))
    rim = [sketch.point(cmath.rect(1, angle)) for angle in angles]
    sketch.rings[0][2].extend(rim)
    return rim


def _polygon_in(sketch: Sketch, center: int, rng: random.Random) -> None:
    rim = _rim(sketch, rng.choice([3, 3, 4, 5]), rng)
    sketch.polygon(*rim)


def _chords(sketch: Sketch, center: int, rng: random.Random) -> None:
    rim = _rim(sketch, rng.choice([2, 3, 4]), rng)
    if len(rim) == 4:
        cut = sketch.crossing(rim[0], rim[2], rim[1], rim[3])
        sketch.line(rim[0], cut, rim[2])
        sketch.line(rim[1], cut, rim[3])
    else:
        for a, b in pairwise(rim):
            sketch.line(a, b)


def _radii(sketch: Sketch, center: int, rng: random.Random) -> None:
    rim = _rim(sketch, rng.choice([1, 2, 3]), rng)
    far = sketch.point(-sketch.points[rim[0]])
    sketch.rings[0][2].append(far)
    sketch.line(rim[0], center, far)
    for tip in rim[1:]:
        sketch.line(center, tip)
    if rng.random() < 0.4:
        for tip in rim[1:2]:
            sketch.line(rim[0], tip)


def _tangent(sketch: Sketch, center: int, rng: random.Random) -> None:
    touch, *more = _rim(sketch, rng.choice([1, 1, 2]), rng)
    outer = sketch.point(sketch.points[touch] * complex(1, rng.choice([-1, 1]) * rng.uniform(0.9, 1.8)))
    for pair in ((touch, outer), (center, touch), (center, outer), *((center, tip) for tip in more)):
        sketch.line(*pair)
    sketch.rights.append((touch, center, outer))


def _chord_and_radius(sketch: Sketch, center: int, rng: random.Random) -> None:
    a, b = _rim(sketch, 2, rng)
    foot = sketch.foot(center, a, b)
    sketch.line(a, foot, b)
    sketch.line(center, foot)
    sketch.line(center, a)
    sketch.rights.append((foot, center, b))
    sketch.equal.append([(a, foot), (foot, b)])


# --- lines that cross, meet, or never do ---


def parallels(sketch: Sketch, rng: random.Random) -> None:
    """Two or three parallel lines cut by one or two transversals."""
    heights = [0.0, rng.uniform(0.35, 0.6)] + ([rng.uniform(0.8, 1.1)] if rng.random() < 0.3 else [])
    rows = [(sketch.point(complex(0, h)), sketch.point(complex(1.3, h))) for h in heights]
    lines = [sketch.line(*row) for row in rows]
    sketch.parallel.append(list(rows))
    for start in rng.choice([[0.5], [0.65], [0.3, 0.85]]):
        way = cmath.rect(1, rng.uniform(0.3, 0.7) * math.pi)
        way /= way.imag
        low, high = sketch.point(start - 0.25 * way), sketch.point(start + (heights[-1] + 0.25) * way)
        cuts = [sketch.put(line, sketch.crossing(low, high, *row)) for line, row in zip(lines, rows, strict=True)]
        stroke = sketch.line(low, high, *cuts)
        _open_ends(sketch, stroke, rng)
    for line in lines:
        _open_ends(sketch, line, rng)


def _open_ends(sketch: Sketch, stroke: int, rng: random.Random) -> None:
    """Arrows, or no names, at both ends."""
    line, arrows, nameless = sketch.strokes[stroke], rng.random() < 0.6, rng.random() < 0.5
    sketch.ends += [(line[1], line[0]), (line[-2], line[-1])] if arrows else []
    sketch.nameless |= {line[0], line[-1]} if nameless else set()


def bowtie(sketch: Sketch, rng: random.Random) -> None:
    """Two segments that cross, their ends joined."""
    lean, scale = rng.uniform(-0.3, 0.3), -rng.uniform(0.5, 1.2)
    a, b, e = sketch.point(complex(lean, 0.6)), sketch.point(complex(lean + rng.uniform(0.6, 1), 0.6)), sketch.point(0j)
    similar = rng.random() < 0.6
    c = sketch.point(sketch.points[a] * scale)
    d = sketch.point(sketch.points[b] * (scale if similar else scale * rng.uniform(0.6, 1.4)))
    for pair in ((a, e, c), (b, e, d), (a, b), (c, d)):
        sketch.line(*pair)
    sketch.parallel += [[(a, b), (c, d)]] if similar else []


def rays(sketch: Sketch, rng: random.Random) -> None:
    """Rays from one vertex, two of them sometimes one straight line."""
    vertex = sketch.point(0j)
    straight = rng.random() < 0.5
    count = rng.choice([2, 3, 3, 4])
    angles = [0.0, math.pi] if straight else [0.0]
    limit = math.pi if straight else rng.uniform(0.4, 1.4) * math.pi
    inner = sorted(rng.uniform(0.15, 0.85) * limit for _ in range(count - 1))
    inner = [limit / 2] if straight and rng.random() < 0.3 else inner
    tips = [sketch.point(cmath.rect(rng.uniform(0.8, 1.1), angle)) for angle in angles + inner]
    if straight:
        sketch.line(tips[0], vertex, tips[1])
        sketch.rights += [(vertex, tips[0], tips[2])] if inner == [math.pi / 2] else []
    for tip in tips[2 if straight else 0 :]:
        sketch.line(vertex, tip)
    sketch.ends += [(vertex, tip) for tip in tips] if rng.random() < 0.7 else []


def bisected_segment(sketch: Sketch, rng: random.Random) -> None:
    """A segment, the perpendicular through its middle, and what joins them."""
    a, b = sketch.point(0j), sketch.point(1 + 0j)
    middle, top = sketch.between(a, b), sketch.point(complex(0.5, rng.uniform(0.4, 0.9)))
    sketch.line(a, middle, b)
    up = sketch.line(middle, top)
    if rng.random() < 0.6:
        sketch.extend(up, 0.3, rng, both=True)
    sketch.rights.append((middle, top, b))
    sketch.equal.append([(a, middle), (middle, b)])
    if rng.random() < 0.8:
        sketch.line(a, top)
        sketch.line(b, top)
        sketch.equal.append([(a, top), (b, top)])


# --- any of them ---


SCENES: dict[Callable[[Sketch, random.Random], None], float] = {  # and how often they come
    triangle: 10, quadrilateral: 5, parallels: 2, bowtie: 1.5, pair_of_triangles: 1.5, rays: 1.2,
    bisected_segment: 1.5, circle: 3, polygon: 0.6,
}  # fmt: skip


def draw_scene(rng: random.Random) -> Sketch:
    """A random scene, its points within the unit square's order of size."""
    sketch = Sketch()
    for _ in range(TRIES):
        sketch = Sketch()
        makers, weights = zip(*SCENES.items(), strict=True)
        rng.choices(makers, weights)[0](sketch, rng)
        degrees = rng.choice([0, 0, 0, 90, 180, 270, rng.uniform(0, 360), rng.uniform(-25, 25)])
        turn, mirrored = cmath.rect(1, math.radians(degrees)), rng.random() < 0.5
        sketch.points = [turn * (z.conjugate() if mirrored else z) for z in sketch.points]
        if _legible(sketch):
            return sketch
    return sketch


def _legible(sketch: Sketch) -> bool:
    """Whether points and lines that don't touch stay apart."""
    points = sketch.points
    size = max(abs(a - b) for a, b in combinations(points, 2))
    if any(abs(a - b) < CLOSEST_POINTS * size for a, b in combinations(points, 2)):
        return False
    for index, point in enumerate(points):
        for a, b in ((points[line[0]], points[line[-1]]) for line in sketch.strokes if index not in line):
            share = min(1.0, max(0.0, ((point - a) * (b - a).conjugate()).real / (abs(b - a) ** 2 or 1e-9)))
            if abs(point - a - share * (b - a)) <= CLOSEST_LINE * size:  # from the segment
                return False
    return True
