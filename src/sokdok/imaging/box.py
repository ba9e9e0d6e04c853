"""An axis-aligned rectangle on a picture, and boxes of text that runs at an angle.

An angle is in degrees clockwise from where text runs usually. In the frame of an angle the text runs from left to
right; frames share their origin with the page. A box keeps its middle, and of a slanted line the box around it says how
long it is, once its height is known.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from typing import NamedTuple


class Box(NamedTuple):
    """A rectangle: x to the right, y downward, origin at the picture's top left.

    In pixels of that picture unless its owner says otherwise (a text layer counts in shares of its page). `right` and
    `bottom` are where it ends, so a box of whole pixels covers the columns `left` to `right - 1`.
    """

    left: float
    top: float
    right: float
    bottom: float

    @classmethod
    def around(cls, boxes: Iterable[tuple[float, float, float, float]]) -> Box:
        """The smallest box that contains all boxes. Raises ValueError if there are none."""
        lefts, tops, rights, bottoms = zip(*boxes, strict=True)
        return cls(min(lefts), min(tops), max(rights), max(bottoms))

    @property
    def width(self) -> float:
        return self.right - self.left

    @property
    def height(self) -> float:
        return self.bottom - self.top

    @property
    def area(self) -> float:
        """Width times height; 0 for a box that ends before it begins."""
        return max(0.0, self.width) * max(0.0, self.height)

    @property
    def middle(self) -> tuple[float, float]:
        """X and y."""
        return (self.left + self.right) / 2, (self.top + self.bottom) / 2

    def intersection(self, other: Box) -> Box:
        """The part that two boxes share; its area is 0 if they don't touch."""
        return Box(
            max(self.left, other.left),
            max(self.top, other.top),
            min(self.right, other.right),
            min(self.bottom, other.bottom),
        )

    def overlap(self, other: Box) -> float:
        """Area that two boxes share."""
        return self.intersection(other).area

    def share_in(self, other: Box) -> float:
        """Share of this box's area that lies in another, 0 to 1; 0 for a box without area."""
        return self.overlap(other) / self.area if self.area else 0.0

    def holds(self, x: float, y: float) -> bool:
        """Whether a point lies in the box or on its edge."""
        return self.left <= x <= self.right and self.top <= y <= self.bottom

    def contains(self, other: Box, margin: float = 0.0) -> bool:
        """Whether another box lies inside, or sticks out by no more than `margin` on each side."""
        return (
            self.left - margin <= other.left
            and self.top - margin <= other.top
            and other.right <= self.right + margin
            and other.bottom <= self.bottom + margin
        )

    def scaled(self, x: float, y: float | None = None) -> Box:
        """The same box where each unit is `x` (and, downward, `y`) of the new ones."""
        y = x if y is None else y
        return Box(self.left * x, self.top * y, self.right * x, self.bottom * y)

    def moved(self, x: float, y: float) -> Box:
        """The same box, `x` further right and `y` further down."""
        return Box(self.left + x, self.top + y, self.right + x, self.bottom + y)

    def grown(self, x: float, y: float | None = None) -> Box:
        """The box with `x` more on its left and right, and `y` more (or as much) above and below."""
        y = x if y is None else y
        return Box(self.left - x, self.top - y, self.right + x, self.bottom + y)

    def clipped(self, width: float, height: float) -> Box:
        """The part that lies on a picture of this size."""
        return self.intersection(Box(0, 0, width, height))


def level_point(x: float, y: float, angle: float) -> tuple[float, float]:
    """Where a point of the page lies in the frame of an angle."""
    cos, sin = _direction(angle)
    return x * cos + y * sin, y * cos - x * sin


def level_box(box: Box, angle: float, height: float) -> Box:
    """The box, in the frame of an angle, of a line of some height that `box` is around on the page."""
    cos, sin = map(abs, _direction(angle))
    length = (box.width - height * sin) / cos if cos > sin else (box.height - height * cos) / sin
    return _box_around(level_point(*box.middle, angle), max(length, 0.0), height)


def page_box(box: Box, angle: float) -> Box:
    """The box on the page around a box in the frame of an angle."""
    cos, sin = map(abs, _direction(angle))
    middle = level_point(*box.middle, -angle)
    return _box_around(middle, box.width * cos + box.height * sin, box.width * sin + box.height * cos)


def _direction(angle: float) -> tuple[float, float]:
    """Cosine and sine, exact for quarter turns."""
    if angle % 90 == 0:
        return ((1.0, 0.0), (0.0, 1.0), (-1.0, 0.0), (0.0, -1.0))[int(angle // 90) % 4]
    return math.cos(math.radians(angle)), math.sin(math.radians(angle))


def _box_around(middle: tuple[float, float], width: float, height: float) -> Box:
    x, y = middle
    return Box(x - width / 2, y - height / 2, x + width / 2, y + height / 2)
