"""Tables that nothing but their gaps shows: rows whose pieces begin, or end, at the same places.

- A table begins with a row that wide gaps divide. A row goes on with it if each of its pieces stands in a column:
  between the gaps, at the left or right end of what stands there already.
- Three rows, two of them divided, are a table.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from sokdok.layout.text_line import TextLine
from sokdok.layout.typeset.rows import SAME_EM, SetRow

MIN_ROWS, MIN_DIVIDED = 3, 2
SIDE_EM = 0.4
"""that the ends of pieces of one column may differ by"""
MAX_DISTANCE_EM = 3.5
"""from baseline to baseline of two rows of one table"""
MIN_GAP_EM = 0.45
"""between words of two columns: wider than a space"""


def gap_tables(rows: Sequence[SetRow]) -> Iterator[tuple[int, int]]:
    """First row, and the one behind the last, of each table in a column."""
    start = 0
    while start < len(rows):
        stop = _end(rows, start) if _may_begin(rows[start]) else start
        if stop - start >= MIN_ROWS and sum(row.row.divided for row in rows[start:stop]) >= MIN_DIVIDED:
            yield start, stop
            start = stop
        else:
            start += 1


def _may_begin(row: SetRow) -> bool:
    return row.row.divided and not row.mono and not row.mark


def _end(rows: Sequence[SetRow], start: int) -> int:
    """The row behind the last that stands in the columns of the first."""
    columns = [[piece] for piece in rows[start].row.pieces]
    stop = start + 1
    last_divided = stop
    while stop < len(rows) and _fits(rows[stop - 1], rows[stop], columns):
        for piece in rows[stop].row.pieces:
            _column(piece, columns).append(piece)
        stop += 1
        if rows[stop - 1].row.divided or rows[stop - 1].row.pieces[0] not in columns[0]:
            last_divided = stop
    return last_divided


def _fits(last: SetRow, row: SetRow, columns: Sequence[list[TextLine]]) -> bool:
    if row.baseline - last.baseline > MAX_DISTANCE_EM * row.em or row.frame != last.frame:
        return False
    if abs(row.em - last.em) > SAME_EM * last.em and not row.row.divided:
        return False
    return all(_in_column(piece, columns) for piece in row.row.pieces)


def _column(piece: TextLine, columns: Sequence[list[TextLine]]) -> list[TextLine]:
    return min(columns, key=lambda column: _offset(piece, column))


def _offset(piece: TextLine, column: Sequence[TextLine]) -> float:
    lefts, rights = (min(one.box.left for one in column), max(one.box.right for one in column))
    middle = (column[0].box.middle[0], piece.box.middle[0])
    return min(abs(piece.box.left - lefts), abs(piece.box.right - rights), abs(middle[0] - middle[1]))


def _in_column(piece: TextLine, columns: Sequence[list[TextLine]]) -> bool:
    """Whether a piece begins, ends or stands in the middle as its column does, and reaches into no other."""
    own = _column(piece, columns)
    if _offset(piece, own) > SIDE_EM * piece.em:
        return False
    return not any(
        piece.box.left < max(one.box.right for one in other) and piece.box.right > min(one.box.left for one in other)
        for other in columns
        if other is not own
    )
