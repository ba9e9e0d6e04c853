"""Signs that state facts: right angles, ticks, parallel arrows, angle arcs, and the arrowheads of lines that go on."""

from __future__ import annotations

import cmath
import math
import random
from dataclasses import dataclass, field
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.geometry.sheet import Sheet
from sokdok_lab.synth.geometry.sketch import Pair, Sketch, Triple
from sokdok_lab.synth.geometry.style import Style
from sokdok_lab.synth.geometry.truth import Mark


@dataclass
class Marker:
    """Marks some of the facts of a scene."""

    scene: Sketch
    names: list[str]
    style: Style
    sheet: Sheet
    rng: random.Random
    stated_angles: set[Triple] = field(default_factory=set)
    """angles with an arc or a right angle's sign, which get no label"""

    def marks(self) -> list[Mark]:
        """Draw marks; return them."""
        found = [self._end(*pair) for pair in self.scene.ends]
        for corner in self.scene.rights:
            if self.rng.random() < 0.5 + 0.6 * self.style.richness and self._named(*corner):
                found.append(self._right(self.near_legs(corner)))
        counts = iter(("tick1", "tick2", "tick3"))
        for group in self.rng.sample(self.scene.equal, len(self.scene.equal)):
            if self.rng.random() < self.style.richness and all(self._adjacent(*pair) for pair in group):
                kind = next(counts, None)
                found += [self._ticks(kind, pair) for pair in group] if kind else []
        counts = iter(("arrow1", "arrow2"))
        for lines in self.scene.parallel:
            if self.rng.random() < 0.3 + 0.4 * self.style.richness and all(self._named(*pair) for pair in lines):
                kind = next(counts, None)
                found += [self._arrows(kind, pair) for pair in lines] if kind else []
        return found + self._arcs()

    def near_legs(self, corner: Triple) -> Triple:
        """Name an angle by the nearest named points on its legs."""
        vertex, *legs = corner
        return (vertex, *(self._nearest(vertex, leg) for leg in legs))  # type: ignore[return-value]

    def _nearest(self, vertex: int, leg: int) -> int:
        points = self.scene.points
        way = (points[leg] - points[vertex]) / abs(points[leg] - points[vertex])
        candidates = [leg]
        for line in self.scene.strokes:
            if vertex in line:
                ahead = [i for i in line if i != vertex and self.names[i] and _along(points[i] - points[vertex], way)]
                candidates += ahead
        return min(candidates, key=lambda i: abs(points[i] - points[vertex]))

    def _named(self, *points: int) -> bool:
        return all(self.names[point] for point in points)

    def _adjacent(self, a: int, b: int) -> bool:
        """Whether no other point lies between two named points of one stroke."""
        lines = [line for line in self.scene.strokes if a in line and b in line]
        return self._named(a, b) and bool(lines) and abs(lines[0].index(a) - lines[0].index(b)) == 1

    def _mark(self, kind: str, where: complex, points: tuple[int, ...]) -> Mark:
        half = 0.3 * self.style.em
        self.sheet.cover_box(Box(where.real - half, where.imag - half, where.real + half, where.imag + half))
        return Mark(kind, where.real, where.imag, points)

    def _right(self, corner: Triple) -> Mark:
        vertex, a, b = (self.scene.points[index] for index in corner)
        size = min(self.style.em * self.rng.uniform(0.5, 0.9), 0.4 * abs(a - vertex), 0.4 * abs(b - vertex))
        first, second = (size * (z - vertex) / abs(z - vertex) for z in (a, b))
        for start, stop in ((first, first + second), (first + second, second)):
            self.sheet.line(vertex + start, vertex + stop, self._width(), self.style.sign)
        self.stated_angles.add(corner)
        return self._mark("right", vertex + (first + second) / 2, corner)

    def _ticks(self, kind: str, pair: Pair) -> Mark:
        a, b = (self.scene.points[index] for index in pair)
        way = (b - a) / abs(b - a)
        lean = way * cmath.rect(1, self.rng.choice([90, 90, 75]) * math.pi / 180)
        half, count = lean * self.style.em * 0.35, int(kind[-1])
        for number in range(count):
            spot = (a + b) / 2 + way * (number - (count - 1) / 2) * max(3.0, 0.22 * self.style.em)
            self.sheet.line(spot - half, spot + half, self._width(), self.style.sign)
        return self._mark(kind, (a + b) / 2, pair)

    def _arrows(self, kind: str, pair: Pair) -> Mark:
        """Draw arrowheads on a line, pointing the same way on all of a group."""
        a, b = (self.scene.points[index] for index in pair)
        line = next((line for line in self.scene.strokes if pair[0] in line and pair[1] in line), list(pair))
        inner = sorted(line.index(index) for index in pair)
        inside = [self.scene.points[index] for index in line[inner[0] : inner[1] + 1]]
        spot = self._gap(inside)
        way = (b - a) / abs(b - a)
        for number in range(int(kind[-1])):
            tip = spot + way * self.style.em * (0.3 + 0.4 * number)
            self._head(tip, way, 0.5, self.style.sign)
        named = [index for index in line if self.names[index]]
        return self._mark(kind, spot + way * self.style.em * 0.1, (named[0], named[-1]))

    def _gap(self, points: list[complex]) -> complex:
        """Choose a place off the middle of the longest span between points, where ticks may stand."""
        a, b = max(pairwise(points), key=lambda ends: abs(ends[1] - ends[0]))
        return a + (b - a) * self.rng.choice([0.36, 0.64])

    def _head(self, tip: complex, way: complex, size: float, color: tuple[int, int, int]) -> None:
        """Draw a filled arrowhead."""
        back = tip - way * self.style.em * size
        side = way * 1j * self.style.em * size * 0.4
        self.sheet.polygon([tip, back + side, back - side], color)

    def _end(self, inner: int, tip: int) -> Mark:
        a, b = self.scene.points[inner], self.scene.points[tip]
        way = (b - a) / abs(b - a)
        self._head(b + way * 2, way, 0.6, self.style.ink)
        return self._mark("end", b, (tip,))

    def _arcs(self) -> list[Mark]:
        found, kinds = [], iter(("arc1", "arc2"))
        for group in self.scene.equal_angles:
            corners = [self.near_legs(corner) for corner in group]
            if self.rng.random() < self.style.richness and all(self._named(*corner) for corner in corners):
                kind = next(kinds, None)
                found += [self._arc(kind, corner) for corner in corners] if kind else []
        return found

    def _arc(self, kind: str, corner: Triple) -> Mark:
        vertex, a, b = (self.scene.points[index] for index in corner)
        start, sweep = _sweep(a - vertex, b - vertex)
        radius = min(self.style.em * self.rng.uniform(1.0, 1.5), 0.5 * abs(a - vertex), 0.5 * abs(b - vertex))
        for number in range(int(kind[-1])):
            size = radius + number * max(3.0, 0.2 * self.style.em)
            self.sheet.arc(vertex, size, start, start + sweep, self._width(), self.style.sign)
        self.stated_angles.add(corner)
        return self._mark(kind, vertex + cmath.rect(radius, start + sweep / 2), corner)

    def _width(self) -> float:
        return max(1.0, 0.8 * self.style.width)


def _along(step: complex, way: complex) -> bool:
    """Whether a step goes in a direction."""
    return (step * way.conjugate()).real > 0.999 * abs(step)


def _sweep(a: complex, b: complex) -> tuple[float, float]:
    """Return start and size of the angle from a to b that is less than a half turn, in radians."""
    start, turn = cmath.phase(a), cmath.phase(b / a)
    return (start, turn) if turn >= 0 else (start + turn, -turn)
