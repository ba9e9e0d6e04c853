"""A scene of plane geometry in the making: points as complex numbers, strokes, rings, and facts for marks."""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from itertools import combinations, pairwise

Pair = tuple[int, int]
Triple = tuple[int, int, int]  # vertex, then a point on either leg


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
