"""Boxes of text that runs at an angle: in a frame in which it runs from left to right, and back.

An angle is in degrees clockwise from where text runs usually. Frames share their origin with the page; a box keeps its
middle, and of a slanted line the box around it says how long it is, once its height is known.
"""

from __future__ import annotations

import math

from sokdok.imaging.box import Box


def level_point(x: float, y: float, angle: float) -> tuple[float, float]:
    """Where a point of the page lies in the frame of an angle."""
    cos, sin = _direction(angle)
    return x * cos + y * sin, y * cos - x * sin


def level_box(box: Box, angle: float, height: float) -> Box:
    """The box, in the frame of an angle, of a line of some height that `box` is around on the page."""
    cos, sin = map(abs, _direction(angle))
    length = (box.width - height * sin) / cos if cos > sin else (box.height - height * cos) / sin
    return _around(level_point(*box.middle, angle), max(length, 0.0), height)


def page_box(box: Box, angle: float) -> Box:
    """The box on the page around a box in the frame of an angle."""
    cos, sin = map(abs, _direction(angle))
    middle = level_point(*box.middle, -angle)
    return _around(middle, box.width * cos + box.height * sin, box.width * sin + box.height * cos)


def _direction(angle: float) -> tuple[float, float]:
    """Cosine and sine, exact for quarter turns."""
    if angle % 90 == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(angle // 90) % 4]
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def _around(middle: tuple[float, float], width: float, height: float) -> Box:
    x, y = middle
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
