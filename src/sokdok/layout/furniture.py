"""Rows that stand apart at the top or bottom of a page, as running heads, feet and page numbers do.

Apart from the text, they are in no column: they are read before and behind it. Whether one is furniture the pages
around tell (`documents.joining.furniture`), never its place alone.

- Where a text detector takes the outermost rows for furniture, they stand apart. Elsewhere the outermost row does, if
  it is near the edge, in type no larger than the text, and a gap is between; so do two or three rows that are set
  in the middle.
"""

from __future__ import annotations

from collections.abc import Sequence

from sokdok.imaging.box import Box
from sokdok.layout.blocks import HEADING
from sokdok.layout.columns import Unit, unit_rows

MARGIN_SHARE = 0.13
"""of the page's height, at its top and bottom"""
MIN_PITCH_EM = 1.9
"""from the middle of a row to that of the next one, if it stands apart from the text"""
MAX_ROWS = 3
"""of one head or foot"""
MIDDLE_EM = 1.5
"""from the middle of the page's text, at most, of what is set there"""
SAME_PITCH = 0.2
"""share by which the distances of a table's rows may differ"""
SIDE_EM = 0.5
"""that the ends of cells of one column may differ by"""


def split_edges(
    units: Sequence[Unit], page_height: float, body_em: float
) -> tuple[list[list[Unit]], list[Unit], list[list[Unit]]]:
    """Rows that stand apart at the top of a page, the units between, and rows that stand apart at its bottom."""
    found = unit_rows(units)
    head = _count(found, page_height, body_em, top=True)
    foot = _count(found[head:][::-1], page_height, body_em, top=False)
    stop = len(found) - foot
    return found[:head], [unit for row in found[head:stop] for unit in row], found[stop:]


def _count(rows: Sequence[Sequence[Unit]], page_height: float, body_em: float, *, top: bool) -> int:
    """How many of the rows, from the edge of the page on, stand apart."""
    count = 0
    while count < len(rows) - 1 and _detected(rows[count]):
        count += 1
    if count or len(rows) < 2 or _goes_on(rows):
        return count
    around = Box.around(unit.box for row in rows for unit in row)
    return next(
        (
            number
            for number in range(1, min(MAX_ROWS, len(rows) - 1) + 1)
            if _stands_apart(rows[:number], rows[number], around, page_height, body_em, top=top)
        ),
        0,
    )


def _goes_on(rows: Sequence[Sequence[Unit]]) -> bool:
    """Whether the outermost row is one of a table: in the columns of the next two, and as far from them as they are."""
    if len(rows) < 3 or any(unit.kind for row in rows[:3] for unit in row):
        return False
    first, second, third = (Box.around(unit.box for unit in row).middle[1] for row in rows[:3])
    even = abs(abs(second - first) - abs(third - second)) < SAME_PITCH * abs(third - second)
    return even and all(_in_columns(rows[0], row) for row in rows[1:3])


def _in_columns(row: Sequence[Unit], other: Sequence[Unit]) -> bool:
    """Whether two cells of a row or more begin or end as cells of another row do."""
    near = SIDE_EM * max(unit.lines[0].em for unit in row)
    sides = [(unit.box.left, unit.box.right) for unit in other]
    aligned = sum(
        any(abs(unit.box.left - left) < near or abs(unit.box.right - right) < near for left, right in sides)
        for unit in row
    )
    return aligned >= 2


def _detected(row: Sequence[Unit]) -> bool:
    return all(not unit.kind and unit.lines[0].kind == "furniture" for unit in row)


def _stands_apart(
    rows: Sequence[Sequence[Unit]],
    following: Sequence[Unit],
    around: Box,
    page_height: float,
    body_em: float,
    *,
    top: bool,
) -> bool:
    """Whether the outermost rows are near the edge and apart from the one that follows them, and no heading.

    `around` is the box of all rows.
    """
    if any(unit.kind for row in rows for unit in row):
        return False
    lines = [unit.lines[0] for row in rows for unit in row]
    boxes = [Box.around(unit.box for unit in row) for row in (*rows, following)]
    box, em = Box.around(boxes[:-1]), max(lines, key=lambda line: len(line.text)).em
    apart = abs(boxes[-1].middle[1] - boxes[-2].middle[1]) > MIN_PITCH_EM * em
    if not apart or em > HEADING[lines[0].source] * body_em:
        return False
    depth = (box.bottom if top else page_height - box.top) / page_height
    return depth < MARGIN_SHARE and (len(rows) == 1 or all(_is_in_the_middle(row, around, em) for row in boxes[:-1]))


def _is_in_the_middle(row: Box, around: Box, em: float) -> bool:
    """Whether a row is set in the middle and leaves white at both sides, as no running text does."""
    return abs(row.middle[0] - around.middle[0]) < MIDDLE_EM * em and row.left - around.left > 2 * MIDDLE_EM * em
