"""Tables: HTML to plain data, and from there to CSV and workbooks."""

import csv
import io
import resource
import time
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.tables.markup import MAX_COLUMNS, MAX_PLACES, is_formula
from sokdok.tables.parse import Table, parse_table
from sokdok.tables.workbook import Workbook, number_of, write_workbook

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
    write_workbook(parse_table(SPANS.replace("2024", "=1+1")), tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    assert {str(area) for area in sheet.merged_cells.ranges} == {"A1:A2", "B1:C1"}
    assert [cell.value for cell in sheet[3]] == ["=1+1", 1234.5, "007"]
    assert sheet["A3"].data_type == "s" and sheet["A1"].font.bold and not sheet["A3"].font.bold


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


@pytest.mark.parametrize(
    ("text", "value", "shown"),
    [
        ("1,234,567", 1234567, "#,##0"),
        ("12.50", 12.5, "0.00"),
        ("-3", -3, "General"),
        ("−1,000.5", -1000.5, "#,##0.0"),
        ("45.2 %", 0.452, "0.0%"),
        ("7%", 0.07, "0%"),
        ("(1,200)", -1200, "#,##0_);(#,##0)"),
        ("0.001", 0.001, "0.000"),
    ],
)
def test_numbers_are_numbers_as_they_were_written(text: str, value: float, shown: str) -> None:
    assert number_of(text) == (pytest.approx(value), shown)
    none = ["", "007", "1,23", "12,34,567", "010-1234-5678", "1.2.3", "1234567890123456", "3억", "(-5)", "- 5", "1e5"]
    assert [other for other in none if number_of(other) is not None] == []


def book(*tables: tuple[str, str]) -> Any:
    openpyxl = pytest.importorskip("openpyxl")
    made = Workbook()
    for name, html in tables:
        made.add(parse_table(html), name)
    file = io.BytesIO()
    made.save(file)
    return openpyxl.load_workbook(file)


def test_a_sheet_a_table_with_its_caption_spans_and_formats() -> None:
    html = "<table><caption>표 1</caption><tr><th>연도<th colspan=2>금액<tr><td>2024<td>1,200<td>3.5%"
    sheet = book(("표", html))["표"]
    rows = [[cell.value for cell in row] for row in sheet]
    assert rows == [["표 1", None, None], ["연도", "금액", None], [2024, 1200, 0.035]]
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B2:C2"] and sheet.freeze_panes == "A3"
    assert [cell.number_format for cell in sheet[3]] == ["General", "#,##0", "0.0%"] and sheet["A2"].font.bold


def test_names_are_free_and_allowed() -> None:
    html = "<td>a"
    names = book(("a/b:c*[d]", html), ("A B C", html), ("x" * 40, html), ("x" * 40, html), ("", html)).sheetnames
    assert names == ["a b c  d", "A B C", "x" * 31, "x" * 27 + " (2)", "table"]
    assert book().sheetnames == ["no tables"]


def test_columns_are_as_wide_as_what_stands_in_them_and_formulas_and_control_characters_stay_text() -> None:
    sheet = book(("a", "<tr><td>1<td>한국어 열 글자입니다<td>" + "x" * 500))["a"]
    assert [sheet.column_dimensions[name].width for name in "ABC"] == [6, 22, 60]
    (cells,) = book(("a", "<tr><td>=1+1<td>@x<td>\x07bell"))["a"].iter_rows()
    assert [cell.data_type for cell in cells] == ["s"] * 3 and cells[0].value == "=1+1"


def test_hundreds_of_tables_leave_no_file_open(request: pytest.FixtureRequest) -> None:
    pytest.importorskip("openpyxl")
    before, made = resource.getrlimit(resource.RLIMIT_NOFILE), Workbook()
    request.addfinalizer(lambda: resource.setrlimit(resource.RLIMIT_NOFILE, before))
    resource.setrlimit(resource.RLIMIT_NOFILE, (256, before[1]))
    for _ in range(260):
        made.add(parse_table("<td>a"), "t")
    made.save(io.BytesIO())


HIDDEN = [*("\u200b=1+1", "\ufeff=1+1", "\u00ad\u2060 @x", "＝1+1", "＋cmd()", "－cmd()", "＠x", "\u3000=1", "﹦1")]
HIDDEN.append("\x1f=1")


@pytest.mark.parametrize("text", HIDDEN)
def test_formulas_in_hiding_are_formulas(text: str) -> None:
    assert is_formula(text)
    assert not any(map(is_formula, ["", "-5", "－5", "+3.2 %", "1=1", "서울", "a@b", "\u200b", "(-x)"]))


def table_of(*texts: str) -> Table:
    return parse_table("<table><tr>" + "".join(f"<td>{text}" for text in texts) + "</table>")


def test_csv_hands_no_formula_to_a_spreadsheet() -> None:
    table = table_of("=HYPERLINK(1)", "-5", "-5.2 %", "+cmd()", "@x", "- none")
    assert table.csv().strip() == "'=HYPERLINK(1),-5,-5.2 %,'+cmd(),'@x,'- none"
    (row,) = csv.reader(io.StringIO(table_of(*HIDDEN[:7]).csv()))
    assert len(row) == 7 and all(cell.startswith("'") for cell in row)


def test_a_workbook_keeps_them_text_when_they_are_edited(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    write_workbook(table_of("＝1+1", "=1+1", "plain"), tmp_path / "t.xlsx")
    cells = openpyxl.load_workbook(tmp_path / "t.xlsx").active[1]
    assert [cell.data_type for cell in cells] == ["s"] * 3
    assert [bool(cell.quotePrefix) for cell in cells] == [True, True, False]


def test_a_workbook_of_a_chart_keeps_them_text_too(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    from sokdok.figures.chart.parse import parse_chart

    head = "<tr><td></td><td>\x01y</td><td>\ud800</td></tr>"
    chart = parse_chart(
        f"<table>{head}<tr><td>=1+1</td><td>2</td><td></td></tr><tr><td>b</td><td></td><td>3</td></tr></table>"
    )
    assert chart.valid
    write_workbook(chart.sheet, tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    found = [cell for row in sheet for cell in row if cell.value == "=1+1"]
    assert [bool(cell.quotePrefix) and cell.data_type == "s" for cell in found] == [True]


def test_many_wide_cells_take_no_object_for_each_place_they_cover(tmp_path: Path, monkeypatch) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    made = []
    kind = openpyxl.cell.cell.MergedCell
    whole = kind.__init__
    monkeypatch.setattr(
        kind, "__init__", lambda self, *given, **named: (made.append(1), whole(self, *given, **named))[1]
    )
    write_workbook(parse_table("<table>" + "<tr><td colspan=100>x" * 300 + "</table>"), tmp_path / "t.xlsx")
    assert not made
    assert len(openpyxl.load_workbook(tmp_path / "t.xlsx").active.merged_cells.ranges) == 300
