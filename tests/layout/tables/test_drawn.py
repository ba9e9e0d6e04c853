"""Tables that a page draws: by lines, by lines below rows alone, by shades."""

from __future__ import annotations

from itertools import pairwise
from pathlib import Path

import pytest

from fakes.pdf import Text, blocks_of
from sokdok.imaging.box import Box
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.joining import joiner_of
from sokdok.layout.tables.grids import Cell
from sokdok.layout.text_line import TextLine

XS, TOP, ROW = (60, 160, 320), 200, 30
ROWS = [["Ship", "What is known of it"], ["Victory", "built at Chatham|in six years"], ["Vasa", "sank"]]
"""cells, with a stroke between their lines"""


def rule(x1: float, y1: float, x2: float, y2: float) -> bytes:
    """A line, in points from the top left."""
    return b"%g %g m %g %g l S" % (x1, 842 - y1, x2, 842 - y2)


def below_rows(top: float, count: int) -> list[bytes]:
    """Lines below rows, drawn cell by cell."""
    return [rule(a, top + ROW * y, b, top + ROW * y) for y in range(count) for a, b in pairwise(XS)]


def texts(rows: list[list[str]], top: float = TOP) -> list[Text | bytes]:
    return [
        Text(XS[x] + 5, top + ROW * y + 12 + 11 * at, line, 9)
        for y, row in enumerate(rows)
        for x, cell in enumerate(row)
        for at, line in enumerate(cell.split("|"))
        if line
    ]


def plain(block: LayoutBlock) -> str:
    """A table's HTML, its head as other rows."""
    return block.html.replace("<th", "<td").replace("</th", "</td")


def html(rows: list[list[str]]) -> str:
    cells = ["".join(f"<td>{cell.replace('|', ' ')}</td>" for cell in row) for row in rows]
    return f"<table>{''.join(f'<tr>{row}</tr>' for row in cells)}</table>"


def test_cells_without_a_line_between_span(tmp_path: Path) -> None:
    lines = [rule(XS[0], TOP + ROW * y, XS[-1], TOP + ROW * y) for y in (0, 1, 3)]
    lines += [rule(XS[1], TOP + 2 * ROW, XS[2], TOP + 2 * ROW), rule(XS[1], TOP + ROW, XS[1], TOP + 3 * ROW)]
    lines += [rule(x, TOP, x, TOP + 3 * ROW) for x in (XS[0], XS[2])]
    (table,) = blocks_of(tmp_path, [*lines, *texts([["Ships of the line"], ["Both", "one"], ["", "two"]])])
    assert plain(table) == (
        '<table><tr><td colspan="2">Ships of the line</td></tr>'
        '<tr><td rowspan="2">Both</td><td>one</td></tr><tr><td>two</td></tr></table>'
    )


def test_a_form_s_cells_span_the_columns_that_only_its_first_rows_have(tmp_path: Path) -> None:
    xs, bottom = (60, 140, 220, 300, 380), TOP + 4 * ROW
    lines = [rule(xs[0], TOP + ROW * y, xs[-1], TOP + ROW * y) for y in range(5)]
    lines += [rule(x, TOP, x, bottom) for x in (xs[0], xs[1], xs[-1])]
    lines += [rule(x, TOP, x, TOP + ROW) for x in xs[2:4]]
    words = [Text(x + 5, TOP + 18, cell, 9) for x, cell in zip(xs, ["Name", "Hong", "Office", "Post"], strict=False)]
    for y, (head, cell, at) in enumerate(
        [("Kind", "of leave", 150), ("From", "May to June", 230), ("Why", "x", 260)], 1
    ):
        words += [Text(65, TOP + ROW * y + 18, head, 9), Text(at, TOP + ROW * y + 18, cell, 9)]
    (table,) = blocks_of(tmp_path, [*lines, *words])
    spans = "".join(
        f'<tr><td>{head}</td><td colspan="3">{cell}</td></tr>'
        for head, cell in (("Kind", "of leave"), ("From", "May to June"), ("Why", "x"))
    )
    assert plain(table) == (f"<table><tr><td>Name</td><td>Hong</td><td>Office</td><td>Post</td></tr>{spans}</table>")


def test_lines_below_the_rows_tell_the_columns_where_their_pieces_meet(tmp_path: Path) -> None:
    rows = [["Ship", "What is known of it"], ["Victory is a long name", "of one|or two"], ["Vasa", "sank"]]
    (table,) = blocks_of(tmp_path, [*below_rows(TOP, 4), *texts(rows)])
    assert plain(table) == html(rows)


def test_shaded_rows_and_white_ones_are_a_table(tmp_path: Path) -> None:
    shades = [
        b".9 g %g %g %g %g re f 0 g" % (x, 842 - TOP - ROW * (y + 1), width, ROW)
        for y in (0, 2)
        for x, width in ((60, 100), (160, 160))
    ]
    rows = [*ROWS, ["Mary Rose", "sank too"]]
    (table,) = blocks_of(tmp_path, [*shades, *texts(rows)])
    assert plain(table) == html(rows)


def test_a_shade_ends_a_row_that_no_line_ends(tmp_path: Path) -> None:
    lines = [rule(XS[0], TOP + ROW * y, XS[-1], TOP + ROW * y) for y in (0, 2, 3)]
    lines += [rule(x, TOP, x, TOP + 3 * ROW) for x in XS]
    strips = [b".8 g 60 %g 260 15 re f 0 g" % (842 - TOP - at) for at in (15, 30)]  # of one shade
    (table,) = blocks_of(tmp_path, [*strips, *lines, *texts(ROWS)])
    assert plain(table) == html(ROWS)


def test_a_shade_behind_words_ends_no_row(tmp_path: Path) -> None:
    lines = [rule(XS[0], TOP + ROW * y, XS[-1], TOP + ROW * y) for y in range(4)]
    lines += [rule(x, TOP, x, TOP + 3 * ROW) for x in XS]
    shade = b".8 g 165 %g 90 11 re f 0 g" % (842 - TOP - ROW - 14)
    (table,) = blocks_of(tmp_path, [shade, *lines, *texts(ROWS)])
    assert plain(table) == html(ROWS)


def test_a_heading_between_two_tables_is_none_of_their_rows(tmp_path: Path) -> None:
    more = [["Ship", "Tons"], ["Fram", "402"], ["Vasa", "1210"]]
    heading = Text(60, TOP + 130, "More of them", 14)
    page = [*below_rows(TOP, 4), *texts(ROWS), heading, *below_rows(TOP + 150, 4), *texts(more, TOP + 150)]
    found = blocks_of(tmp_path, page)
    assert [plain(block) for block in found] == [html(ROWS), "", html(more)]


def test_tables_that_touch_are_two_where_their_cells_are_framed_one_by_one(tmp_path: Path) -> None:
    more, foot = [["Fram", "402"], ["Vasa", "1210"]], TOP + 3 * ROW
    drawn = list[bytes]()
    for xs, top, rows in ((XS, TOP, 3), ((60, 250, 310), foot + 1, 2)):
        drawn.append(b"%g %g %g %g re S" % (xs[0], 842 - top, xs[-1] - xs[0], -ROW * rows))
        cells = [(a + 2, 840 - top - ROW * y, b - a - 4, 4 - ROW) for a, b in pairwise(xs) for y in range(rows)]
        drawn += [b"%g %g %g %g re S" % cell for cell in cells]
    below = [Text(x + 5, foot + ROW * y + 18, more[y][at], 9) for at, x in ((0, 60), (1, 250)) for y in range(2)]
    found = blocks_of(tmp_path, [*drawn, *texts(ROWS), *below])
    assert [plain(block) for block in found] == [html(ROWS), html(more)]


def test_dots_that_lead_to_the_next_cell_are_left_out() -> None:
    shown = {
        "목적과 기능 . . . . . .": "목적과 기능",
        "Rent......": "Rent",
        "and so on...": "and so on...",
        ".....": "",
    }
    for text, says in shown.items():
        assert Cell(0, 0, 0, 0, [TextLine(Box(0, 0, 90, 10), text, 1.0, 10.0, "table")]).lines == [says]


ENDS = [("부칙", 60, 10, "\n\n"), ("부칙", 90, 10, "\n"), ("정보시스", 50, 10, ""), ("정보시스", 50, 15, "\n")]


@pytest.mark.parametrize(("text", "width", "em", "end"), ENDS)
def test_a_line_of_a_cell_ends_at_a_word_where_it_had_room_or_other_type(
    text: str, width: int, em: int, end: str
) -> None:
    lines = [
        TextLine(Box(0, y, 10 * len(said), y + 10), said, em=e) for y, said, e in ((0, text, em), (12, "템 20명", 10))
    ]
    made = joiner_of([["정보시스", "템"], *3 * [found := Cell(0, 0, 0, 0, lines, width=width).lines]])
    assert found == [text + end, "템 20명"] and (made.cut, f"{text} " in made.join(found)) == (end != "\n\n", end != "")
