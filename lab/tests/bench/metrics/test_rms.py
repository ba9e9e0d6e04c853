from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok_lab.bench.metrics.html_tables import Grid, grid_of
from sokdok_lab.bench.metrics.rms import parse_number, rms_f1, value_similarity

TRUTH: Grid = [["year", "cars"], ["2019", "10"], ["2020", "20"]]


@pytest.mark.parametrize(
    ("read", "f1"),
    [
        (TRUTH, 1.0),
        ([["year", "2019", "2020"], ["cars", "10", "20"]], 1.0),  # transposed
        ([["year", "cars"], ["2020", "20.0"], ["2019", "10"]], 1.0),  # in any order
        ([["year", "cars"], ["2019", "9.5"]], 2 * 0.95 * 0.475 / 1.425),  # 5 % off, one missing
        ([["year", "cars"], ["2019", "11"], ["2020", "20"]], 0.5),  # 10 % off is wrong
        ([["year", "cars"], ["2019", "10"], ["2020", "20"], ["2021", "5"], ["2022", "5"]], 2 / 3),  # invented
        ([["year", "cats"], ["2019", "10"], ["2020", "20"]], 8 / 9),  # one letter in nine of each key
        ([["year", "x"], ["alpha", "10"], ["beta", "20"]], 0.0),  # keys less than half alike
        ([], 0.0),
    ],
)
def test_f1_by_hand(read: Grid, f1: float) -> None:
    assert rms_f1(TRUTH, read) == pytest.approx(f1)


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("1,200", 1200.0),
        ("12%", 12.0),
        ("-3.5", -3.5),
        ("−7", -7.0),
        ("-$4.50", -4.5),
        ("$1.2k", 1200.0),
        ("1.2억", 1.2e8),
        ("3만원", 3e4),
        (".5", 0.5),
        ("1e3", 1000.0),
        ("1,20", None),
        ("n/a", None),
        ("-", None),
        ("2019-20", None),
        ("", None),
    ],
)
def test_numbers_are_read_as_people_write_them(text: str, number: float | None) -> None:
    assert parse_number(text) == (None if number is None else pytest.approx(number))


@pytest.mark.parametrize(
    ("truth", "read", "likeness"),
    [
        ("0", "0.0", 1.0),
        ("0", "0.1", 0.0),
        ("100", "109", 0.91),
        ("100", "110", 0.0),
        ("yes", "yes", 1.0),
        ("5", "x", 0.0),
        ("63", "63%", 1.0),  # the sign may be left to the heading
        ("0.25", "24%", 0.96),  # or the value be written as a share
        ("24%", "0.24", 1.0),
        ("24%", "0.24%", 0.0),
    ],
)
def test_values_are_compared_by_relative_error(truth: str, read: str, likeness: float) -> None:
    assert value_similarity(truth, read) == pytest.approx(likeness)


def test_spans_are_repeated_in_the_grid() -> None:
    html = '<table><tr><td rowspan="2">a</td><td colspan=2>b</td></tr><tr><td>c</td><td>d&amp;e</td></tr></table>'
    assert grid_of(f"Here: {html}") == [["a", "b", "b"], ["a", "c", "d&e"]]


def test_csv_with_quotes_and_blank_lines() -> None:
    assert grid_of('"a, b",2\n\nc,"1,000"\n') == [["a, b", "2"], ["c", "1,000"]]


@given(st.text(alphabet='<>/tabledrh ="0123colspn&;,\n가', max_size=200))
def test_any_text_is_a_grid_of_equal_rows_or_csv(text: str) -> None:
    grid = grid_of(text)
    assert rms_f1(grid, grid) in (0.0, pytest.approx(1.0))
    if "<table" in text.lower():
        assert len({len(row) for row in grid}) <= 1
