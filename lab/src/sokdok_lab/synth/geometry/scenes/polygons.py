"""Quadrilaterals with their diagonals, and regular polygons."""

from __future__ import annotations

import cmath
import math
import random
from itertools import pairwise

from sokdok_lab.synth.geometry.scenes.triangles import altitude
from sokdok_lab.synth.geometry.sketch import Sketch

QUADRILATERALS = (
    *("square", "rectangle", "rhombus", "parallelogram", "parallelogram"),
    *("kite", "trapezoid", "isosceles", "any"),
)


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
