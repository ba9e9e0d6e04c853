"""The cells of a table: rectangles of places between its borders, and the text in them."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field

from sokdok.imaging.grouping import rows as rows_of
from sokdok.layout.text_line import LEADERS, TextLine, without_leaders

_AT_END = re.compile(f"{LEADERS.pattern}$")


def text_rows(pieces: Sequence[TextLine]) -> list[list[TextLine]]:
    """Pieces by rows of text, from top to bottom, left to right."""
    return rows_of(pieces, lambda piece: piece.box)


@dataclass
class Cell:
    """A rectangle of places, the last row and column included, and the text in it."""

    top: int
    left: int
    bottom: int
    right: int
    pieces: list[TextLine] = field(default_factory=list)

    @property
    def lines(self) -> list[str]:
        """Its lines of text, from top to bottom, without the dots that lead from one to the next cell."""
        rows = (_AT_END.sub("", " ".join(piece.text for piece in row)) for row in text_rows(self.pieces))
        return list(map(without_leaders, rows))

    def with_all(self, other: Cell) -> Cell:
        """The smallest cell that holds both."""
        return Cell(
            min(self.top, other.top),
            min(self.left, other.left),
            max(self.bottom, other.bottom),
            max(self.right, other.right),
            self.pieces + other.pieces,
        )

    def meets(self, other: Cell) -> bool:
        """Whether they share a place."""
        rows = self.top <= other.bottom and other.top <= self.bottom
        return rows and self.left <= other.right and other.left <= self.right
