"""Places between a table's borders, merged into cells.

- Places merge where text runs across the border between them; where a border that is a ruling line elsewhere has none
  between them, and one is empty or the table is boxed; and where a heading stands over several columns.
- Merged places always make up a rectangle.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

from sokdok.imaging.box import Box
from sokdok.imaging.grouping import rows as rows_of
from sokdok.layout.tables.borders import FULL_SHARE, Border
from sokdok.layout.tables.rows import Rows
from sokdok.layout.text_line import TextLine

Place = tuple[int, int]
"""row, column"""
OFF_CENTRE_SHARE = 0.2
"""of the width of a column, that a heading may stand from the middle of what it spans"""


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
        """Its lines of text, from top to bottom."""
        return [" ".join(piece.text for piece in row) for row in text_rows(self.pieces)]

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


class Grid:
    """The places between inner borders of columns and rows; the outer ones are where the text ends."""

    def __init__(self, columns: Sequence[Border], rows: Rows, pieces: Sequence[TextLine]) -> None:
        self.columns, self.rows, self.spanning, self.pieces = columns, rows.borders, rows.spanning, pieces
        outline = Box.around(piece.box for piece in pieces)
        self.xs = [outline.left, *(border.at for border in columns), outline.right]
        self.ys = [outline.top, *(border.at for border in self.rows), outline.bottom]

    def cells(self) -> list[Cell]:
        """Cells that cover all places, by row, then column."""
        texts: dict[Place, list[TextLine]] = {
            (r, c): [] for r in range(len(self.rows) + 1) for c in range(len(self.columns) + 1)
        }
        for piece in self.pieces:
            texts[self._place(*piece.box.middle)].append(piece)
        cells = [Cell(row, column, row, column, found) for (row, column), found in texts.items()]
        for one, other in (*self._across_columns(texts), *self._across_rows(texts), *self._headings(texts)):
            cells = _merged(cells, one, other)
        return sorted(cells, key=lambda cell: (cell.top, cell.left))

    def _place(self, x: float, y: float) -> Place:
        return sum(border.at <= y for border in self.rows), sum(border.at <= x for border in self.columns)

    def _across_columns(self, texts: dict[Place, list[TextLine]]) -> Iterator[tuple[Place, Place]]:
        """Neighbours in a row that text or a missing ruling line merges."""
        for (row, column), pieces in texts.items():
            for piece in pieces:
                ends = piece.box.grown(-0.5 * piece.box.height, 0)
                first, last = (self._place(x, ends.middle[1])[1] for x in (ends.left, ends.right))
                if first < last:
                    yield (row, first), (row, last)
            if column < len(self.columns) and not (pieces and texts[row, column + 1]):
                border = self.columns[column]
                if border.rules and not border.covers(self.ys[row], self.ys[row + 1]) and self._boxed(border):
                    yield (row, column), (row, column + 1)

    def _boxed(self, border: Border) -> bool:
        """Whether a vertical border is a ruling line in most of the table."""
        covered = [border.covers(*self.ys[row : row + 2]) for row in range(len(self.ys) - 1)]
        return sum(covered) >= FULL_SHARE * len(covered)

    def _across_rows(self, texts: dict[Place, list[TextLine]]) -> Iterator[tuple[Place, Place]]:
        """Places beside a spanning stack; neighbours in a column, at a border that is ruled in other columns."""
        for stack in self.spanning:
            slack = 0.25 * (stack.bottom - stack.top) / stack.lines
            first, last = (self._place(0, y)[0] for y in (stack.top + slack, stack.bottom - slack))
            yield (first, stack.column), (last, stack.column)
        boxed = any(border.rules for border in self.columns)
        for row, border in enumerate(self.rows):
            open_columns = [c for c in range(len(self.xs) - 1) if not border.covers(*self.xs[c : c + 2])]
            if not border.rules or len(open_columns) == len(self.xs) - 1:
                continue
            for column in open_columns:
                if boxed or not (texts[row, column] and texts[row + 1, column]):
                    yield (row, column), (row + 1, column)

    def _headings(self, texts: dict[Place, list[TextLine]]) -> Iterator[tuple[Place, Place]]:
        """Texts of the top rows, up to the first full one, that stand over several columns."""
        last_column = len(self.xs) - 2
        for row in range(len(self.rows)):
            filled = [column for column in range(last_column + 1) if texts[row, column]]
            if len(filled) > last_column or (row and len(filled) > FULL_SHARE * (last_column + 1)):
                return
            for index, column in enumerate(filled):
                if column:
                    free = (
                        filled[index - 1] + 1 if index else 1,
                        filled[index + 1] - 1 if index + 1 < len(filled) else last_column,
                    )
                    first, last = self._heading_span(row, column, free, texts[row, column])
                    yield (row, first), (row, last)

    def _heading_span(self, row: int, column: int, free: tuple[int, int], pieces: list[TextLine]) -> tuple[int, int]:
        """First and last column of a heading that may take the columns `free`, its own included."""
        middle = Box.around(piece.box for piece in pieces).middle[0]
        under = [rule for rule in self.rows[row].rules if rule.start <= middle < rule.end]
        if under and not self.rows[row].covers(self.xs[0], self.xs[-1]):
            inside = [c for c in range(free[0], free[1] + 1) if self._mostly_in(c, under[0].start, under[0].end)]
            return min([column, *inside]), max([column, *inside])
        spans = [(a, b) for a in range(free[0], column + 1) for b in range(column, free[1] + 1)]
        width = self.xs[column + 1] - self.xs[column]
        offset = {(a, b): abs((self.xs[a] + self.xs[b + 1]) / 2 - middle) / width for a, b in spans}
        best = min(spans, key=lambda span: (offset[span], span))
        return best if offset[best] < OFF_CENTRE_SHARE < offset[column, column] else (column, column)

    def _mostly_in(self, column: int, start: float, end: float) -> bool:
        left, right = self.xs[column : column + 2]
        return min(right, end) - max(left, start) > 0.5 * (right - left)


def _merged(cells: list[Cell], one: Place, other: Place) -> list[Cell]:
    """Merge two places and all that lie in the rectangle around them, unless texts side by side would run together."""
    merged = Cell(min(one[0], other[0]), min(one[1], other[1]), max(one[0], other[0]), max(one[1], other[1]))
    rest = cells
    while meeting := [cell for cell in rest if cell.meets(merged)]:
        for cell in meeting:
            merged = merged.with_all(cell)
        rest = [cell for cell in rest if cell not in meeting]
    return cells if any(len(row) > 1 for row in text_rows(merged.pieces)) else [*rest, merged]
