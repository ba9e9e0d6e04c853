"""Running heads, feet and page numbers: what repeats on every page and interrupts the text.

- Where a text detector takes lines at the top or bottom for furniture, they are. Elsewhere the first and the last row
  of a page are, if they stand alone, near the edge, and in type no larger than the text.
- Whether it is a header, a footer or a page number, its place and its text say.
"""

from __future__ import annotations

import re
from collections.abc import Sequence

from sokdok.imaging.box import Box
from sokdok.layout.blocks import HEADING
from sokdok.layout.columns import Unit, unit_rows
from sokdok.pages.textlayer import Source

MARGIN_SHARE = 0.08
"""of the page's height, at its top and bottom: a lone row there is a header or footer"""
NUMBER_MARGIN_SHARE = 0.13
"""the same for page numbers, and for rows in smaller type"""
MIN_PITCH_EM = 1.9
"""from the middle of a row to that of the next one, if it stands apart from the text"""
SAME_PITCH = 0.2
"""share by which the distances of a table's rows may differ"""
SIDE_EM = 0.5
"""that the ends of cells of one column may differ by"""
SMALL: dict[Source, float] = {"layer": 0.95, "recogniser": 0.8}
"""times the body's size: smaller type, by more than sizes are off by"""
_PAGE_NUMBER = re.compile(
    r"[-–—\s]*(?:page|p\.|쪽|페이지)?\s*(?:\d{1,5}|[ivxl]{1,6})\s*(?:(?:/|of)\s*\d+)?[-–—\s]*", re.IGNORECASE
)


def split_furniture(
    units: Sequence[Unit], page_height: float, body_em: float
) -> tuple[list[list[Unit]], list[Unit], list[list[Unit]]]:
    """Rows of furniture at the top of a page, the units between, and rows of furniture at its bottom."""
    found = unit_rows(units)
    head = _count(found, page_height, body_em, top=True)
    foot = _count(found[head:][::-1], page_height, body_em, top=False)
    stop = len(found) - foot
    return found[:head], [unit for row in found[head:stop] for unit in row], found[stop:]


def furniture_kind(text: str, box: Box, page_height: float) -> str:
    """`page_number`, `header` or `footer`."""
    if _PAGE_NUMBER.fullmatch(text):
        return "page_number"
    return "header" if box.middle[1] < page_height / 2 else "footer"


def _count(rows: Sequence[Sequence[Unit]], page_height: float, body_em: float, *, top: bool) -> int:
    """How many of the rows, from the edge of the page on, are furniture."""
    count = 0
    while count < len(rows) - 1 and _detected(rows[count]):
        count += 1
    if count or len(rows) < 2 or _goes_on(rows):
        return count
    return int(_stands_apart(rows[0], rows[1], page_height, body_em, top=top))


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
    row: Sequence[Unit], neighbours: Sequence[Unit], page_height: float, body_em: float, *, top: bool
) -> bool:
    """Whether the outermost row of a page is near the edge and alone, and no heading."""
    if any(unit.kind for unit in row):
        return False
    box, next_box = (Box.around(unit.box for unit in units) for units in (row, neighbours))
    lines = [unit.lines[0] for unit in row]
    em = max(lines, key=lambda line: len(line.text)).em
    depth = (box.bottom if top else page_height - box.top) / page_height
    apart = abs(next_box.middle[1] - box.middle[1]) > MIN_PITCH_EM * em
    if not apart or depth > NUMBER_MARGIN_SHARE or em > HEADING[lines[0].source] * body_em:
        return False
    number = _PAGE_NUMBER.fullmatch(" ".join(line.text for line in lines))
    return bool(number) or depth < MARGIN_SHARE or em < SMALL[lines[0].source] * body_em
