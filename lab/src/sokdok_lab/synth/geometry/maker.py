"""Plane geometry figures with their exact truth: a scene, what its marks and labels state, and a textbook's look.

- The scene is from `scenes`; here it gets names, marks for some of its facts, lengths and angles, and ink.
- Everything depends on the seed and the fonts alone; a figure takes about 6 ms.
- Half of the figures are annotated ones: dots and coloured letters laid over the drawing, near its own letters.

    figure = GeometryMaker(FontBook(folder)).figure(seed=7)
    figure.pixels, figure.relations, figure.dictionary()
"""

from __future__ import annotations

import random
import string
from dataclasses import dataclass, field
from itertools import pairwise

from sokdok_lab.synth.geometry.degrade import degrade
from sokdok_lab.synth.geometry.labels import Writer
from sokdok_lab.synth.geometry.marks import Marker
from sokdok_lab.synth.geometry.scenes.scene import draw_scene
from sokdok_lab.synth.geometry.sheet import Sheet
from sokdok_lab.synth.geometry.sketch import Sketch
from sokdok_lab.synth.geometry.style import Style, choose_style
from sokdok_lab.synth.geometry.truth import GeometryFigure, Point, Ring, Stroke
from sokdok_lab.synth.pages.fonts import FontBook

SIDES_PX = (220, 640)  # shortest and longest of a figure's longer side


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
            degrade(self.sheet.pixels(), self.rng),
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
