"""The cells of a table: rectangles of places between its borders, the text in them, and all as HTML."""

from __future__ import annotations

import html
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field

from sokdok.imaging.grouping import rows as rows_of
from sokdok.layout.joining import joined
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
    header: bool = False  # whether it is of the table's head

    @property
    def lines(self) -> list[str]:
        """Its lines of text, from top to bottom, without the dots that lead from one to the next cell."""
        rows = (_AT_END.sub("", " ".join(piece.text for piece in row)) for row in text_rows(self.pieces))
        return list(map(without_leaders, rows))


def cells_html(cells: Sequence[Cell], join: Callable[[list[str]], str] = joined) -> str:
    """Cells by row, then column; rows and columns in which no text begins are left out."""
    rows = sorted({cell.top for cell in cells if cell.pieces})
    columns = sorted({cell.left for cell in cells if cell.pieces})
    lines: dict[int, list[str]] = {row: [] for row in rows}
    for cell in cells:
        down = [row for row in rows if cell.top <= row <= cell.bottom]
        right = [column for column in columns if cell.left <= column <= cell.right]
        if down and right:
            lines[down[0]].append(_td("th" if cell.header else "td", join(cell.lines or [""]), len(down), len(right)))
    return "<table>" + "".join(f"<tr>{''.join(line)}</tr>" for line in lines.values()) + "</table>"


def _td(tag: str, text: str, rows: int, columns: int) -> str:
    spans = f' rowspan="{rows}"' * (rows > 1) + f' colspan="{columns}"' * (columns > 1)
    return f"<{tag}{spans}>{html.escape(text, quote=False)}</{tag}>"
