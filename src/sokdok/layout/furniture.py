"""Rows that stand apart at the top or bottom of a page, as running heads, feet and page numbers do.

Apart from the text, they are in no column: they are read before and behind it. Whether one is furniture the pages
around tell (`documents.joining.furniture`), never its place alone.

Where a text detector takes the outermost rows for furniture, they stand apart. Elsewhere the outermost row does, if it
is near the edge, in type no larger than the text, with a gap behind it or a number alone off the text's edge, and no
row of a table.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sokdok.imaging.box import Box
from sokdok.layout.blocks import HEADING
from sokdok.layout.columns import Unit, unit_rows

MARGIN_SHARE = 0.13  # of the page's height, at its top and bottom
MIN_PITCH_EM = 1.9  # from the middle of a row to that of the next one, if it stands apart from the text
SAME_PITCH = 0.2  # share by which the distances of a table's rows may differ
LONE_NUMBER = re.compile(r"\W*\d{1,4}\W*")  # what a page's number looks like
SIDE_EM = 0.5  # that the ends of cells of one column may differ by


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
    if count or len(rows) < 2 or _goes_on(rows) or any(unit.kind for unit in rows[0]):
        return count
    box, following = (Box.around(unit.box for unit in row) for row in rows[:2])
    line = max((unit.lines[0] for unit in rows[0]), key=lambda line: len(line.text))
    indented = box.left - following.left > MIN_PITCH_EM * line.em
    number = LONE_NUMBER.fullmatch(line.text) and len(rows[0]) == 1 and indented
    apart = number or abs(following.middle[1] - box.middle[1]) > MIN_PITCH_EM * line.em
    depth = (box.bottom if top else page_height - box.top) / page_height
    return int(apart and line.em <= HEADING[line.source] * body_em and depth < MARGIN_SHARE)


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
