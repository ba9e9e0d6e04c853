"""No text becomes a formula: neither in CSV nor in a workbook, however it is written."""

from __future__ import annotations

import csv
import io
from pathlib import Path

import pytest

from sokdok.tables.parse import Table, parse_table
from sokdok.tables.spreadsheet import is_formula

HIDDEN = [
    "\u200b=1+1",
    "\ufeff=1+1",
    "\u00ad\u2060 @x",
    "＝1+1",
    "＋cmd()",
    "－cmd()",
    "＠x",
    "\u3000=1",
    "﹦1",
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

    chart = parse_chart('{"title": "t\\ud800", "values": {"=1+1": {"\\u0001y": 2}, "b": {"\\ud800": 3}}}')
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
