"""Lines of text on a page or a picture, whoever found them: what layout, tables and figures are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, Protocol

import numpy as np

from sokdok.imaging.box import Box

Source = Literal["recogniser", "layer"]
"""who says what a line says: a net that looked at its pixels, or the text layer of a PDF"""


@dataclass(frozen=True)
class TextLine:
    """A piece of text without a wide gap: a line of a paragraph, or what one cell of a table has in one line.

    `box` and `em` count in one unit, the same both ways and for all lines of a page: pixels of the picture, or points.
    """

    box: Box
    text: str
    confidence: float = 1.0
    """mean probability of its symbols, 0 to 1"""
    em: float = 0.0
    """size of its type; the box's height where nothing better is known"""
    kind: str = ""
    """of `KINDS` if the text detector has seen what it belongs to; empty where nobody has looked"""
    source: Source = "recogniser"
    turned: bool = False
    """whether it does not run from left to right"""

    def __post_init__(self) -> None:
        if not self.em:
            object.__setattr__(self, "em", self.box.height)


KINDS = ("text", "heading", "list", "table", "caption", "furniture")
"""kinds of block that a detected line belongs to; furniture: running heads, feet and page numbers"""


class LineReader(Protocol):
    """Finds and reads lines of text."""

    def read_lines(self, pixels: np.ndarray) -> list[TextLine]:
        """The lines of a picture (H, W, 3) uint8 RGB, from top to bottom."""
        ...
