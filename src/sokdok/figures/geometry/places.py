"""What a relation speaks of, as places on the picture."""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise

from sokdok.figures.geometry.relations import Relation
from sokdok.figures.geometry.scene import Scene, to_pixels

_ROUND = {"on circle": {1}, "tangent": {1}, "tangent circles": {0, 1}, "concentric": {0, 1}}
"""kind → which of its things are circles"""
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
    ends = [pair for thing in names for pair in _segments(thing, closed=relation.kind not in _ANGLES)]
    return Places(
        tuple((*_pixels(scene, a, size), *_pixels(scene, b, size)) for a, b in ends),
        tuple(_circles(scene, titles, size)),
        tuple(_pixels(scene, thing[0], size) for thing in names if len(thing) == 1),
    )


def _segments(thing: tuple[str, ...], closed: bool) -> list[tuple[str, str]]:
    """The sides of a line, an angle (vertex in the middle) or, `closed`, a polygon."""
    ring = [(thing[-1], thing[0])] if closed and len(thing) > 2 else []
    return [*pairwise(thing), *ring]


def _circles(scene: Scene, titles: list[str], size: tuple[int, int]) -> Iterator[tuple[float, float, float]]:
    for circle in scene.circles:
        if circle.title in titles:
            x, y = to_pixels(circle.center, size)
            rim = to_pixels((circle.center[0] + circle.radius, circle.center[1]), size)
            yield round(x, 1), round(y, 1), round(math.dist((x, y), rim), 1)


def _pixels(scene: Scene, name: str, size: tuple[int, int]) -> tuple[float, float]:
    x, y = to_pixels(scene.points[name], size)
    return round(x, 1), round(y, 1)
