"""Rows of a table whose lines of text are known exactly, where nothing is drawn between them.

- Lines of one cell stand closer than rows do, if the distances fall into two groups.
- A line goes on in its cell only if its first word had no room at the end of the line above: no one breaks a line
  that early. Where nearly all close lines could go on, closeness tells the rows.
- Elsewhere a line goes on with the row above if it begins no column that is empty there, leaves one empty, and each of
  its pieces had no room.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from statistics import median

from sokdok.layout.text_line import TextLine

STEP = 1.05  # times the distance of lines that the distance of rows is, at least
CLEAR_STEP = 1.25  # the same where the two are told apart beyond doubt
MAX_GOING_ON_SHARE = 0.75  # of the lines that go on in a cell, where distances alone tell it
CLOSE_EM = 1.8  # from line to line of one cell, at most
SAME_LINE_EM = 0.5  # from baseline to baseline of what stands side by side, raised or lowered
GOING_ON_SHARE = 0.85  # of the close lines whose pieces had no room above, at least, if they go on
WRAPPED_SHARE = 0.65  # of the columns in which lines of cells go on side by side, at most
ROOM_EM = 0.3  # of a space, at least
TextRow = Sequence[TextLine]


def grouped(rows: Sequence[TextRow], xs: Sequence[float]) -> list[list[TextRow]]:
    """Rows of text, from top to bottom, by the rows of the table that they are lines of.

    `xs` are the borders of its columns, both outer ones included.
    """
    if not rows:
        return []
    table = _Columns(rows, xs)
    distances = [distance(a, b) for a, b in pairwise(rows)]
    close = _close_distance(rows, distances, table)
    groups = [[rows[0]]]
    for number, row in enumerate(rows[1:], 1):
        if distances[number - 1] < SAME_LINE_EM * row[0].em:
            goes_on = True
        elif close:
            goes_on = distances[number - 1] <= close
        else:
            goes_on = distances[number - 1] <= CLOSE_EM * row[0].em and table.is_rest(groups[-1], row)
        if goes_on:
            groups[-1].append(row)
        else:
            groups.append([row])
    return groups


class _Columns:
    """Where the columns of a table are, and how wide their lines are, wherever those begin."""

    def __init__(self, rows: Sequence[TextRow], xs: Sequence[float]) -> None:
        self.xs = xs
        self.widths: dict[int, float] = {}
        for row in rows:
            for piece in row:
                column = self.of(piece)
                self.widths[column] = max(self.widths.get(column, 0.0), piece.box.width)

    @property
    def most_wrapped(self) -> float:
        """In how many columns at once lines go on in their cells, at most; in more, they are rows."""
        return max(1.5, WRAPPED_SHARE * (len(self.xs) - 1))

    def of(self, piece: TextLine) -> int:
        """The column that a piece stands in."""
        return min(max(sum(x <= piece.box.middle[0] for x in self.xs) - 1, 0), len(self.xs) - 2)

    def may_go_on(self, upper: TextRow, lower: TextRow) -> bool:
        """Whether no piece of a row of text had room above."""
        above = {self.of(piece): piece for piece in upper}
        return all(self._had_no_room(above.get(self.of(piece)), piece) for piece in lower)

    def _had_no_room(self, upper: TextLine | None, lower: TextLine) -> bool:
        if upper is None or not _has_letters(lower):  # a number is not broken over lines
            return False
        word = lower.words[0].box.width if lower.words else lower.box.width
        return upper.box.width + ROOM_EM * lower.em + word > self.widths[self.of(lower)]

    def is_rest(self, row: Sequence[TextRow], lower: TextRow) -> bool:
        """Whether a row of text goes on with a row of the table: some cells do, another has ended."""
        columns = {self.of(piece) for piece in lower}
        begun = {self.of(piece) for piece in row[0]}
        return columns < begun and self.may_go_on(row[-1], lower)


def _has_letters(piece: TextLine) -> bool:
    return any(map(str.isalpha, piece.text))


def distance(upper: Sequence[TextLine], lower: Sequence[TextLine]) -> float:
    """From baseline to baseline."""
    return baseline(lower) - baseline(upper)


def baseline(row: Sequence[TextLine]) -> float:
    """Where a row of text stands."""
    return max(piece.words[0].baseline if piece.words else piece.box.bottom for piece in row)


def _close_distance(rows: Sequence[TextRow], distances: Sequence[float], table: _Columns) -> float:
    """The largest distance of two lines of one cell; 0 if distances do not tell rows from lines."""
    em = max(piece.em for row in rows for piece in row)
    ordered = sorted(distance for distance in distances if distance > SAME_LINE_EM * em)
    steps = [(large / small, number) for number, (small, large) in enumerate(pairwise(ordered), 1)]
    for step, number in sorted(steps, reverse=True):
        close = ordered[number - 1] * 1.01
        if step <= STEP or close > CLOSE_EM * em:
            continue
        going_on = [at for at, distance in enumerate(distances, 1) if distance <= close]
        may = sum(table.may_go_on(rows[at - 1], rows[at]) for at in going_on)
        worded = sum(all(_has_letters(piece) for piece in rows[at]) for at in going_on)
        clear = median(ordered[number:]) > CLEAR_STEP * median(ordered[:number]) and 2 * worded > len(going_on)
        wrapped = sum(len(rows[at]) for at in going_on) <= table.most_wrapped * len(going_on)
        if may >= GOING_ON_SHARE * len(going_on) or (
            clear and wrapped and len(going_on) < MAX_GOING_ON_SHARE * len(rows)
        ):
            return close
    return 0.0
