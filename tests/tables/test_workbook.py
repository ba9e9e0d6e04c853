"""Workbooks of many tables: names, numbers as they were written, widths, and nothing that a spreadsheet runs.

No text becomes a formula: neither in CSV nor in a workbook, however it is written.
"""

import csv
import io
from pathlib import Path
from typing import Any

import pytest

from sokdok.tables.markup import is_formula
from sokdok.tables.parse import Table, parse_table
from sokdok.tables.workbook import Workbook, number_of


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


@pytest.mark.parametrize(
    "text", ["", "007", "1,23", "12,34,567", "010-1234-5678", "1.2.3", "1234567890123456", "3억", "(-5)", "- 5", "1e5"]
)
def test_what_looks_like_a_number_and_is_none_stays_text(text: str) -> None:
    assert number_of(text) is None


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
    assert [[cell.value for cell in row] for row in sheet] == [
        ["표 1", None, None],
        ["연도", "금액", None],
        [2024, 1200, 0.035],
    ]
    assert [str(area) for area in sheet.merged_cells.ranges] == ["B2:C2"] and sheet.freeze_panes == "A3"
    assert [cell.number_format for cell in sheet[3]] == ["General", "#,##0", "0.0%"] and sheet["A2"].font.bold


def test_names_are_free_and_allowed() -> None:
    html = "<td>a"
    names = book(("a/b:c*[d]", html), ("A B C", html), ("x" * 40, html), ("x" * 40, html), ("", html)).sheetnames
    assert names == ["a b c  d", "A B C", "x" * 31, "x" * 27 + " (2)", "table"]


def test_columns_are_as_wide_as_what_stands_in_them() -> None:
    sheet = book(("a", "<tr><td>1<td>한국어 열 글자입니다<td>" + "x" * 500))["a"]
    assert [sheet.column_dimensions[name].width for name in "ABC"] == [6, 22, 60]


def test_formulas_and_control_characters_stay_text() -> None:
    (cells,) = book(("a", "<tr><td>=1+1<td>@x<td>\x07bell"))["a"].iter_rows()
    assert [cell.data_type for cell in cells] == ["s"] * 3 and cells[0].value == "=1+1"


def test_a_workbook_without_tables_opens_too() -> None:
    assert book().sheetnames == ["no tables"]


def test_hundreds_of_tables_leave_no_file_open() -> None:
    pytest.importorskip("openpyxl")
    made = Workbook()
    for _ in range(1_100):
        made.add(parse_table("<td>a"), "t")
    made.save(io.BytesIO())


HIDDEN = [
    *("\u200b=1+1", "\ufeff=1+1", "\u00ad\u2060 @x", "＝1+1", "＋cmd()", "－cmd()", "＠x", "\u3000=1", "﹦1"),
    "\x1f=1",
]


@pytest.mark.parametrize("text", HIDDEN)
def test_formulas_in_hiding_are_formulas(text: str) -> None:
    assert is_formula(text)


@pytest.mark.parametrize("text", ["", "-5", "－5", "+3.2 %", "1=1", "서울", "a@b", "\u200b", "(-x)"])
def test_what_is_none(text: str) -> None:
    assert not is_formula(text)


def table_of(*texts: str) -> Table:
    return parse_table("<table><tr>" + "".join(f"<td>{text}" for text in texts) + "</table>")


def test_csv_has_an_apostrophe_before_them() -> None:
    (row,) = csv.reader(io.StringIO(table_of(*HIDDEN[:7]).csv()))
    assert len(row) == 7 and all(cell.startswith("'") for cell in row)


def test_a_workbook_keeps_them_text_when_they_are_edited(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    table_of("＝1+1", "=1+1", "plain").xlsx(tmp_path / "t.xlsx")
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
    chart.xlsx(tmp_path / "t.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "t.xlsx").active
    found = [cell for row in sheet for cell in row if cell.value == "=1+1"]
    assert [bool(cell.quotePrefix) and cell.data_type == "s" for cell in found] == [True]


def test_many_wide_cells_take_no_object_for_each_place_they_cover(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    made = []
    kind = openpyxl.cell.cell.MergedCell
    whole = kind.__init__
    monkeypatch.setattr(
        kind, "__init__", lambda self, *given, **named: (made.append(1), whole(self, *given, **named))[1]
    )
    parse_table("<table>" + "<tr><td colspan=100>x" * 300 + "</table>").xlsx(tmp_path / "t.xlsx")
    assert not made
    assert len(openpyxl.load_workbook(tmp_path / "t.xlsx").active.merged_cells.ranges) == 300
