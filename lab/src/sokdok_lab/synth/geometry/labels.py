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
from dataclasses import dataclass
from itertools import pairwise

from sokdok.imaging.box import Box
from sokdok_lab.synth.geometry.scenes import Sketch, Triple
from sokdok_lab.synth.geometry.sheet import MINUS, RADICAL, Color, Sheet, centred
from sokdok_lab.synth.geometry.style import Style
from sokdok_lab.synth.geometry.truth import Label
from sokdok_lab.synth.pages.fonts import Font

WIDEST_ANGLE_DEGREES = 170.0  # of an angle that gets a label
MAX_CLUTTER = 0.25  # share of a text's box that may be covered, or it stands elsewhere with a leader
DIMENSION_SHARE, EXTENDED_SHARE = 0.1, 0.4
"""of the lengths that stand on a line of their own, of these lines that are joined to their segment's ends"""
LEADER_SHARE, LEADER_EMS = 0.05, (2.5, 3.5, 4.5)
"""of the angles whose label stands apart though there is room; how far apart, in ems"""
WIDTH_PX = 1.0
BAR_EM, HEAD_EM = 0.4, 0.4  # half a bar at the end of a length's line; an arrowhead's length
SIGNS = f"0123456789xyz+{MINUS}={RADICAL}()°./"
VARIABLES = "xxxxyyyzzabcdhkmnprstw"
LENGTHS = {"integer": 4, "decimal": 1, "variable": 4, "expression": 2, "root": 0.7}  # kinds, and how often they come


@dataclass
class Writer:
    """Writes the labels of a scene."""

    scene: Sketch
    names: list[str]
    style: Style
    sheet: Sheet
    rng: random.Random

    def labels(self, stated: set[Triple]) -> list[Label]:
        """Draw all labels; return them. stated: angles that have a mark already."""
        found = self._angles(stated) + self._lengths()
        if not self.style.annotated or self.style.drawn_names:
            found += [self._name(index) for index in self._named()]
        return found + (self._overlay() if self.style.annotated else [])

    def strays(self, count: int) -> list[Label]:
        """Draw texts wherever nothing is, as many as fit of a count."""
        found = []
        for _ in range(count):
            text, size = stray_text(self.rng), self.style.em * self.rng.uniform(0.7, 1.2)
            fonts = self.rng.choice([self.style.values, self.style.names, self.style.overlay_fonts])
            spot = complex(*(self.rng.uniform(0, side) for side in self.sheet.size))
            if self.sheet.clutter(self._box(spot, text, fonts, 1.3 * size)) == 0:
                color = self.rng.choice([self.style.letter, self.style.overlay])
                found.append(self._write(text, "", "other", (), spot, fonts, size, color))
        return found

    def _named(self) -> list[int]:
        return [index for index, name in enumerate(self.names) if name]

    def _write(
        self, text: str, value: str, role: str, points: tuple[int, ...], middle: complex, fonts: tuple[Font, Font],
        size: float, color: Color,
    ) -> Label:  # fmt: skip
        box, chars = self.sheet.text(text, middle, fonts, size, color)
        return Label(text, value, role, points, box, chars)

    def _box(self, middle: complex, text: str, fonts: tuple[Font, Font], size: float) -> Box:
        width, height = self.sheet.text_size(text, fonts, size)
        return centred(middle, width, height)

    def _best(self, spots: list[complex], text: str, fonts: tuple[Font, Font], size: float) -> tuple[float, complex]:
        """Return clutter and place of the spot with the least of it, the first of equals."""
        costs = [self.sheet.clutter(self._box(spot, text, fonts, size)) for spot in spots]
        cost = min(costs)
        return cost, spots[costs.index(cost)]

    def _name(self, index: int) -> Label:
        style, here = self.style, self.scene.points[index]
        if style.dot and not style.annotated:
            self.sheet.dot(here, max(2.0, style.width * 1.5), style.dot)
        outward = self._open_direction(index)
        spots = [
            here + cmath.rect(style.em * radius, outward + turn)
            for radius in (0.8, 1.0, 1.25)
            for turn in (0, 0.5, -0.5, 1.0, -1.0, 1.6, -1.6, 2.4, -2.4, math.pi)
        ]
        _, spot = self._best(spots, self.names[index], style.names, style.em)
        name = self.names[index]
        return self._write(name, name, "name", (index,), spot, style.names, style.em, style.letter)

    def _open_direction(self, index: int) -> float:
        """Return the direction in the middle of the widest gap between the strokes at a point."""
        here = self.scene.points[index]
        ways = sorted({round(cmath.phase(self.scene.points[other] - here), 3) for other in self._neighbours(index)})
        if not ways:
            return self.rng.uniform(0, 2 * math.pi)
        gaps = [
            (after - before, before) for before, after in zip(ways, [*ways[1:], ways[0] + 2 * math.pi], strict=True)
        ]
        gap, start = max(gaps)
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
        style, rng = self.style, self.rng
        size = min(max(style.em * rng.uniform(0.8, 1.3), 13), 34)
        shift = rng.choice([complex(0.45, -0.4), complex(0.4, -0.35), complex(0.5, 0.45), complex(-0.4, -0.4)]) * size
        found = []
        for index in self._named():
            self.sheet.dot(self.scene.points[index], rng.uniform(2.5, 4), style.overlay_dot)
        for index in self._named():
            name, spot = self.names[index], self.scene.points[index] + shift
            found.append(self._write(name, name, "name", (index,), spot, style.overlay_fonts, size, style.overlay))
        return found

    def _lengths(self) -> list[Label]:
        """Draw lengths of neighbouring points' segments, and of whole strokes along a line of their own."""
        found = []
        for line in self.scene.strokes:
            named = [index for index in line if self.names[index]]
            if len(named) > 2 and self.rng.random() < 0.25 * self.style.richness:
                found += self._dimension(named[0], named[-1])
            for a, b in pairwise(line):
                if self.names[a] and self.names[b] and self.rng.random() < self.style.richness:
                    alone = self.rng.random() < DIMENSION_SHARE
                    found += (alone and self._dimension(a, b)) or self._length(a, b)
        return found

    def _length(self, a: int, b: int) -> list[Label]:
        text, value = length_text(self.style.unit, self.rng)
        start, stop = self.scene.points[a], self.scene.points[b]
        way, size = (stop - start) / abs(stop - start), self.style.em * 0.95
        width, height = self.sheet.text_size(text, self.style.values, size)
        half = abs(way.imag) * width / 2 + abs(way.real) * height / 2
        spots = [
            start + (stop - start) * share + way * 1j * side * (half + size * gap)
            for gap in (0.3, 0.45, 0.7)
            for share in (0.5, 0.42, 0.58)
            for side in self.rng.sample([1, -1], 2)
        ]
        cost, spot = self._best(spots, text, self.style.values, size)
        if cost > MAX_CLUTTER:
            return self._led(text, value, "length", (a, b), start + (stop - start) * self.rng.uniform(0.4, 0.6))
        return [self._write(text, value, "length", (a, b), spot, self.style.values, size, self.style.letter)]

    def _dimension(self, a: int, b: int) -> list[Label]:
        """Draw a length on an arrow of its own beside the segment, on the drawing's outer side."""
        style, (text, value) = self.style, length_text("", self.rng)
        start, stop = self.scene.points[a], self.scene.points[b]
        near, far = self.rng.uniform(1.1, 1.6), self.rng.uniform(1.6, 3.2)
        out = self._outward(start, stop) * style.em * self.rng.choice([near, far])
        middle = (start + stop) / 2 + out
        width, _ = self.sheet.text_size(text, style.values, style.em)
        cramped = abs(stop - start) < 3 * width
        if cramped or self.sheet.clutter(self._box(middle, text, style.values, style.em)) > MAX_CLUTTER:
            return []
        dimension_line(self.sheet, (start + out, stop + out), width / 2 + 0.3 * style.em, style.em, style.letter)
        if self.rng.random() < EXTENDED_SHARE:
            for end in (start, stop):
                self.sheet.line(end + 0.2 * out, end + out, 1.0, style.letter)
        return [self._write(text, value, "length", (a, b), middle, style.values, style.em * 0.95, style.letter)]

    def _outward(self, start: complex, stop: complex) -> complex:
        """Return the direction across a segment that leads away from the drawing's middle."""
        across = 1j * (stop - start) / abs(stop - start)
        inside = sum(self.scene.points) / len(self.scene.points) - start
        return -across if (inside * across.conjugate()).real > 0 else across

    def _angles(self, stated: set[Triple]) -> list[Label]:
        """Draw measures or numbers of some angles between neighbouring strokes."""
        numbers = iter("123456789") if self.rng.random() < 0.15 else None
        share = 0.7 if numbers else 0.7 * self.style.richness
        found = []
        for vertex in self._named():
            for corner in self._corners(vertex):
                known = corner in stated or (corner[0], corner[2], corner[1]) in stated
                if not known and self.rng.random() < share:
                    found += self._angle(corner, next(numbers, "") if numbers else "")
        return found

    def _corners(self, vertex: int) -> list[Triple]:
        """List the angles at a point between neighbouring strokes, by their nearest named points."""
        here = self.scene.points[vertex]
        legs = sorted(
            (i for i in self._neighbours(vertex) if self.names[i]),
            key=lambda i: cmath.phase(self.scene.points[i] - here),
        )
        return [(vertex, a, b) for a, b in zip(legs, legs[1:] + legs[:1], strict=True) if a != b]

    def _angle(self, corner: Triple, number: str) -> list[Label]:
        style, (vertex, a, b) = self.style, (self.scene.points[index] for index in corner)
        turn = cmath.phase((b - vertex) / (a - vertex)) % (2 * math.pi)
        if turn > math.radians(WIDEST_ANGLE_DEGREES):
            return []
        text, value = (number, number) if number else angle_text(math.degrees(turn), self.rng)
        size = style.em * self.rng.uniform(0.8, 0.95)
        width, height = self.sheet.text_size(text, style.values, size)
        role = "number" if number else "angle"
        shortest = min(abs(a - vertex), abs(b - vertex))
        aim = vertex + cmath.rect(min(1.2 * size, 0.5 * shortest), cmath.phase(a - vertex) + turn / 2)
        if self.rng.random() < LEADER_SHARE:
            return self._led(text, value, role, corner, aim)
        radius = max(0.8 * size, (math.hypot(width, height) / 2 + 0.15 * size) / math.sin(turn / 2))
        if radius > 0.7 * shortest:
            return self._led(text, value, role, corner, aim)
        spots = [vertex + cmath.rect(radius * more, cmath.phase(a - vertex) + turn / 2) for more in (1, 1.15, 1.3)]
        cost, spot = self._best(spots, text, style.values, size)
        if cost > MAX_CLUTTER:
            return self._led(text, value, role, corner, aim)
        if self.rng.random() < 0.2 and radius > 1.6 * size:
            start = cmath.phase(a - vertex)
            self.sheet.arc(vertex, max(0.4 * radius, radius - 0.7 * width), start, start + turn, 1.0, style.sign)
        return [self._write(text, value, role, corner, spot, style.values, size, style.letter)]

    def _led(self, text: str, value: str, role: str, points: tuple[int, ...], aim: complex) -> list[Label]:
        """Draw a text where room is, with an arrow to what it speaks of; none where no room is near."""
        style, size = self.style, self.style.em * 0.9
        around = [cmath.rect(1, math.pi * k / 6) for k in range(12)]
        spots = [aim + size * far * way for far in LEADER_EMS for way in self.rng.sample(around, len(around))]
        cost, spot = self._best(spots, text, style.values, size)
        if cost > 0:
            return []
        leader(self.sheet, (spot, *self.sheet.text_size(text, style.values, size)), aim, size, style.letter)
        return [self._write(text, value, role, points, spot, style.values, size, style.letter)]


# --- what is written ---


def length_text(unit: str, rng: random.Random) -> tuple[str, str]:
    """What is written and its value, which has no unit and no spaces."""
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
    """What is written for an angle, most often its true size, and its value without the degree sign."""
    if rng.random() < 0.7:
        return f"{round(degrees)}°", str(round(degrees))
    text, value = _expression(rng)
    if rng.random() < 0.8:
        text = f"({text})°" if len(value) > 2 else text + "°"
    return text, value


def stray_text(rng: random.Random) -> str:
    """One to four characters of any kind that figures have."""
    letters = rng.choice([string.ascii_uppercase, string.ascii_uppercase, string.digits, string.ascii_lowercase, SIGNS])
    return "".join(rng.choices(letters, k=rng.choice([1, 1, 2, 3, 4])))


def _expression(rng: random.Random) -> tuple[str, str]:
    term = rng.choice(["", "", *map(str, range(2, 16))]) + rng.choice(VARIABLES)
    if rng.random() < 0.35:
        return term, term
    sign, space = rng.choice("+-"), rng.choice(["", " ", " "])
    number = str(rng.randint(1, rng.choice([9, 40])))
    first, last = (term, number) if rng.random() < 0.9 else (number, term)
    shown = MINUS if sign == "-" and rng.random() < 0.8 else sign
    return f"{first}{space}{shown}{space}{last}", f"{first}{sign}{last}"


# --- lines that tie a label to what it speaks of ---


def dimension_line(sheet: Sheet, ends: tuple[complex, complex], hole: float, em: float, color: Color) -> None:
    """Draw an arrow from beside the middle of a line, `hole` pixels off it, to a bar at either end."""
    middle = (ends[0] + ends[1]) / 2
    for tip in ends:
        way = (middle - tip) / abs(middle - tip)
        sheet.line(tip, middle - way * hole, WIDTH_PX, color)
        sheet.line(tip - BAR_EM * 1j * em * way, tip + BAR_EM * 1j * em * way, WIDTH_PX, color)
        _head(sheet, tip, way, em, color)


def leader(sheet: Sheet, text: tuple[complex, float, float], aim: complex, em: float, color: Color) -> None:
    """Draw an arrow from the edge of a text (middle, width, height) to a place."""
    middle, width, height = text
    way = (aim - middle) / abs(aim - middle)
    edge = min(width / 2 / max(abs(way.real), 1e-6), height / 2 / max(abs(way.imag), 1e-6)) + 0.2 * em
    sheet.line(middle + way * edge, aim, WIDTH_PX, color)
    _head(sheet, aim, -way, em, color)


def _head(sheet: Sheet, tip: complex, back: complex, em: float, color: Color) -> None:
    """Draw an arrowhead; back: direction (of length 1) from its tip."""
    sheet.polygon([tip, tip + back * em * complex(HEAD_EM, 0.15), tip + back * em * complex(HEAD_EM, -0.15)], color)
