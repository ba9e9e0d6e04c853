"""Numbers as charts write them."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.figures.chart.numbers import parse_number


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("12", 12),
        ("1,234.5", 1234.5),
        ("1 276", 1276),
        ("1\u202f276\u202f000", 1_276_000),
        (".5", 0.5),
        ("−3", -3),
        ("-3%", -3),
        ("(4.5)", -4.5),
        ("△7", -7),
        ("12%", 12),
        ("$1,200", 1200),
        ("-$5", -5),
        ("1.5K", 1500),
        ("2 million", 2_000_000),
        ("3억", 300_000_000),
        ("3억 2,000만", 320_000_000),
        ("1조 2억 3만", 1_000_200_030_000),
        ("12만원", 120_000),
        ("5천", 5000),
        ("1e3", 1000),
        ("2019*", 2019),
        ("10^3", 1000),
        ("10^-2", 0.01),
        ("2×10^4", 20_000),
    ],
)
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
