"""The paper a geometry figure is drawn on: smooth lines, signs and letters, and where there is room for a text.

- Drawn at `OVERSAMPLING` times the size and averaged down.
- A coarse grid remembers what is covered, so that texts keep off lines as a draughtsman would.
"""

from __future__ import annotations

import cmath
import math
from collections.abc import Iterable
from functools import lru_cache
from itertools import pairwise

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sokdok.imaging.box import Box
from sokdok_lab.synth.geometry.style import Color, Style
from sokdok_lab.synth.pages.fonts import Font

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
        for share in _dashes(abs(b - a), dash):
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
                chars.append(self._minus(pen, baseline, size, color))
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

    def _minus(self, x: float, baseline: float, size: float, color: Color) -> Char:
        left, right, y = x + 0.08 * size, x + 0.52 * size, baseline - 0.27 * size
        self._draw.line([value * OVERSAMPLING for value in (left, y, right, y)], color, _thickness(0.07 * size))
        return MINUS, (left + right) / 2, y, size

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
    return _sized(fonts[char.isalpha()], round(size * OVERSAMPLING))


@lru_cache(maxsize=512)
def _sized(font: Font, size: int) -> ImageFont.FreeTypeFont:
    """Open a font at a size, once: that takes longer than drawing a letter."""
    return font.at(size)


def _thickness(width: float) -> int:
    """Return pixels of the oversampled sheet for a line's width."""
    return max(1, round(width * OVERSAMPLING))


def _dashes(length: float, dash: float) -> list[tuple[float, float]]:
    """List the shares of a segment that are drawn."""
    if not dash:
        return [(0.0, 1.0)]
    count = max(2, round(length / dash / 1.7))
    return [(k / count, min(1.0, (k + 0.6) / count)) for k in range(count)]


def _xy(z: complex) -> tuple[float, float]:
    return z.real * OVERSAMPLING, z.imag * OVERSAMPLING


def _bounds(center: complex, radius: float) -> tuple[float, float, float, float]:
    (left, top), (right, bottom) = _xy(center - complex(radius, radius)), _xy(center + complex(radius, radius))
    return left, top, right, bottom
