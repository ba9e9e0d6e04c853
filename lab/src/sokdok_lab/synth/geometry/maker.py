"""Plane geometry figures with their exact truth: a scene, what its marks and labels state, and a textbook's look.

- The scene is from `scenes`; here it gets names, ink, and marks for some of its facts: right angles, ticks, parallel
  arrows, angle arcs, and the arrowheads of lines that go on. `labels` writes names, lengths and angles.
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
from collections.abc import Callable, Iterable
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.geometry.labels import Writer
from sokdok_lab.synth.geometry.scenes import Pair, Sketch, Triple, draw_scene
from sokdok_lab.synth.geometry.sheet import Sheet, Style
from sokdok_lab.synth.geometry.truth import GeometryFigure, Mark, Point, Ring, Stroke
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.wear import Wear

SIDES_PX = (220, 640)  # shortest and longest of a figure's longer side
WEAR = Wear(blurred=(0.15, 0.3, 0.8), grey=0.15, noisy=(0.15, 2, 12), jpeg=(0.25, 40, 90))
DASHED_SHARE = 0.08  # of the strokes


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
        style = Style(self.book, rng.uniform(*self.sides), rng)
        strays, sheet = rng.randint(0, self.strays), Sheet(_fit(scene, style), style)
        # A letter for every point that has one, often in the order of the alphabet.
        count, letters = len(scene.points), list(string.ascii_uppercase)
        start = rng.randrange(len(letters) - count)
        letters = letters[start:] if rng.random() < 0.6 else rng.sample(letters, len(letters))
        names = ["" if index in scene.nameless else letters[index] for index in range(count)]
        dashed = _strokes(scene, sheet, rng)
        marker, writer = _Marker(scene, names, sheet, rng), Writer(scene, names, sheet, rng)
        marks = marker.marks()
        labels = writer.labels(marker.stated_angles) + writer.strays(strays)
        return GeometryFigure(
            WEAR(sheet.pixels(), rng),
            tuple(Point(name, z.real, z.imag) for name, z in zip(names, scene.points, strict=True)),
            tuple(Stroke(tuple(line), index in dashed) for index, line in enumerate(scene.strokes)),
            tuple(Ring(center, radius, tuple(rim)) for center, radius, rim in scene.rings),
            tuple(marks),
            tuple(labels),
        )


def _fit(scene: Sketch, style: Style) -> tuple[int, int]:
    """Scale a scene to pixels; return the size of the picture."""
    rims = (scene.points[center] + radius * way for center, radius, _ in scene.rings for way in (1, -1, 1j, -1j))
    corners, margin = [*scene.points, *rims], style.margin
    left, right = min(z.real for z in corners), max(z.real for z in corners)
    top, bottom = min(z.imag for z in corners), max(z.imag for z in corners)
    scale = max(style.side - 2 * margin, 80) / max(right - left, bottom - top)
    scene.points = [(z - complex(left, top)) * scale + complex(margin, margin) for z in scene.points]
    scene.rings = [(center, radius * scale, rim) for center, radius, rim in scene.rings]
    return round((right - left) * scale + 2 * margin), round((bottom - top) * scale + 2 * margin)


def _strokes(scene: Sketch, sheet: Sheet, rng: random.Random) -> set[int]:
    """Draw strokes, rings and, at times, what lies between three strokes; return which strokes are dashed."""
    style, points = sheet.style, scene.points
    dashed = {i for i in range(len(scene.strokes)) if rng.random() < DASHED_SHARE}
    if style.fill and len(scene.strokes) > 2:
        sheet.polygon([points[line[0]] for line in scene.strokes[:3]], style.fill)
    for center, radius, _ in scene.rings:
        sheet.ring(points[center], radius, style.width, style.ink)
    for index, line in enumerate(scene.strokes):
        dash = style.em * 0.5 if index in dashed else 0.0
        for a, b in pairwise(line) if dash else [(line[0], line[-1])]:
            sheet.line(points[a], points[b], style.width, style.ink, dash)
    return dashed


class _Marker:
    """Marks some of the facts of a scene."""

    def __init__(self, scene: Sketch, names: list[str], sheet: Sheet, rng: random.Random) -> None:
        self.scene, self.names, self.sheet, self.rng, self.style = scene, names, sheet, rng, sheet.style
        self.stated_angles: set[Triple] = set()  # with an arc or a right angle's sign: they get no label
        self.width, self.em = max(1.0, 0.8 * self.style.width), self.style.em

    def marks(self) -> list[Mark]:
        """Draw marks; return them."""
        rng, scene, rich = self.rng, self.scene, self.style.richness
        found = [self._end(*pair) for pair in scene.ends]
        for corner in scene.rights:
            if rng.random() < 0.5 + 0.6 * rich and self._named(*corner):
                found.append(self._right(self._near_legs(corner)))
        equal = rng.sample(scene.equal, len(scene.equal))
        angles = [[self._near_legs(corner) for corner in group] for group in scene.equal_angles]
        found += self._groups("tick", 3, equal, rich, self._adjacent, self._ticks)
        found += self._groups("arrow", 2, scene.parallel, 0.3 + 0.4 * rich, self._named, self._arrows)
        return found + self._groups("arc", 2, angles, rich, self._named, self._arc)

    def _groups(
        self,
        name: str,
        most: int,
        groups: Iterable[list[tuple[int, ...]]] | Iterable[list[Pair]] | Iterable[list[Triple]],
        share: float,
        fits: Callable[..., bool],
        draw: Callable[[str, int, tuple[int, ...]], Mark],
    ) -> list[Mark]:
        """Mark what is alike in a group by the same sign, in another number for each group."""
        found, count = [], 0
        for group in groups:
            if self.rng.random() < share and all(fits(*points) for points in group) and count < most:
                count += 1
                found += [draw(f"{name}{count}", count, points) for points in group]
        return found

    def _near_legs(self, corner: Triple) -> Triple:
        """Name an angle by the nearest named points on its legs."""
        vertex, points = corner[0], self.scene.points
        legs = []
        for leg in corner[1:]:
            way = (points[leg] - points[vertex]) / abs(points[leg] - points[vertex])
            ahead = [
                i
                for line in self.scene.strokes if vertex in line
                for i in line if i != vertex and self.names[i]
                and ((points[i] - points[vertex]) * way.conjugate()).real > 0.999 * abs(points[i] - points[vertex])
            ]  # fmt: skip
            legs.append(min([leg, *ahead], key=lambda i: abs(points[i] - points[vertex])))
        return vertex, legs[0], legs[1]

    def _named(self, *points: int) -> bool:
        return all(self.names[point] for point in points)

    def _adjacent(self, a: int, b: int) -> bool:
        """Whether no other point lies between two named points of one stroke."""
        lines = [line for line in self.scene.strokes if a in line and b in line]
        return self._named(a, b) and bool(lines) and abs(lines[0].index(a) - lines[0].index(b)) == 1

    def _mark(self, kind: str, where: complex, points: tuple[int, ...]) -> Mark:
        half = 0.3 * self.em
        self.sheet.cover_box(Box(where.real - half, where.imag - half, where.real + half, where.imag + half))
        return Mark(kind, where.real, where.imag, points)

    def _places(self, points: Iterable[int]) -> list[complex]:
        return [self.scene.points[index] for index in points]

    def _right(self, corner: Triple) -> Mark:
        vertex, a, b = self._places(corner)
        size = min(self.em * self.rng.uniform(0.5, 0.9), 0.4 * abs(a - vertex), 0.4 * abs(b - vertex))
        first, second = (size * (z - vertex) / abs(z - vertex) for z in (a, b))
        for start, stop in ((first, first + second), (first + second, second)):
            self.sheet.line(vertex + start, vertex + stop, self.width, self.style.sign)
        self.stated_angles.add(corner)
        return self._mark("right", vertex + (first + second) / 2, corner)

    def _ticks(self, kind: str, count: int, pair: tuple[int, ...]) -> Mark:
        a, b = self._places(pair)
        way = (b - a) / abs(b - a)
        half = way * cmath.rect(1, self.rng.choice([90, 90, 75]) * math.pi / 180) * self.em * 0.35
        for number in range(count):
            spot = (a + b) / 2 + way * (number - (count - 1) / 2) * max(3.0, 0.22 * self.em)
            self.sheet.line(spot - half, spot + half, self.width, self.style.sign)
        return self._mark(kind, (a + b) / 2, pair)

    def _arrows(self, kind: str, count: int, pair: tuple[int, ...]) -> Mark:
        """Draw arrowheads on a line, the same way on all of a group, off the middle of its longest span."""
        a, b = self._places(pair)
        line = next((line for line in self.scene.strokes if pair[0] in line and pair[1] in line), list(pair))
        first, last = sorted(line.index(index) for index in pair)
        start, stop = max(pairwise(self._places(line[first : last + 1])), key=lambda ends: abs(ends[1] - ends[0]))
        spot, way = start + (stop - start) * self.rng.choice([0.36, 0.64]), (b - a) / abs(b - a)
        for number in range(count):
            self.sheet.head(spot + way * self.em * (0.3 + 0.4 * number), -way, 0.5 * self.em, 0.4, self.style.sign)
        named = [index for index in line if self.names[index]]
        return self._mark(kind, spot + way * self.em * 0.1, (named[0], named[-1]))

    def _end(self, inner: int, tip: int) -> Mark:
        a, b = self._places((inner, tip))
        way = (b - a) / abs(b - a)
        self.sheet.head(b + way * 2, -way, 0.6 * self.em, 0.4, self.style.ink)
        return self._mark("end", b, (tip,))

    def _arc(self, kind: str, count: int, points: tuple[int, ...]) -> Mark:
        vertex, a, b = self._places(points)
        start, turn = cmath.phase(a - vertex), cmath.phase((b - vertex) / (a - vertex))
        start, sweep = (start, turn) if turn >= 0 else (start + turn, -turn)  # less than a half turn
        radius = min(self.em * self.rng.uniform(1.0, 1.5), 0.5 * abs(a - vertex), 0.5 * abs(b - vertex))
        for number in range(count):
            size = radius + number * max(3.0, 0.2 * self.em)
            self.sheet.arc(vertex, size, start, start + sweep, self.width, self.style.sign)
        self.stated_angles.add((points[0], points[1], points[2]))
        return self._mark(kind, vertex + cmath.rect(radius, start + sweep / 2), points)
