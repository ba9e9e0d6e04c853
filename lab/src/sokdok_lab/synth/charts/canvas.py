"""A pillow canvas for charts: smooth shapes, and texts at any angle whose boxes are kept."""

from __future__ import annotations

import math
from collections.abc import Sequence
from functools import lru_cache

import numpy as np
from PIL import Image, ImageDraw, ImageFont

from sokdok.imaging.box import Box
from sokdok_lab.synth.charts.style import Color
from sokdok_lab.synth.charts.truth import ChartText, Point, Role, line_from
from sokdok_lab.synth.pages.fonts import Font

_OVERSAMPLING = 2  # shapes are drawn so many times larger


@lru_cache(maxsize=512)
def _font(font: Font, size: float) -> ImageFont.FreeTypeFont:
    return font.at(size)


def text_size(text: str, font: Font, size: float) -> tuple[float, float]:
    """Measure a text: width and height in pixels."""
    left, top, right, bottom = _font(font, size).getbbox(text, anchor="ls")
    return right - left, bottom - top


class ChartCanvas:
    """Shapes are drawn larger and averaged down; texts go on top at their own size."""

    def __init__(self, size: tuple[int, int], ground: Color) -> None:
        self.size = size
        self._large = Image.new("RGB", (size[0] * _OVERSAMPLING, size[1] * _OVERSAMPLING), ground)
        self._draw = ImageDraw.Draw(self._large)
        self._texts: list[tuple[ChartText, Font, float, Color]] = []

    def rectangle(self, box: Box, color: Color, radius: float = 0) -> None:
        """Fill a box of whole pixels, its corners rounded."""
        left, top, right, bottom = (round(value) * _OVERSAMPLING for value in box)
        if right > left and bottom > top:
            self._draw.rounded_rectangle((left, top, right - 1, bottom - 1), radius * _OVERSAMPLING, color)

    def polygon(self, points: Sequence[Point], color: Color) -> None:
        """Fill the inside of a closed chain."""
        self._draw.polygon([(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in points], color)

    def lines(self, points: Sequence[Point], color: Color, width: float = 1) -> None:
        """Draw an open chain."""
        scaled = [(x * _OVERSAMPLING, y * _OVERSAMPLING) for x, y in points]
        self._draw.line(scaled, color, max(1, round(width * _OVERSAMPLING)), joint="curve")

    def disc(self, center: Point, radius: float, color: Color) -> None:
        """Fill a circle."""
        x, y = center
        self._draw.ellipse([value * _OVERSAMPLING for value in (x - radius, y - radius, x + radius, y + radius)], color)

    def text(
        self,
        place: Point,
        text: str,
        font: Font,
        size: float,
        color: Color,
        role: Role,
        anchor: str = "mm",
        angle: int = 0,
    ) -> None:
        """Write a text; anchor: l, m or r and t, m or b of its box at `place`; angle: counter-clockwise degrees.

        With an angle the anchor is that of the turned text: its end at 45 degrees for `rt`.
        """
        width, height = text_size(text, font, size)
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        around = (width * cosine + height * sine, width * sine + height * cosine)
        left = place[0] - around[0] * {"l": 0.0, "m": 0.5, "r": 1.0}[anchor[0]]
        top = place[1] - around[1] * {"t": 0.0, "m": 0.5, "b": 1.0}[anchor[1]]
        box = Box(left, top, left + around[0], top + around[1])
        ends = line_from(self._baseline(box, text, _font(font, size), angle), width, size, angle)
        self._texts.append((ChartText(text, box, role, *ends, size, angle), font, size, color))

    @staticmethod
    def _baseline(box: Box, text: str, font: ImageFont.FreeTypeFont, angle: int) -> Point:
        """Find where the baseline of a turned text begins: the middle of its box stays that of the text's ink."""
        left, top, right, bottom = font.getbbox(text, anchor="ls")
        sine, cosine = math.sin(math.radians(angle)), math.cos(math.radians(angle))
        x, y = -(left + right) / 2, -(top + bottom) / 2  # from the ink's middle to the pen, before turning
        x += left  # to where the ink begins
        return box.middle[0] + x * cosine + y * sine, box.middle[1] - x * sine + y * cosine

    def finish(self) -> tuple[np.ndarray, tuple[ChartText, ...]]:
        """Return the pixels (H, W, 3) and what is written on them."""
        image = self._large.reduce(_OVERSAMPLING)
        for item, font, size, color in self._texts:
            _write(image, item, _font(font, size), color)
        return np.asarray(image), tuple(item for item, *_ in self._texts)


def _write(image: Image.Image, item: ChartText, font: ImageFont.FreeTypeFont, color: Color) -> None:
    if not item.angle:
        left, top, *_ = font.getbbox(item.text, anchor="ls")
        ImageDraw.Draw(image).text((item.box.left - left, item.box.top - top), item.text, color, font, anchor="ls")
        return
    left, top, right, bottom = font.getbbox(item.text, anchor="ls")
    mask = Image.new("L", (int(right - left) + 2, int(bottom - top) + 2))
    ImageDraw.Draw(mask).text((1 - left, 1 - top), item.text, 255, font, anchor="ls")
    turned = mask.rotate(item.angle, Image.Resampling.BICUBIC, expand=True)
    x = (item.box.left + item.box.right - turned.width) / 2
    y = (item.box.top + item.box.bottom - turned.height) / 2
    image.paste(color, (round(x), round(y)), turned)
