import csv
import io
import time
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.tables.markup import MAX_COLUMNS, MAX_PLACES
from sokdok.tables.parse import Table, parse_table

SPANS = (
    "<table><caption>Sales | 매출</caption><tr><th rowspan=2>Year</th><th colspan='2'>서울</th></tr>"
    "<tr><th>won</th><th>units</th></tr><tr><td>2024</td><td>1,234.5</td><td>007</td></tr></table>"
)
PIECES = [
    *("<table>", "</table>", "<tr>", "</tr>", "<td>", "<th ", "</td>", "<td colspan=", "rowspan='3'"),
    *("999999999999", ">", "<", "<br>", "<script>", "</script>", "<!--", "-->", "&lt;b&gt;", "&#0;", "|"),
    *("|---|", "\n", "a", "값", "\ud800"),
]


def test_spans_are_kept_in_html() -> None:
    table = parse_table(SPANS)
    assert (table.rows, table.columns, table.header_rows, table.caption) == (3, 3, 2, "Sales | 매출")
    assert table.valid and table.rectangular and not table.warnings
    assert '<th rowspan="2">Year</th><th colspan="2">서울</th>' in table.html()
    assert parse_table(table.html()) == table


def test_markdown_and_csv_have_a_spans_text_once() -> None:
    table = parse_table(SPANS.replace("units", "u|n<br>\\it"))
    assert table.markdown().splitlines()[0] == "| Year | 서울 |  |"
    assert table.markdown().splitlines()[2] == "|  | won | u\\|n<br>\\\\it |"
    assert list(csv.reader(io.StringIO(table.csv())))[1] == ["", "won", "u|n\n\\it"]


def test_a_dataframe_joins_heading_rows_and_repeats_spans() -> None:
    pytest.importorskip("pandas")
    frame = parse_table(SPANS).to_dataframe()
    assert list(frame.columns) == ["Year", "서울 won", "서울 units"]
    assert frame.values.tolist() == [["2024", "1,234.5", "007"]]
    assert list(parse_table("<td>a<td>b<tr><td>1<td>2").to_dataframe().columns) == ["a", "b"]
    assert parse_table("no table").to_dataframe().empty


def test_a_workbook_has_merged_cells_numbers_and_no_formulas(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    parse_table(SPANS.replace("2024", "=1+1")).xlsx(tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:A2", "B1:C1"}
    assert [cell.value for cell in sheet[3]] == ["=1+1", 1234.5, "007"]
    assert sheet["A3"].data_type == "s" and sheet["A1"].font.bold and not sheet["A3"].font.bold


def test_csv_hands_no_formula_to_a_spreadsheet() -> None:
    table = parse_table("<td>=HYPERLINK(1)<td>-5<td>-5.2 %<td>+cmd()<td>@x<td>- none")
    assert table.csv().strip() == "'=HYPERLINK(1),-5,-5.2 %,'+cmd(),'@x,'- none"


def test_script_and_markup_never_come_out_again(tmp_path: Path) -> None:
    table = parse_table(
        "<table onclick=x><tr><td><script>alert(1)</script><img src=x onerror=y>&lt;script&gt;</td>"
        "<td><a href='javascript:z'>link</a><!-- gone --></td></tr></table>"
    )
    assert table.html() == "<table><tr><td>&lt;script&gt;</td><td>link</td></tr></table>"
    assert "<script" not in table.markdown()
    table.redraw(tmp_path / "t.html")
    assert "<script" not in (tmp_path / "t.html").read_text(encoding="utf-8")


@pytest.mark.parametrize(
    ("text", "grid", "warning"),
    [
        ("<table><tr><td>a<td>b<tr><td>c<td>d", [["a", "b"], ["c", "d"]], "not closed"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td col", [["a", "b"], ["c", ""]], "too few cells"),
        ("<tr><td>a</td></tr><tr><td>b</td></tr></table>", [["a"], ["b"]], ""),
        ("<table>stray<tr><td>a</td></tr></table>", [["a"]], "left out"),
        ("<table><tr><td>a</td></tr></table>and <table><td>b</table>", [["a"]], "first of several"),
        ("<table><tr><td>a<table><tr><td>b</td><td>c</table>d</td></tr></table>", [["a\nb cd"]], "inside a cell"),
        ("<table><tr><td colspan=1000000000>a</td><td>b</td></tr></table>", [["a", "b"]], "taken as 1"),
        ("<table><tr><td rowspan=5>a</td><td>b</td></tr></table>", [["a", "b"]], "was cut"),
        (
            "<table><tr><td>a</td><td rowspan=2>b</td></tr><tr><td colspan=2>c</td></tr></table>",
            [["a", "b"], ["c", ""]],
            "was cut",
        ),
        ("Here:\n\n| a | b\\|c |\n|:--|--:|\n| 1 | 2 |\n\nDone.", [["a", "b|c"], ["1", "2"]], ""),
        ("a | b\n1 | 2", [["a", "b"], ["1", "2"]], "no line under"),
    ],
)  # fmt: skip
def test_bad_markup_is_mended_and_said(text: str, grid: list[list[str]], warning: str) -> None:
    table = parse_table(text)
    assert table.valid and table.grid() == grid
    assert warning in " ".join(table.warnings) if warning else not table.warnings


@pytest.mark.parametrize("text", ["", "A cat on a roof.", "<table></table>", "<table><tr></tr></table>", "a | b"])
def test_what_is_no_table_is_invalid_with_a_reason(text: str) -> None:
    table = parse_table(text)
    assert not table.valid and table.reason and not table.cells
    assert table.html() == "<table></table>" and table.markdown() == table.csv() == ""


@pytest.mark.parametrize(
    "text",
    [
        "<tr>" + "<td colspan=100>" * 5000,
        "<tr><td colspan=100 rowspan=100>" * 5000,
        "<tr><td>" * 5000 + "<td colspan=100>" * 50,
        "<td>" + "<b>x" * 100_000,
        "<" * 300_000,
        "<table>" * 30_000,
        "<td " + "colspan = " * 30_000,
        ("|" + " - |" * 30_000 + "\n") * 2,
    ],
    ids=lambda text: text[:16],
)
def test_huge_tables_are_bounded_in_size_and_time(text: str) -> None:
    started = time.process_time()
    table = parse_table(text)
    assert table.columns <= MAX_COLUMNS and table.rows * table.columns <= MAX_PLACES
    assert time.process_time() - started < 10


@given(st.lists(st.sampled_from(PIECES), max_size=60).map("".join) | st.text(max_size=60))
def test_any_text_gives_a_table_whose_cells_cover_it_exactly(text: str) -> None:
    table = parse_table(text)
    assert covered(table) == [(row, column) for row in range(table.rows) for column in range(table.columns)]
    assert table.valid == bool(table.cells) == (not table.reason)
    again = parse_table(table.html())
    assert (again.cells, again.caption) == (table.cells, table.caption)
    table.csv().encode()
    table.to_dict()


def covered(table: Table) -> list[tuple[int, int]]:
    return sorted(
        (cell.row + row, cell.column + column)
        for cell in table.cells
        for row in range(cell.rows)
        for column in range(cell.columns)
    )
