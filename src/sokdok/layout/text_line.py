"""Lines of text found on a picture: what figures and documents are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol

import numpy as np


@dataclass(frozen=True)
class TextLine:
    """A line of text on a picture."""

    box: tuple[float, float, float, float]
    """left, top, right, bottom in pixels of the picture, origin top left"""
    text: str
    confidence: float
    """mean probability of its symbols, 0 to 1"""


@dataclass(frozen=True)
class FoundLine:
    """A line on a page, in pixels of the page, origin top left."""

    left: tuple[float, float]
    """middle of its left end"""
    right: tuple[float, float]
    em: float
    kind: str
    """of `model.nano.formats.text_detector.KINDS`"""
    confidence: float

    @property
    def slope(self) -> float:
        return (self.right[1] - self.left[1]) / max(self.right[0] - self.left[0], 1.0)

    @property
    def box(self) -> tuple[float, float, float, float]:
        """Left, top, right, bottom of its em boxes."""
        (x0, y0), (x1, y1) = self.left, self.right
        return x0, min(y0, y1) - self.em / 2, x1, max(y0, y1) + self.em / 2


class LineReader(Protocol):
    """Finds and reads lines of text."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """The lines of a picture (H, W, 3) uint8 RGB, from top to bottom."""
        ...
