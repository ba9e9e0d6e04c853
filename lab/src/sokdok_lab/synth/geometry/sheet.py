"""How a geometry figure looks, and the paper it is drawn on: smooth lines, signs, letters, and where a text has room.

- Paper, ink, letters and sizes are chosen at random, but like those of textbooks.
- Drawn at `OVERSAMPLING` times the size and averaged down.
- A coarse grid remembers what is covered, so that texts keep off lines as a draughtsman would.
"""

from __future__ import annotations

import cmath
import math
import random
from collections.abc import Iterable
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sokdok.imaging.box import Box
from sokdok_lab.synth.pages.fonts import Font, FontBook, opened

Color = tuple[int, int, int]
EMS_PX = (12.0, 42.0)  # smallest and largest em of the letters
_BLACKS = ((0, 0, 0), (20, 20, 20), (35, 31, 32), (60, 60, 60))
_INKS = (*_BLACKS, (0, 90, 150), (0, 114, 188), (30, 60, 140), (20, 100, 110), (120, 40, 40))
_ACCENTS = ((236, 0, 140), (220, 30, 60), (0, 130, 200), (0, 140, 80), (240, 120, 0))
_PAPERS = ((255, 255, 255), (255, 255, 255), (255, 255, 255), (255, 246, 225), (240, 246, 252), (245, 245, 245))
_FILLS = ((155, 196, 220), (205, 228, 242), (250, 220, 180), (215, 235, 205), (225, 225, 225), (240, 215, 230))
_NAMES = ((0, 0, 255), (0, 0, 200), (200, 0, 0), (0, 120, 0), (130, 0, 130))


class Style:
    """Everything about a drawing but its scene, at random; lengths in pixels. side: of the longer side."""

    def __init__(self, book: FontBook, side: float, rng: random.Random) -> None:
        family, other = book.pick(rng), book.pick(rng)
        weight = "bold" if rng.random() < 0.15 else "regular"
        roman, italic = family.style(weight), family.style("bold italic" if weight == "bold" else "italic")
        self.side, self.annotated = side, rng.random() < 0.5  # annotated: dots and letters are laid over the drawing
        self.ink: Color = rng.choice(_INKS)
        self.em = min(max(side * rng.uniform(0.035, 0.12), EMS_PX[0]), EMS_PX[1])
        self.width = rng.choice([1.0, 1.3, 1.6, 2.0, 2.5, 3.0])  # of a line
        self.paper: Color = rng.choice(_PAPERS)
        self.sign: Color = rng.choice([self.ink, rng.choice(_ACCENTS)])  # of marks
        self.letter: Color = rng.choice([rng.choice(_BLACKS), rng.choice(_BLACKS), self.ink])
        self.fill: Color | None = rng.choice(_FILLS) if rng.random() < 0.25 else None
        self.values = roman, italic if rng.random() < 0.75 else roman  # fonts of lengths and angles: digits, letters
        self.names = roman, italic if rng.random() < 0.7 else roman
        self.tracking = rng.choice([1.0, 1.0, rng.uniform(0.85, 1.0)])
        """advance of the letters, as a share of their font's: condensed type stands closer"""
        self.unit = rng.choice(["ft", "in.", "cm", "mm", "m", "km", "yd", "mi"]) if rng.random() < 0.35 else ""
        self.dot: Color | None = rng.choice([self.ink, (0, 0, 0), (220, 0, 0)]) if rng.random() < 0.3 else None
        self.drawn_names = rng.random() < 0.65  # whether an annotated drawing has names of its own too
        self.overlay: Color = rng.choice(_NAMES)  # of the letters of an annotated drawing
        self.overlay_dot: Color = rng.choice([(255, 0, 0), (255, 0, 0), (220, 0, 0), (0, 150, 0)])
        self.overlay_fonts = other.style("regular"), other.style("regular")
        self.richness = rng.choice([0.0, 0.3, 0.5, 0.5, 0.8])
        """share of the facts that get a mark and of the segments that get a length"""
        self.margin = self.em * (rng.uniform(0.7, 2.4) if self.annotated else rng.choice([1.9, 1.9, 1.9, 3.6]))


# --- paper ---

Char = tuple[str, float, float, float]  # character, x and y of its middle, em in pixels
OVERSAMPLING = 2  # drawn so many times larger
GRID_PX = 4  # of a cell of what is covered, each way
RADICAL = "√"  # drawn as lines, since many fonts lack it
MINUS = "−"  # drawn as a line, since many fonts lack it
CAP_HEIGHT_EM = 0.75  # of a text
OUTSIDE = 2.0  # clutter of a box that leaves the sheet


class Sheet:
    """A picture of (width, height) pixels; y runs downward, points are complex."""

    def __init__(self, size: tuple[int, int], style: Style) -> None:
        self.size, self.style = size, style
        self._image = Image.new("RGB", (size[0] * OVERSAMPLING, size[1] * OVERSAMPLING), style.paper)
        self._draw = ImageDraw.Draw(self._image)
        self.covered = np.zeros((size[1] // GRID_PX + 1, size[0] // GRID_PX + 1), bool)

    def line(self, a: complex, b: complex, width: float, color: Color, dash: float = 0.0) -> None:
        """Draw a segment, dashed where `dash` is its dashes' length."""
        count = max(2, round(abs(b - a) / dash / 1.7)) if dash else 1
        for share in [(k / count, min(1.0, (k + 0.6) / count)) for k in range(count)] if dash else [(0.0, 1.0)]:
            ends = [_xy(a + (b - a) * part) for part in share]
            self._draw.line([value for end in ends for value in end], color, _thickness(width))
        self._cover(a, b)

    def polygon(self, corners: Iterable[complex], color: Color) -> None:
        """Fill the inside of a closed chain."""
        self._draw.polygon([_xy(z) for z in corners], color)

    def head(self, tip: complex, back: complex, length: float, share: float, color: Color) -> None:
        """Fill an arrowhead; back: direction (of length 1) from its tip. share: half its width, of its length."""
        side = back * 1j * length * share
        self.polygon([tip, tip + back * length + side, tip + back * length - side], color)

    def dot(self, center: complex, radius: float, color: Color) -> None:
        """Fill a circle."""
        self._draw.ellipse(_bounds(center, radius), color)

    def ring(self, center: complex, radius: float, width: float, color: Color) -> None:
        """Draw a circle."""
        self._draw.ellipse(_bounds(center, radius), outline=color, width=_thickness(width))
        rim = [center + cmath.rect(radius, math.pi * k / 18) for k in range(37)]
        for a, b in pairwise(rim):
            self._cover(a, b)

    def arc(self, center: complex, radius: float, start: float, stop: float, width: float, color: Color) -> None:
        """Draw an arc from one direction to another in radians, clockwise on the picture."""
        degrees = math.degrees(start), math.degrees(stop)
        self._draw.arc(_bounds(center, radius), *degrees, fill=color, width=_thickness(width))

    def text_size(self, text: str, fonts: tuple[Font, Font], size: float) -> tuple[float, float]:
        """Measure a text: width and height in pixels."""
        return sum(self._advance(char, fonts, size) for char in text), CAP_HEIGHT_EM * size

    def text(
        self, text: str, middle: complex, fonts: tuple[Font, Font], size: float, color: Color
    ) -> tuple[Box, tuple[Char, ...]]:
        """Draw a text, letters in the second font; return its box and its characters (without spaces)."""
        width, height = self.text_size(text, fonts, size)
        pen, baseline, chars = middle.real - width / 2, middle.imag + height / 2, []
        for index, char in enumerate(text):
            if char == RADICAL:
                digits = text[index + 1 :].split(" ")[0]
                over = sum(self._advance(digit, fonts, size) for digit in digits)
                chars.append(self._radical(pen, baseline, over, size, color))
            elif char == MINUS:
                y = baseline - 0.27 * size
                stops = (pen + 0.08 * size, y, pen + 0.52 * size, y)
                self._draw.line([value * OVERSAMPLING for value in stops], color, _thickness(0.07 * size))
                chars.append((MINUS, pen + 0.3 * size, y, size))
            elif char != " ":
                chars.append(self._char(char, pen, baseline, fonts, size, color))
            pen += self._advance(char, fonts, size)
        box = centred(middle, width, height)
        self.cover_box(box)
        return box, tuple(chars)

    def clutter(self, box: Box) -> float:
        """Return the share of a box that is covered, OUTSIDE if it leaves the sheet."""
        left, top, right, bottom = (int(value // GRID_PX) for value in box)
        rows, columns = self.covered.shape
        if left < 0 or top < 0 or right >= columns or bottom >= rows:
            return OUTSIDE
        return float(self.covered[top : bottom + 1, left : right + 1].mean())

    def cover_box(self, box: Box) -> None:
        """Remember that a text stands there."""
        left, top, right, bottom = (max(0, int(value // GRID_PX)) for value in box)
        self.covered[top : bottom + 1, left : right + 1] = True

    def pixels(self) -> np.ndarray:
        """Return the drawing, (H, W, 3) uint8."""
        return np.asarray(self._image.reduce(OVERSAMPLING))

    def _cover(self, a: complex, b: complex) -> None:
        steps = np.linspace(a, b, max(2, int(abs(b - a) / GRID_PX * 1.5) + 1)) / GRID_PX
        rows, columns = steps.imag.astype(int), steps.real.astype(int)
        inside = (rows >= 0) & (columns >= 0) & (rows < self.covered.shape[0]) & (columns < self.covered.shape[1])
        self.covered[rows[inside], columns[inside]] = True

    def _advance(self, char: str, fonts: tuple[Font, Font], size: float) -> float:
        drawn = {RADICAL: 0.5, MINUS: 0.6}
        if char in drawn:
            return drawn[char] * size
        return float(_face(char, fonts, size).getlength(char)) / OVERSAMPLING * self.style.tracking

    def _char(self, char: str, x: float, baseline: float, fonts: tuple[Font, Font], size: float, color: Color) -> Char:
        face = _face(char, fonts, size)
        at = (x * OVERSAMPLING, baseline * OVERSAMPLING)
        self._draw.text(at, char, color, face, "ls")
        left, top, right, bottom = (value / OVERSAMPLING for value in face.getbbox(char, anchor="ls"))
        return char, x + (left + right) / 2, baseline + (top + bottom) / 2, size

    def _radical(self, x: float, baseline: float, over: float, size: float, color: Color) -> Char:
        top, end = baseline - 0.85 * size, x + 0.5 * size + over
        stops = [(x, baseline - 0.3 * size), (x + 0.12 * size, baseline - 0.38 * size), (x + 0.28 * size, baseline)]
        stops += [(x + 0.45 * size, top), (end, top)]
        self._draw.line([(a * OVERSAMPLING, b * OVERSAMPLING) for a, b in stops], color, _thickness(0.07 * size))
        return RADICAL, x + 0.25 * size, baseline - 0.42 * size, size


def centred(middle: complex, width: float, height: float) -> Box:
    """Return the box of a width and a height around a point."""
    return Box(middle.real - width / 2, middle.imag - height / 2, middle.real + width / 2, middle.imag + height / 2)


def _face(char: str, fonts: tuple[Font, Font], size: float) -> ImageFont.FreeTypeFont:
    return opened(fonts[char.isalpha()], round(size * OVERSAMPLING))


def _thickness(width: float) -> int:
    """Return pixels of the oversampled sheet for a line's width."""
    return max(1, round(width * OVERSAMPLING))


def _xy(z: complex) -> tuple[float, float]:
    return z.real * OVERSAMPLING, z.imag * OVERSAMPLING


def _bounds(center: complex, radius: float) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = _xy(center - complex(radius, radius)), _xy(center + complex(radius, radius))
    return left, top, right, bottom
