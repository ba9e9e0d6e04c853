"""Tables without lines between their rows: cells of several lines, heads over several columns, pages that cut them."""

from __future__ import annotations

from pathlib import Path

from fakes.pdf import Text, blocks_of
from sokdok.layout.blocks import LayoutBlock

LINE, ROW = 12.0, 18.0
PROSE = "A line of prose above the table that runs from one side of the page to the other."


def cells(rows: list[list[str]], top: float, xs: tuple[float, ...], row: float = ROW) -> list[Text | bytes]:
    """Rows of cells, lines of a cell parted by strokes."""
    found: list[Text | bytes] = []
    for line in rows:
        parts = [cell.split("|") for cell in line]
        found += [
            Text(x, top + LINE * at, text, 9)
            for x, part in zip(xs, parts, strict=True)
            for at, text in enumerate(part)
            if text
        ]
        top += row + LINE * (max(map(len, parts)) - 1)
    return found


def table_of(tmp_path: Path, items: list[Text | bytes]) -> LayoutBlock:
    (table,) = (block for block in blocks_of(tmp_path, [Text(60, 60, PROSE, 9), *items]) if block.kind == "table")
    return table


def rows_in(table: LayoutBlock) -> list[str]:
    rows = table.html.removesuffix("</table>").split("<tr>")[1:]
    return [row.replace("<td>", "|").replace("</td>", "").replace("</tr>", "") for row in rows]


WRAPPED = [
    ["Ship", "What became of it", "Year"],
    ["Victory", "stands in the dock where|she was built by them|long ago", "1765"],
    ["Vasa of the|navy", "sank in the harbour on|her first day", "1628"],
    ["Fram", "went north", "1892"],
]


def test_lines_of_a_cell_stand_closer_than_rows(tmp_path: Path) -> None:
    table = table_of(tmp_path, cells(WRAPPED, 100, (60, 140, 300)))
    assert rows_in(table)[1:3] == [
        "|Victory|stands in the dock where she was built by them long ago|1765",
        "|Vasa of the navy|sank in the harbour on her first day|1628",
    ]


def test_at_one_distance_a_line_goes_on_where_its_first_word_had_no_room(tmp_path: Path) -> None:
    table = table_of(tmp_path, cells(WRAPPED, 100, (60, 140, 300), row=LINE))
    assert rows_in(table)[1] == "|Victory|stands in the dock where she was built by them long ago|1765"
    assert len(rows_in(table)) == 4


def test_numbers_are_not_broken_over_lines(tmp_path: Path) -> None:
    rows = [["Year", "Ships", "Tons"], ["1899", "12", "3,400"], ["1900", "15", "4,100"], ["1901", "", "5,000"]]
    assert len(rows_in(table_of(tmp_path, cells(rows, 100, (60, 140, 200), row=14)))) == 4


def test_a_head_of_two_rows_spans(tmp_path: Path) -> None:
    head = [Text(60, 100, "Ship", 9), Text(160, 100, "Tons carried", 9), Text(320, 100, "Port", 9)]
    head += [Text(160, 114, "1899", 9), Text(240, 114, "1900", 9)]
    rows = [["Victory, of oak", "12", "15", "Hull"], ["Vasa", "7", "9", "Kiel"], ["Fram", "5", "6", "Oslo"]]
    table = table_of(tmp_path, [*head, *cells(rows, 130, (60, 160, 240, 320), row=14)])
    assert table.html.startswith(
        '<table><tr><td rowspan="2">Ship</td><td colspan="2">Tons carried</td><td rowspan="2">Port</td></tr>'
        "<tr><td>1899</td><td>1900</td></tr><tr><td>Victory, of oak</td><td>12</td>"
    )


def rule(y: float, width: float = 1) -> bytes:
    return b"%g w 60 %g m 160 %g l S %g w 160 %g m 360 %g l S" % (width, 842 - y, 842 - y, width, 842 - y, 842 - y)


def test_rows_go_on_below_a_head_that_no_line_closes(tmp_path: Path) -> None:
    rows = [["Name", "Meaning"], ["one", "the first of|them all"], ["two", "the second"], ["three", "a third"]]
    table = table_of(tmp_path, [rule(700), *cells(rows, 712, (64, 164)), rule(717)])
    assert rows_in(table) == ["|Name|Meaning", "|one|the first of them all", "|two|the second", "|three|a third"]


def test_text_below_a_table_is_none_of_it(tmp_path: Path) -> None:
    rows = [["Name", "Meaning"], ["one", "the first"], ["two", "the second"]]
    items = [rule(100), *cells(rows, 112, (64, 164)), rule(117), rule(155), Text(60, 172, PROSE, 9)]
    assert rows_in(table_of(tmp_path, items)) == ["|Name|Meaning", "|one|the first", "|two|the second"]


def test_the_words_of_a_row_of_one_shade_stand_in_the_columns_of_others(tmp_path: Path) -> None:
    shades = [b".8 g 60 %g 100 18 re f 160 %g 200 18 re f" % (842 - 118, 842 - 118)]
    shades += [b".9 g 60 %g 300 18 re f" % (842 - top - 18) for top in (118, 154)]
    rows = [["Name", "Meaning"], ["one", "the first"], ["two", "the second"], ["three", "the third"]]
    table = table_of(tmp_path, [*shades, b"0 g", *cells(rows, 112, (64, 164))])
    assert rows_in(table) == ["|Name|Meaning", "|one|the first", "|two|the second", "|three|the third"]


def test_rows_of_numbers_that_stand_closer_than_sections_do_are_rows(tmp_path: Path) -> None:
    sold = [["milk", "2", "5,900"], ["noodles", "1", "4,180"]]
    more = [["apples", "1", "3,990"], ["bags", "3", "490"], ["pears", "1", "1,990"]]
    rest = [["sum", "", "9,060"], ["tax", "", "733"], ["card", "", "9,060"]]
    xs = (60.0, 240.0, 330.0)
    items = [*cells(sold, 100, xs, row=LINE), *cells(more, 130, xs, row=LINE), *cells(rest, 172, xs)]
    assert len(rows_in(table_of(tmp_path, items))) == 8
