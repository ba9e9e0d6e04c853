"""Where a value stands, or that it stands nowhere."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.documents.extract.evidence import Index, NumberedLine, Token

LINES = (
    "합계 금액: 1,200,000원 (VAT 10%)",
    "발행일 2026년 11월 25일",
    "담당 홍길동은 demon-",
    "strated 1.234,56 EUR",
    "10-12 items of type A12",
    "Total 3억 2,000만 원 (4.5)",
    "Nov 5, 2026 until 31.12.2027",
    "O’Brien’s “Café” — Anne",
)


def lines(*texts: str) -> list[NumberedLine]:
    return [NumberedLine(tuple(Token(word, 1, None) for word in text.split())) for text in texts]


@pytest.mark.parametrize(
    ("value", "words", "how"),
    [
        ("홍길동", "홍길동은", "text"),
        ("합계금액", "합계 금액:", "text"),
        ("demonstrated", "demon- strated", "text"),
        ("1,200,000", "1,200,000원", "text"),
        ("O'Brien's \"Cafe\u0301\" - anne", "O’Brien’s “Café” — Anne", "text"),
        ("12", "10-12", "text"),
        (1200000, "1,200,000원", "number"),
        (10, "10%)", "number"),
        (0.1, "10%)", "number"),
        (1234.56, "1.234,56", "number"),
        (12, "10-12", "number"),
        (320_000_000, "3억 2,000만", "number"),
        (-4.5, "(4.5)", "number"),
        (4.5, "(4.5)", "number"),
        ("2026-11-25", "2026년 11월 25일", "date"),
        ("2026-11-05", "Nov 5, 2026", "date"),
        ("2027-12-31", "31.12.2027", "date"),
    ],
)
def test_a_value_is_found_as_people_write_it(value: Any, words: str, how: str) -> None:
    found = Index(lines(*LINES)).find(value)
    assert found is not None and (" ".join(token.text for token in found.tokens), found.how) == (words, how)


@pytest.mark.parametrize(
    "value",
    ["길동", "200", "00,000", "200000", "Ann", "A1", "2026-11-26", "2026-25-11", "김철수", "", " ", 120, 200, 1.2]
    + [-12.5, 4417, 1e300, 3],
)
def test_what_does_not_stand_there_is_not_found(value: Any) -> None:
    assert Index(lines(*LINES)).find(value) is None


@settings(deadline=None)
@given(st.lists(st.text(max_size=12), max_size=5), st.text(max_size=8) | st.floats(allow_nan=False) | st.integers())
def test_any_document_can_be_searched_for_any_value(texts: list[str], value: Any) -> None:
    found = Index(lines(*(text for text in texts if text.split()))).find(
        value if isinstance(value, str) else float(value)
    )
    assert found is None or found.tokens


@settings(deadline=None)
@given(st.integers(-(10**9), 10**9))
def test_a_number_with_commas_is_that_number_and_no_other(number: int) -> None:
    index = Index(lines(f"it is {number:,} in all"))
    assert index.find(number) is not None
    assert index.find(number + 1) is None or abs(number + 1) == abs(number)
