"""Rows of paragraphs side by side with nothing drawn between them: told by the column that waits for another.

- Where texts go together part by part, as two versions of a law do, each part begins on one line in all columns, and
  whichever was shorter leaves white before the next.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise
from statistics import median_low

from sokdok.imaging.box import Box
from sokdok.layout.tables.set_rows import ROOM_EM, TextRow, baseline
from sokdok.layout.text_line import TextLine

LEVEL_EM = 0.25  # from baseline to baseline of what stands on one line, at most
WHITE = 1.5  # times the usual distance of lines: one that is left empty
FLUSH_EM = 1.0  # that lines of justified text may end before their column does
FLUSH_SHARE = 0.5  # of a column's lines that end where it does, if its text is justified
TOLD_SHARE = 0.65  # of the white in columns that ends where a part begins in another, at least


def waiting_rows(rows: Sequence[TextRow], xs: Sequence[float]) -> list[list[TextRow]]:
    """Rows of text, from top to bottom, by the rows that white in their columns tells; [] if it tells none.

    `xs` are the borders of the columns, both outer ones included.
    """
    columns = [column for left, right in pairwise(xs) if (column := _Column(rows, left, right)).lines]
    distances = [distance for column in columns for distance in column.distances.values()]
    for column in columns:
        column.white = WHITE * median_low(distances) if distances else 0.0
    begins = [0, *(at for at in range(1, len(rows)) if _is_part(columns, at))]
    if any(column.numbers[0] not in begins for column in columns):  # the name of a part stands in its middle
        return []
    late = [(column, at) for column in columns for at in column.late()]
    told = [(column, at) for column, at in late if at in begins]
    waited = any(other.goes_on_to(at) for column, at in told for other in columns if other is not column)
    if not waited or len(told) < TOLD_SHARE * len(late):
        return []
    return [list(rows[start:stop]) for start, stop in pairwise([*begins, len(rows)])]


def is_level(row: TextRow) -> bool:
    """Whether all of a row stands on one line."""
    return level_share([row]) == 1.0


def level_share(rows: Sequence[TextRow]) -> float:
    """Share of the pieces side by side in rows of text that stand on one line with the others; 1 without any."""
    beside = level = 0
    for row in rows:
        places = sorted(baseline([piece]) for piece in row)
        near = LEVEL_EM * max(piece.em for piece in row)
        beside += len(places) - 1
        level += sum(abs(place - places[len(places) // 2]) <= near for place in places) - 1
    return level / beside if beside else 1.0


def _is_part(columns: Sequence[_Column], at: int) -> bool:
    """Whether something begins on one line in each of several columns that have text in a row."""
    here = [column for column in columns if at in column.lines]
    level = is_level([piece for column in here for piece in column.lines[at]]) if here else False
    return len(here) > 1 and level and all(column.begins(at) for column in here)


class _Column:
    """The lines of a column, by the number of their row."""

    def __init__(self, rows: Sequence[TextRow], left: float, right: float) -> None:
        self.lines: dict[int, list[TextLine]] = {}
        for number, row in enumerate(rows):
            inside = [piece for piece in row if left <= piece.box.middle[0] < right]
            if inside:
                self.lines[number] = inside
        boxes = {at: Box.around(piece.box for piece in line) for at, line in self.lines.items()}
        self.rights = {at: box.right for at, box in boxes.items()}
        self.right = max(self.rights.values(), default=0.0)
        self.numbers = list(self.lines)
        self.distances = {
            at: baseline(self.lines[at]) - baseline(self.lines[above]) for above, at in pairwise(self.numbers)
        }
        self.white = 0.0
        """the least distance of lines with white between"""
        flush = [self._room(at) <= FLUSH_EM * self.lines[at][0].em for at in self.numbers]
        self.justified = sum(flush) > FLUSH_SHARE * len(flush)

    def late(self) -> Iterator[int]:
        """Rows in which it has text below text of its own and white."""
        yield from (at for at in self.distances if self._after_white(at))

    def goes_on_to(self, at: int) -> bool:
        """Whether it has text at the usual distance above that of a row."""
        return at in self.distances and not self._after_white(at)

    def begins(self, at: int) -> bool:
        """Whether its text in a row begins something new: the first, after white, or below a line that ended early."""
        if at not in self.distances or self._after_white(at):
            return True
        first = self.lines[at][0]
        word = first.words[0].box.width if first.words else first.box.width
        before = self.numbers[self.numbers.index(at) - 1]
        return self._room(before) > (FLUSH_EM * first.em if self.justified else ROOM_EM * first.em + word)

    def _room(self, at: int) -> float:
        return self.right - self.rights[at]

    def _after_white(self, at: int) -> bool:
        return self.distances[at] > self.white
