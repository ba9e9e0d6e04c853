from __future__ import annotations

from itertools import permutations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok_lab.bench.metrics.assignment import assign
from sokdok_lab.bench.metrics.html_tables import Grid, grid_of
from sokdok_lab.bench.metrics.rms import layouts, parse_number, rms, rms_any_layout, value_similarity

TRUTH: Grid = [["year", "cars"], ["2019", "10"], ["2020", "20"]]


@pytest.mark.parametrize(
    ("read", "precision", "recall", "f1"),
    [
        (TRUTH, 1.0, 1.0, 1.0),
        (
            [["year", "2019", "2020"], ["cars", "10", "20"]],
            1.0,
            1.0,
            1.0,
        ),  # transposed
        ([["year", "cars"], ["2020", "20.0"], ["2019", "10"]], 1.0, 1.0, 1.0),  # in any order
        ([["year", "cars"], ["2019", "9.5"]], 0.95, 0.475, 2 * 0.95 * 0.475 / 1.425),  # 5 % off, one missing
        ([["year", "cars"], ["2019", "11"], ["2020", "20"]], 0.5, 0.5, 0.5),  # 10 % off is wrong
        ([["year", "cars"], ["2019", "10"], ["2020", "20"], ["2021", "5"], ["2022", "5"]], 0.5, 1.0, 2 / 3),  # invented
        ([["year", "cats"], ["2019", "10"], ["2020", "20"]], 8 / 9, 8 / 9, 8 / 9),  # one letter in nine of each key
        ([["year", "x"], ["alpha", "10"], ["beta", "20"]], 0.0, 0.0, 0.0),  # keys less than half alike
        ([], 1.0, 0.0, 0.0),  # nothing read: nothing wrong, nothing found
    ],
)
def test_precision_recall_and_f1_by_hand(read: Grid, precision: float, recall: float, f1: float) -> None:
    score = rms(TRUTH, read)
    assert (score.precision, score.recall, score.f1) == pytest.approx((precision, recall, f1))


def test_f1_is_not_recall_as_in_the_published_code() -> None:
    score = rms(TRUTH, [*TRUTH, ["2021", "1"], ["2022", "2"]])
    assert score.recall == 1.0 and score.f1 == pytest.approx(2 / 3)


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


def test_a_long_table_says_the_same_as_a_wide_one() -> None:
    long = grid_of("quarter,team,score\nQ1,A,12\nQ2,A,18\nQ1,B,8\nQ2,B,14\n")
    wide = [["quarter", "A", "B"], ["Q1", "12", "8"], ["Q2", "18", "14"]]
    assert wide in layouts(long)
    assert rms_any_layout(long, wide).f1 == 1.0 > rms(long, wide).f1


def test_the_value_may_come_before_what_it_belongs_to() -> None:
    truth = grid_of("population,age\n900,0\n800,5\n")
    read = grid_of("<table><tr><th>age<th>population</tr><tr><td>0<td>900</tr><tr><td>5<td>800</tr></table>")
    assert rms_any_layout(truth, read).f1 == 1.0 > rms(truth, read).f1


def test_spans_are_repeated_in_the_grid() -> None:
    html = '<table><tr><td rowspan="2">a</td><td colspan=2>b</td></tr><tr><td>c</td><td>d&amp;e</td></tr></table>'
    assert grid_of(f"Here: {html}") == [["a", "b", "b"], ["a", "c", "d&e"]]


def test_csv_with_quotes_and_blank_lines() -> None:
    assert grid_of('"a, b",2\n\nc,"1,000"\n') == [["a, b", "2"], ["c", "1,000"]]


@given(st.text(alphabet='<>/tabledrh ="0123colspn&;,\n가', max_size=200))
def test_any_text_is_a_grid_of_equal_rows_or_csv(text: str) -> None:
    grid = grid_of(text)
    assert rms(grid, grid).f1 in (0.0, pytest.approx(1.0))
    if "<table" in text.lower():
        assert len({len(row) for row in grid}) <= 1


@given(st.integers(1, 4), st.integers(1, 5), st.integers(0, 10**6))
def test_assignment_is_the_best_of_all(rows: int, columns: int, seed: int) -> None:
    values = np.random.default_rng(seed).integers(0, 4, (rows, columns)) / 4
    pairs = assign(values)
    assert len(pairs) == len({i for i, _ in pairs}) == len({j for _, j in pairs}) == min(rows, columns)
    tall = values if rows <= columns else values.T
    best = max(
        sum(tall[i, j] for i, j in enumerate(order)) for order in permutations(range(max(values.shape)), len(tall))
    )
    assert sum(values[i, j] for i, j in pairs) == pytest.approx(best)
