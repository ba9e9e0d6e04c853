"""What a chart says: its parts, and numbers with their units."""

import json
import math
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from sokdok.figures.chart.numbers import parse_number
from sokdok.figures.chart.parse import parse_chart
from sokdok.tables.workbook import write_workbook

SALES = (
    "<table><tr><td>Year</td><td>Sales</td><td>Share</td></tr><tr><td>2019</td><td>1,234</td><td>12%</td></tr>"
    "<tr><td>2020</td><td>3억 2,000만</td><td>(4.5)</td></tr></table>"
)
PIE = (
    "<table><tr><td>Fruit</td><td>Value</td></tr><tr><td>사과</td><td>60%</td></tr>"
    "<tr><td>배</td><td>{}</td></tr></table>"
)


def test_a_table_becomes_header_categories_and_numbers() -> None:
    chart = parse_chart(SALES, 0.8)
    assert chart.valid and chart.warnings == () and chart.confidence == 0.8
    assert chart.header == ["Year", "Sales", "Share"] and chart.series == ["Sales", "Share"]
    assert chart.categories == ["2019", "2020"]
    assert chart.values == [[1234, 12], [320_000_000, -4.5]]


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("", "no table"),
        ("a photo of a cat", "no table"),
        ("<table><tr><td>alone</td></tr></table>", "at least two rows"),
        ("<table><tr><td>a</td><td>b</td></tr><tr><td>c</td><td>d</td></tr></table>", "no numbers"),
        ("{" * 5000 + "}" * 5000, "no table"),
    ],
)
def test_what_is_no_chart_is_invalid_with_a_reason(text: str, reason: str) -> None:
    chart = parse_chart(text)
    assert not chart.valid and reason in chart.reason
    assert chart.to_dict()["html"] == ""


def test_odd_cells_and_rows_that_are_too_short_are_warnings() -> None:
    text = "<table><tr><td>a</td><td>n</td></tr><tr><td>x</td><td>1</td></tr><tr><td>x</td><td>many</td></tr></table>"
    assert parse_chart(text).warnings == ("no number: 'many'", "1 category is named twice")
    text = "<table><tr><td>a</td><td>n</td></tr><tr><td>x</td><td>1</td></tr><tr><td>y</td></tr></table>"
    assert any("fewer cells" in warning for warning in parse_chart(text).warnings)


def test_shares_that_do_not_add_up_are_a_warning() -> None:
    charts = [parse_chart(PIE.format(share)) for share in ("40%", "31%", "90%", "40")]
    assert [chart.total_of_shares for chart in charts] == [100, 91, None, None]
    assert [chart.warnings for chart in charts[:2]] == [(), ("the shares add up to 91.0 %, not 100 %",)]


def test_csv_holds_plain_numbers_and_no_formula() -> None:
    text = SALES.replace("2019", "=1+1")
    assert parse_chart(text).csv().splitlines() == ["Year,Sales,Share", "'=1+1,1234,12", "2020,320000000,-4.5"]


def test_a_workbook_holds_numbers(tmp_path: Path) -> None:
    openpyxl = pytest.importorskip("openpyxl")
    write_workbook(parse_chart(SALES.replace("2019", "=1+1")).sheet, tmp_path / "chart.xlsx")
    sheet = openpyxl.load_workbook(tmp_path / "chart.xlsx").active
    assert [cell.value for cell in sheet[2]] == ["=1+1", 1234, 0.12]
    assert sheet["A2"].data_type == "s" and "%" in sheet["C2"].number_format


def test_a_dataframe_has_categories_as_index() -> None:
    pytest.importorskip("pandas")
    frame = parse_chart(SALES.replace("12%", "?")).to_dataframe()
    assert list(frame.index) == ["2019", "2020"] and frame.index.name == "Year"
    assert frame["Sales"].tolist() == [1234, 320_000_000] and math.isnan(frame["Share"].iloc[0])


@pytest.mark.parametrize("text", [SALES, PIE.format("40%"), "", SALES.replace("Sales", "$a_b$ x")])
def test_any_chart_can_be_redrawn(text: str, tmp_path: Path) -> None:
    pytest.importorskip("matplotlib")
    parse_chart(text).redraw(tmp_path / "chart.png")
    assert Image.open(tmp_path / "chart.png").size == (600, 450)


def test_markup_in_cells_stays_text() -> None:
    text = SALES.replace("2019", "<script>alert(1)</script>x<img src=y onerror=z>")
    html = parse_chart(text).html()
    assert "script" not in html and "onerror" not in html


@settings(deadline=None)
@given(
    st.text(max_size=200) | st.sampled_from(["<table>", "<tr>", "<td>", "</td>", "{", "1", "%"]).map(lambda s: s * 9)
)
def test_any_text_gives_a_result(text: str) -> None:
    for dressed in (text, f"<table><tr><td>a</td><td>{text}</td></tr><tr><td>{text}</td><td>1</td></tr></table>"):
        chart = parse_chart(dressed)
        assert chart.valid or chart.reason
        json.dumps(chart.to_dict())
        chart.csv()


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12), ("1,234.5", 1234.5), ("1 276", 1276), ("1\u202f276\u202f000", 1_276_000), (".5", 0.5), ("−3", -3),
        ("-3%", -3), ("(4.5)", -4.5), ("△7", -7), ("12%", 12), ("$1,200", 1200), ("-$5", -5), ("1.5K", 1500),
        ("2 million", 2_000_000), ("3억", 300_000_000), ("3억 2,000만", 320_000_000),
        ("1조 2억 3만", 1_000_200_030_000), ("12만원", 120_000), ("5천", 5000),
        ("1e3", 1000), ("2019*", 2019), ("10^3", 1000), ("10^-2", 0.01), ("2^3", 8),
        ("2×10^4", 20_000), ("20k%", 20_000), ("50k억", 5e12),
    ],
)  # fmt: skip
def test_numbers_are_read_as_people_write_them(text: str, value: float) -> None:
    number = parse_number(text)
    assert number is not None and number.value == pytest.approx(value)


@pytest.mark.parametrize("text", ["", "a", "%", "1,23", "12 34", "1-2", "Q1", "(5", "5)", "3억 4조", "1.2.3", "3 of 4"])
def test_what_is_no_number_is_none(text: str) -> None:
    assert parse_number(text) is None


def test_a_number_keeps_its_unit_and_digits() -> None:
    number = parse_number("-1,234.50%")
    assert number is not None and (number.unit, number.digits) == ("%", "-1234.50")


@settings(deadline=None)
@given(st.text(max_size=60))
def test_any_text_is_a_number_or_none(text: str) -> None:
    number = parse_number(text)
    assert number is None or number.digits
