"""Texts of a geometry figure: names of points, lengths of segments, measures and numbers of angles.

- Lengths and angles are labelled as in textbooks: 8.5, x, 2x + 3, 7√2, 15 ft, 43°, (3x + 10)°.
- A text stands where little lies under it; what it speaks of is part of the truth, wherever it had to go: on a line of
  its own beside its segment, or at the other end of a leader.
"""

from __future__ import annotations

import cmath
import math
import random
import string
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.geometry.scenes import Sketch, Triple
from sokdok_lab.synth.geometry.sheet import MINUS, RADICAL, Color, Sheet, centred
from sokdok_lab.synth.geometry.truth import Label
from sokdok_lab.synth.pages.fonts import Font

WIDEST_ANGLE_DEGREES = 170.0  # of an angle that gets a label
MAX_CLUTTER = 0.25  # share of a text's box that may be covered, or it stands elsewhere with a leader
DIMENSION_SHARE, EXTENDED_SHARE = 0.1, 0.4
"""of the lengths that stand on a line of their own, of these lines that are joined to their segment's ends"""
LEADER_SHARE, LEADER_EMS = 0.05, (2.5, 3.5, 4.5)
"""of the angles whose label stands apart though there is room; how far apart, in ems"""
POINTER_PX = 1.0  # width of lines that tie a label to what it speaks of
BAR_EM, HEAD_EM, HEAD_SHARE = 0.4, 0.4, 0.375
"""half a bar at the end of a length's line; an arrowhead's length; half its width, as a share of that"""
SIGNS = f"0123456789xyz+{MINUS}={RADICAL}()°./"
VARIABLES = "xxxxyyyzzabcdhkmnprstw"
LENGTHS = {"integer": 4, "decimal": 1, "variable": 4, "expression": 2, "root": 0.7}  # kinds, and how often they come
_AROUND = (0, 0.5, -0.5, 1.0, -1.0, 1.6, -1.6, 2.4, -2.4, math.pi)  # where names stand: radians from where room is


class Writer:
    """Writes the labels of a scene."""

    def __init__(self, scene: Sketch, names: list[str], sheet: Sheet, rng: random.Random) -> None:
        self.scene, self.names, self.sheet, self.rng, self.style = scene, names, sheet, rng, sheet.style
        self.named = [index for index, name in enumerate(names) if name]
        self.em = self.style.em

    def labels(self, stated: set[Triple]) -> list[Label]:
        """Draw all labels; return them. stated: angles that have a mark already."""
        found = self._angles(stated) + self._lengths()
        if not self.style.annotated or self.style.drawn_names:
            found += [self._name(index) for index in self.named]
        return found + (self._overlay() if self.style.annotated else [])

    def strays(self, count: int) -> list[Label]:
        """Draw texts wherever nothing is, as many as fit of a count."""
        found, rng, style = [], self.rng, self.style
        for _ in range(count):
            letters = rng.choice([*[string.ascii_uppercase] * 2, string.digits, string.ascii_lowercase, SIGNS])
            text, size = "".join(rng.choices(letters, k=rng.choice([1, 1, 2, 3, 4]))), self.em * rng.uniform(0.7, 1.2)
            fonts = rng.choice([style.values, style.names, style.overlay_fonts])
            spot = complex(*(rng.uniform(0, side) for side in self.sheet.size))
            if self.sheet.clutter(self._box(spot, text, fonts, 1.3 * size)) == 0:
                color = rng.choice([style.letter, style.overlay])
                found.append(self._write((text, ""), "other", (), spot, fonts, size, color))
        return found

    def _write(
        self, said: tuple[str, str], role: str, points: tuple[int, ...], middle: complex, fonts: tuple[Font, Font],
        size: float, color: Color,
    ) -> Label:  # fmt: skip
        """Write a text that has a value."""
        box, chars = self.sheet.text(said[0], middle, fonts, size, color)
        return Label(*said, role, points, box, chars)

    def _value(
        self, said: tuple[str, str], role: str, points: tuple[int, ...], middle: complex, size: float
    ) -> list[Label]:
        """Write a length or an angle."""
        return [self._write(said, role, points, middle, self.style.values, size, self.style.letter)]

    def _box(self, middle: complex, text: str, fonts: tuple[Font, Font], size: float) -> Box:
        return centred(middle, *self.sheet.text_size(text, fonts, size))

    def _best(self, spots: list[complex], text: str, fonts: tuple[Font, Font], size: float) -> tuple[float, complex]:
        """Return clutter and place of the spot with the least of it, the first of equals."""
        costs = [self.sheet.clutter(self._box(spot, text, fonts, size)) for spot in spots]
        return min(costs), spots[costs.index(min(costs))]

    # --- names ---

    def _name(self, index: int) -> Label:
        style, here, name = self.style, self.scene.points[index], self.names[index]
        if style.dot and not style.annotated:
            self.sheet.dot(here, max(2.0, style.width * 1.5), style.dot)
        outward = self._open_direction(index)
        spots = [here + cmath.rect(self.em * r, outward + turn) for r in (0.8, 1.0, 1.25) for turn in _AROUND]
        _, spot = self._best(spots, name, style.names, self.em)
        return self._write((name, name), "name", (index,), spot, style.names, self.em, style.letter)

    def _open_direction(self, index: int) -> float:
        """Return the direction in the middle of the widest gap between the strokes at a point."""
        points = self.scene.points
        ways = sorted({round(cmath.phase(points[i] - points[index]), 3) for i in self._neighbours(index)})
        if not ways:
            return self.rng.uniform(0, 2 * math.pi)
        gap, start = max((after - before, before) for before, after in pairwise([*ways, ways[0] + 2 * math.pi]))
        return start + gap / 2

    def _neighbours(self, index: int) -> list[int]:
        """List the next points on every stroke through a point."""
        found = []
        for line in self.scene.strokes:
            if index in line:
                at = line.index(index)
                found += line[max(0, at - 1) : at] + line[at + 1 : at + 2]
        return found

    def _overlay(self) -> list[Label]:
        """Draw dots and names laid over the drawing, always at the same side of their point."""
        style, rng, points = self.style, self.rng, self.scene.points
        size = min(max(self.em * rng.uniform(0.8, 1.3), 13), 34)
        shift = rng.choice([complex(0.45, -0.4), complex(0.4, -0.35), complex(0.5, 0.45), complex(-0.4, -0.4)]) * size
        for index in self.named:
            self.sheet.dot(points[index], rng.uniform(2.5, 4), style.overlay_dot)
        return [
            self._write((name, name), "name", (i,), points[i] + shift, style.overlay_fonts, size, style.overlay)
            for i, name in enumerate(self.names)
            if name
        ]

    # --- lengths ---

    def _lengths(self) -> list[Label]:
        """Draw lengths of neighbouring points' segments, and of whole strokes along a line of their own."""
        found, rich = [], self.style.richness
        for line in self.scene.strokes:
            named = [index for index in line if self.names[index]]
            if len(named) > 2 and self.rng.random() < 0.25 * rich:
                found += self._dimension(named[0], named[-1])
            for a, b in pairwise(line):
                if self.names[a] and self.names[b] and self.rng.random() < rich:
                    alone = self.rng.random() < DIMENSION_SHARE
                    found += (alone and self._dimension(a, b)) or self._length(a, b)
        return found

    def _length(self, a: int, b: int) -> list[Label]:
        said, values = length_text(self.style.unit, self.rng), self.style.values
        start, stop = self.scene.points[a], self.scene.points[b]
        way, size = (stop - start) / abs(stop - start), self.em * 0.95
        width, height = self.sheet.text_size(said[0], values, size)
        half = abs(way.imag) * width / 2 + abs(way.real) * height / 2
        spots = [
            start + (stop - start) * share + way * 1j * side * (half + size * gap)
            for gap in (0.3, 0.45, 0.7)
            for share in (0.5, 0.42, 0.58)
            for side in self.rng.sample([1, -1], 2)
        ]
        cost, spot = self._best(spots, said[0], values, size)
        if cost > MAX_CLUTTER:
            return self._led(said, "length", (a, b), start + (stop - start) * self.rng.uniform(0.4, 0.6))
        return self._value(said, "length", (a, b), spot, size)

    def _dimension(self, a: int, b: int) -> list[Label]:
        """Draw a length on an arrow of its own beside the segment, on the drawing's outer side."""
        style, em, said, points = self.style, self.em, length_text("", self.rng), self.scene.points
        start, stop = points[a], points[b]
        near, far = self.rng.uniform(1.1, 1.6), self.rng.uniform(1.6, 3.2)
        across, inside = 1j * (stop - start) / abs(stop - start), sum(points) / len(points) - start
        out = (-across if (inside * across.conjugate()).real > 0 else across) * em * self.rng.choice([near, far])
        middle = (start + stop) / 2 + out
        width, _ = self.sheet.text_size(said[0], style.values, em)
        cramped = abs(stop - start) < 3 * width
        if cramped or self.sheet.clutter(self._box(middle, said[0], style.values, em)) > MAX_CLUTTER:
            return []
        dimension_line(self.sheet, (start + out, stop + out), width / 2 + 0.3 * em, em, style.letter)
        if self.rng.random() < EXTENDED_SHARE:
            for end in (start, stop):
                self.sheet.line(end + 0.2 * out, end + out, POINTER_PX, style.letter)
        return self._value(said, "length", (a, b), middle, em * 0.95)

    # --- angles ---

    def _angles(self, stated: set[Triple]) -> list[Label]:
        """Draw measures or numbers of some angles between neighbouring strokes."""
        numbers = iter("123456789") if self.rng.random() < 0.15 else None
        share = 0.7 if numbers else 0.7 * self.style.richness
        found = []
        for vertex in self.named:
            for corner in self._corners(vertex):
                known = corner in stated or (corner[0], corner[2], corner[1]) in stated
                if not known and self.rng.random() < share:
                    found += self._angle(corner, next(numbers, "") if numbers else "")
        return found

    def _corners(self, vertex: int) -> list[Triple]:
        """List the angles at a point between neighbouring strokes, by their nearest named points."""
        here, named = self.scene.points[vertex], (i for i in self._neighbours(vertex) if self.names[i])
        legs = sorted(named, key=lambda i: cmath.phase(self.scene.points[i] - here))
        return [(vertex, a, b) for a, b in zip(legs, legs[1:] + legs[:1], strict=True) if a != b]

    def _angle(self, corner: Triple, number: str) -> list[Label]:
        style, (vertex, a, b) = self.style, (self.scene.points[index] for index in corner)
        turn = cmath.phase((b - vertex) / (a - vertex)) % (2 * math.pi)
        if turn > math.radians(WIDEST_ANGLE_DEGREES):
            return []
        said = (number, number) if number else angle_text(math.degrees(turn), self.rng)
        size, role = self.em * self.rng.uniform(0.8, 0.95), "number" if number else "angle"
        width, height = self.sheet.text_size(said[0], style.values, size)
        shortest, start = min(abs(a - vertex), abs(b - vertex)), cmath.phase(a - vertex)
        aim = vertex + cmath.rect(min(1.2 * size, 0.5 * shortest), start + turn / 2)
        if self.rng.random() < LEADER_SHARE:
            return self._led(said, role, corner, aim)
        radius = max(0.8 * size, (math.hypot(width, height) / 2 + 0.15 * size) / math.sin(turn / 2))
        spots = [vertex + cmath.rect(radius * more, start + turn / 2) for more in (1, 1.15, 1.3)]
        cost, spot = self._best(spots, said[0], style.values, size)
        if radius > 0.7 * shortest or cost > MAX_CLUTTER:
            return self._led(said, role, corner, aim)
        if self.rng.random() < 0.2 and radius > 1.6 * size:
            self.sheet.arc(vertex, max(0.4 * radius, radius - 0.7 * width), start, start + turn, 1.0, style.sign)
        return self._value(said, role, corner, spot, size)

    def _led(self, said: tuple[str, str], role: str, points: tuple[int, ...], aim: complex) -> list[Label]:
        """Draw a text where room is, with an arrow to what it speaks of; none where no room is near."""
        style, size = self.style, self.em * 0.9
        around = [cmath.rect(1, math.pi * k / 6) for k in range(12)]
        spots = [aim + size * far * way for far in LEADER_EMS for way in self.rng.sample(around, len(around))]
        cost, spot = self._best(spots, said[0], style.values, size)
        if cost > 0:
            return []
        (width, height), way = self.sheet.text_size(said[0], style.values, size), (aim - spot) / abs(aim - spot)
        edge = min(width / 2 / max(abs(way.real), 1e-6), height / 2 / max(abs(way.imag), 1e-6)) + 0.2 * size
        self.sheet.line(spot + way * edge, aim, POINTER_PX, style.letter)
        self.sheet.head(aim, -way, HEAD_EM * size, HEAD_SHARE, style.letter)
        return self._value(said, role, points, spot, size)


def dimension_line(sheet: Sheet, ends: tuple[complex, complex], hole: float, em: float, color: Color) -> None:
    """Draw an arrow from beside the middle of a line, `hole` pixels off it, to a bar at either end."""
    middle = (ends[0] + ends[1]) / 2
    for tip in ends:
        way = (middle - tip) / abs(middle - tip)
        sheet.line(tip, middle - way * hole, POINTER_PX, color)
        sheet.line(tip - BAR_EM * 1j * em * way, tip + BAR_EM * 1j * em * way, POINTER_PX, color)
        sheet.head(tip, way, HEAD_EM * em, HEAD_SHARE, color)


# --- what is written, and its value, which has no unit and no spaces ---


def length_text(unit: str, rng: random.Random) -> tuple[str, str]:
    """Make up a length."""
    kind = rng.choices(list(LENGTHS), list(LENGTHS.values()))[0]
    if kind == "integer":
        text = value = str(rng.randint(1, rng.choice([20, 50, 200])))
    elif kind == "decimal":
        text = value = f"{rng.uniform(0.5, 40):.{rng.choice([1, 1, 2])}f}"
    elif kind == "variable":
        text = value = rng.choice(VARIABLES)
    elif kind == "root":
        front, under = rng.choice(["", *map(str, range(2, 20))]), rng.choice("2233567")
        text, value = f"{front}{RADICAL}{under}", f"{front}\\sqrt{{{under}}}"
    else:
        text, value = _expression(rng)
    return (f"{text} {unit}" if unit else text), value


def angle_text(degrees: float, rng: random.Random) -> tuple[str, str]:
    """Make up what is written for an angle, most often its true size."""
    if rng.random() < 0.7:
        return f"{round(degrees)}°", str(round(degrees))
    text, value = _expression(rng)
    if rng.random() < 0.8:
        text = f"({text})°" if len(value) > 2 else text + "°"
    return text, value


def _expression(rng: random.Random) -> tuple[str, str]:
    term = rng.choice(["", "", *map(str, range(2, 16))]) + rng.choice(VARIABLES)
    if rng.random() < 0.35:
        return term, term
    sign, space = rng.choice("+-"), rng.choice(["", " ", " "])
    number = str(rng.randint(1, rng.choice([9, 40])))
    first, last = (term, number) if rng.random() < 0.9 else (number, term)
    shown = MINUS if sign == "-" and rng.random() < 0.8 else sign
    return f"{first}{space}{shown}{space}{last}", f"{first}{sign}{last}"
