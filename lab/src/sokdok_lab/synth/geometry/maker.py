"""Plane geometry figures with their exact truth: a scene, what its marks and labels state, and a textbook's look.

- The scene is from `scenes`; here it gets names, marks for some of its facts, lengths and angles, and ink.
- Everything depends on the seed and the fonts alone; a figure takes about 6 ms.
- Half of the figures are annotated ones: dots and coloured letters laid over the drawing, near its own letters.

    figure = GeometryMaker(FontBook(folder)).figure(seed=7)
    figure.pixels, figure.relations, figure.dictionary()
"""

from __future__ import annotations

import cmath
import math
import random
import string
from dataclasses import dataclass, field
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.geometry.labels import Writer
from sokdok_lab.synth.geometry.scenes import Pair, Sketch, Triple, draw_scene
from sokdok_lab.synth.geometry.sheet import Sheet
from sokdok_lab.synth.geometry.style import Style, choose_style
from sokdok_lab.synth.geometry.truth import GeometryFigure, Mark, Point, Ring, Stroke
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.wear import Wear

SIDES_PX = (220, 640)  # shortest and longest of a figure's longer side
WEAR = Wear(blurred=(0.15, 0.3, 0.8), grey=0.15, noisy=(0.15, 2, 12), jpeg=(0.25, 40, 90))


class GeometryMaker:
    """Draws figures with the fonts of a book.

    sides: least and most pixels of the longer side. strays: most texts that stand around and speak of nothing.
    """

    def __init__(self, book: FontBook, sides: tuple[int, int] = SIDES_PX, strays: int = 0) -> None:
        self.book, self.sides, self.strays = book, sides, strays

    def figure(self, seed: int | str) -> GeometryFigure:
        """Draw one figure."""
        rng = random.Random(seed)
        scene = draw_scene(rng)
        style = choose_style(self.book, rng.uniform(*self.sides), rng)
        return _Drawing(scene, style, rng).draw(rng.randint(0, self.strays))


@dataclass
class _Drawing:
    """A scene on its way to paper."""

    scene: Sketch
    style: Style
    rng: random.Random
    sheet: Sheet = field(init=False)
    dashed: set[int] = field(default_factory=set)

    def __post_init__(self) -> None:
        size = self._fit()
        self.sheet = Sheet(size, self.style.paper, self.style.tracking)

    def draw(self, strays: int) -> GeometryFigure:
        """Draw everything and collect the truth. strays: texts that speak of nothing, at most."""
        names = self._names()
        self._strokes()
        marker = Marker(self.scene, names, self.style, self.sheet, self.rng)
        writer = Writer(self.scene, names, self.style, self.sheet, self.rng)
        marks = marker.marks()
        labels = writer.labels(marker.stated_angles) + writer.strays(strays)
        points = self.scene.points
        return GeometryFigure(
            WEAR(self.sheet.pixels(), self.rng),
            tuple(Point(name, z.real, z.imag) for name, z in zip(names, points, strict=True)),
            tuple(Stroke(tuple(line), index in self.dashed) for index, line in enumerate(self.scene.strokes)),
            tuple(Ring(center, radius, tuple(rim)) for center, radius, rim in self.scene.rings),
            tuple(marks),
            tuple(labels),
        )

    def _fit(self) -> tuple[int, int]:
        """Scale the scene to pixels; return the size of the picture."""
        scene, margin = self.scene, self.style.margin
        corners = scene.points + [
            scene.points[center] + radius * way for center, radius, _ in scene.rings for way in (1, -1, 1j, -1j)
        ]
        left, right = min(z.real for z in corners), max(z.real for z in corners)
        top, bottom = min(z.imag for z in corners), max(z.imag for z in corners)
        scale = max(self.style.side - 2 * margin, 80) / max(right - left, bottom - top)
        scene.points = [(z - complex(left, top)) * scale + complex(margin, margin) for z in scene.points]
        scene.rings = [(center, radius * scale, rim) for center, radius, rim in scene.rings]
        return round((right - left) * scale + 2 * margin), round((bottom - top) * scale + 2 * margin)

    def _names(self) -> list[str]:
        """Choose a letter for every point that has one, often in the order of the alphabet."""
        count = len(self.scene.points)
        letters = list(string.ascii_uppercase)
        start = self.rng.randrange(len(letters) - count)
        letters = letters[start:] if self.rng.random() < 0.6 else self.rng.sample(letters, len(letters))
        return ["" if index in self.scene.nameless else letters[index] for index in range(count)]

    def _strokes(self) -> None:
        scene, style, rng = self.scene, self.style, self.rng
        self.dashed = {i for i in range(len(scene.strokes)) if rng.random() < 0.08}
        if style.fill and len(scene.strokes) > 2:
            chain = [line[0] for line in scene.strokes[:3]]
            self.sheet.polygon([scene.points[index] for index in chain], style.fill)
        for center, radius, _ in scene.rings:
            self.sheet.ring(scene.points[center], radius, style.width, style.ink)
        for index, line in enumerate(scene.strokes):
            dash = style.em * 0.5 if index in self.dashed else 0.0
            for a, b in pairwise(line) if dash else [(line[0], line[-1])]:
                self.sheet.line(scene.points[a], scene.points[b], style.width, style.ink, dash)


# --- signs that state facts ---


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
