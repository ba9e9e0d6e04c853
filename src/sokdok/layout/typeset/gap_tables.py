"""Tables that nothing but their gaps shows: rows whose pieces begin, or end, at the same places.

- A table begins with a row that wide gaps divide. A row goes on with it if each of its pieces stands in a column:
  between the gaps, at the left or right end of what stands there already.
- Three rows, two of them divided, are a table.
- Rows above that stand in its columns, or over several, are its head: not each column has one, and gaps may be small.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import pairwise

from sokdok.layout.blocks import Row
from sokdok.layout.text_line import TextLine
from sokdok.layout.typeset.rows import SAME_EM, SetRow

MIN_ROWS, MIN_DIVIDED = 3, 2
SIDE_EM = 0.4  # that the ends of pieces of one column may differ by
MAX_DISTANCE_EM = 3.5  # from baseline to baseline of two rows of one table
ROOM_EM = 0.3  # of a space, at least
MIN_GAP_EM = 0.45  # between words of two columns: wider than a space


def gap_tables(rows: Sequence[SetRow]) -> Iterator[tuple[int, int, list[Row]]]:
    """First row, the one behind the last, and the rows cut at the columns, of each table in a column of text."""
    start = done = 0
    while start < len(rows):
        first = _first(rows, start)
        found = _table(rows, start, first) if len(first.pieces) > 1 else []
        if len(found) >= MIN_ROWS and sum(row.divided for row in found) >= MIN_DIVIDED:
            head = _head(rows[done:start], rows[start], found)
            done = start + len(found)
            columns = _columns(found)
            yield start - len(head), done, [_cut(SetRow(row), columns) for row in (*head, *found)]
            start = done
        else:
            start += 1


def _first(rows: Sequence[SetRow], start: int) -> Row:
    """The row that a table may begin with, cut as the next one is if that has more pieces; without pieces if none."""
    row = rows[start]
    if row.mono or row.mark:
        return Row(())
    if start + 1 < len(rows) and rows[start + 1].row.divided:
        below = rows[start + 1].row
        cut = _cut(row, [[piece] for piece in below.pieces])
        if len(cut.pieces) == len(below.pieces) and len(cut.pieces) > len(row.row.pieces):
            return cut
    return row.row if row.row.divided else Row(())


def _head(above: Sequence[SetRow], first: SetRow, table: Sequence[Row]) -> list[Row]:
    """The rows above a table that stand in its columns or over several of them, from top to bottom."""
    columns = _columns(table)
    found: list[Row] = []
    below = first
    for row in reversed(above):
        cut = _cut(row, columns)
        apart = below.baseline - row.baseline > MAX_DISTANCE_EM * row.em
        if apart or row.mark or row.mono or row.frame != below.frame or not _is_over(cut, columns):
            break
        found.insert(0, cut)
        below = row
    return found


def _columns(table: Sequence[Row]) -> list[list[TextLine]]:
    """The pieces of a table by its columns, which a row that fills all of them shows."""
    fullest = max(table, key=lambda row: len(row.pieces))
    columns = [[piece] for piece in fullest.pieces]
    for piece in (piece for row in table if row is not fullest for piece in row.pieces):
        _column(piece, columns).append(piece)
    return columns


def _is_over(row: Row, columns: Sequence[list[TextLine]]) -> bool:
    """Whether each piece of a row is the head of a column, or of several: begins as one does, or is in their middle."""
    lefts = [min(piece.box.left for piece in column) for column in columns]
    rights = [max(piece.box.right for piece in column) for column in columns]
    if len(row.pieces) == 1 and row.box.left < rights[0]:
        return False
    reached = -1
    for piece in row.pieces:
        over = [at for at in range(len(columns)) if piece.box.left < rights[at] and lefts[at] < piece.box.right]
        if not over or over[0] <= reached or piece.box.right > rights[-1] + SIDE_EM * piece.em:
            return False
        reached = over[-1]
        aligned = _offset(piece, columns[over[0]]) <= SIDE_EM * piece.em
        middles = [(lefts[over[0]] + rights[at]) / 2 for at in range(over[-1], len(columns))]
        if not aligned and min(abs(piece.box.middle[0] - middle) for middle in middles) > piece.em:
            return False
    return True


def _table(rows: Sequence[SetRow], start: int, first: Row) -> list[Row]:
    """The rows from `start` on that stand in the columns of the first."""
    columns = [[piece] for piece in first.pieces]
    found = [first]
    last = 1
    for before, row in pairwise(rows[start:]):
        cut = _cut(row, columns)
        if not _fits(before, row, cut, columns):
            break
        for piece in cut.pieces:
            _column(piece, columns).append(piece)
        found.append(cut)
        if len(cut.pieces) > 1 or cut.pieces[0] not in columns[0] or _had_no_room(found[-2], cut, columns[0]):
            last = len(found)
    return found[:last]


def _had_no_room(before: Row, row: Row, column: Sequence[TextLine]) -> bool:
    """Whether the first word of a row that stands in the first column alone had no room in the row above."""
    right = max(piece.box.right for piece in column)
    upper = before.pieces[0] if before.pieces[0] in column else None
    return upper is not None and upper.box.right + SetRow(row).first_width + ROOM_EM * row.em > right


def _cut(row: SetRow, columns: Sequence[list[TextLine]]) -> Row:
    """A row cut where a word begins as a column does, and the gap before it is more than a space."""
    lefts = [min(piece.box.left for piece in column) for column in columns[1:]]
    pieces: list[TextLine] = []
    for piece in row.row.pieces:
        starts = [0]
        for number, (a, b) in enumerate(pairwise(piece.words), 1):
            begins = any(abs(b.box.left - left) < SIDE_EM * b.em for left in lefts)
            if begins and b.box.left - a.box.right > MIN_GAP_EM * b.em:
                starts.append(number)
        ends = [*starts[1:], len(piece.words)]
        pieces += [piece.part(a, b) for a, b in zip(starts, ends, strict=True)] if len(starts) > 1 else [piece]
    return Row(tuple(pieces))


def _fits(last: SetRow, row: SetRow, cut: Row, columns: Sequence[list[TextLine]]) -> bool:
    if row.baseline - last.baseline > MAX_DISTANCE_EM * row.em or row.frame != last.frame:
        return False
    if abs(row.em - last.em) > SAME_EM * last.em and len(cut.pieces) == 1:
        return False
    return all(_in_column(piece, columns) for piece in cut.pieces)


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
