"""Circles with what touches or crosses them."""

from __future__ import annotations

import cmath
import math
import random
from itertools import pairwise

from sokdok_lab.synth.geometry.sketch import Sketch


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
