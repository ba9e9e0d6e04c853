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


class LineReader(Protocol):
    """Finds and reads lines of text."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """The lines of a picture (H, W, 3) uint8 RGB, from top to bottom."""
        ...
