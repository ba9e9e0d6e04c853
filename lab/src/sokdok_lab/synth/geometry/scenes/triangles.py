"""Triangles, alone with what textbooks draw inside them, or two beside each other."""

from __future__ import annotations

import cmath
import math
import random

from sokdok_lab.synth.geometry.sketch import Sketch


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
