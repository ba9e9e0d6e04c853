"""A scene of any kind, turned and mirrored; drawn again where points or lines come too close to tell apart."""

from __future__ import annotations

import cmath
import math
import random
from collections.abc import Callable
from itertools import combinations

from sokdok_lab.synth.geometry.scenes.circles import circle
from sokdok_lab.synth.geometry.scenes.lines import bisected_segment, bowtie, parallels, rays
from sokdok_lab.synth.geometry.scenes.polygons import polygon, quadrilateral
from sokdok_lab.synth.geometry.scenes.triangles import pair_of_triangles, triangle
from sokdok_lab.synth.geometry.sketch import Sketch

CLOSEST_POINTS, CLOSEST_LINE = 0.12, 0.06
"""of the larger side of a scene: how near points, and points and lines, may come"""
TRIES = 40
SCENES: dict[Callable[[Sketch, random.Random], None], float] = {
    triangle: 10, quadrilateral: 5, parallels: 2, bowtie: 1.5, pair_of_triangles: 1.5, rays: 1.2,
    bisected_segment: 1.5, circle: 3, polygon: 0.6,
}  # fmt: skip
"""kinds of scenes and how often they come"""


def draw_scene(rng: random.Random) -> Sketch:
    """A random scene, its points within the unit square's order of size."""
    sketch = Sketch()
    for _ in range(TRIES):
        sketch = Sketch()
        makers, weights = zip(*SCENES.items(), strict=True)
        rng.choices(makers, weights)[0](sketch, rng)
        _turn(sketch, rng)
        if _legible(sketch):
            return sketch
    return sketch


def _turn(sketch: Sketch, rng: random.Random) -> None:
    turn = cmath.rect(1, rng.choice([0, 0, 0, 90, 180, 270, rng.uniform(0, 360), rng.uniform(-25, 25)]) * math.pi / 180)
    mirrored = rng.random() < 0.5
    sketch.points = [turn * (z.conjugate() if mirrored else z) for z in sketch.points]


def _legible(sketch: Sketch) -> bool:
    """Whether points and lines that don't touch stay apart."""
    points = sketch.points
    size = max(abs(a - b) for a, b in combinations(points, 2))
    if any(abs(a - b) < CLOSEST_POINTS * size for a, b in combinations(points, 2)):
        return False
    return all(
        distance(z, points[line[0]], points[line[-1]]) > CLOSEST_LINE * size
        for index, z in enumerate(points)
        for line in sketch.strokes
        if index not in line
    )


def distance(point: complex, a: complex, b: complex) -> float:
    """From a point to a segment."""
    way = b - a
    share = min(1.0, max(0.0, ((point - a) * way.conjugate()).real / (abs(way) ** 2 or 1e-9)))
    return abs(point - a - share * way)
