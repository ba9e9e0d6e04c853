"""Rows of paragraphs side by side that no line parts."""

from __future__ import annotations

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.tables.set_rows import TextRow
from sokdok.layout.tables.waiting_rows import waiting_rows
from sokdok.layout.text_line import TextLine

EM, PITCH, XS = 10.0, 15.0, (0.0, 100.0, 200.0)


def rows_of(left: str, right: str, lower: float = 0) -> list[TextRow]:
    """A letter a line of two columns: a full line, a small one for a line that ends early, a blank for white.

    `lower`: by how much the right one stands lower.
    """
    rows: list[TextRow] = []
    for number, letters in enumerate(zip(left, right, strict=True)):
        row = [
            TextLine(Box(x + 5, top, x + (90 if letter.isupper() else 50), top + EM), letter, em=EM)
            for letter, x, top in zip(letters, XS, (PITCH * number, PITCH * number + lower), strict=False)
            if letter != " "
        ]
        rows += [row] if row else []
    return rows


def read(rows: list[TextRow]) -> list[str]:
    return ["".join(piece.text for row in group for piece in row) for group in waiting_rows(rows, XS)]


def test_a_part_begins_on_one_line_and_the_shorter_column_waits_for_it() -> None:
    assert read(rows_of("AaBBBbCc", "XxYYy Zz")) == ["AXax", "BYBYByb", "CZcz"]
    assert read(rows_of("XxYYy Zz", "AaBBBbCc")) == ["XAxa", "YBYByBb", "ZCzc"]


@pytest.mark.parametrize(
    ("left", "right", "lower"),
    [
        ("AAAAAa", "XxYyZz", 0),  # paragraphs of one cell beside those of another
        ("Aa  Bb", "XXXXXx", 0),  # white between paragraphs, beside lines that go on
        ("Aab  Cc", "XxYYyZz", 4),  # not on one line
        ("  aa  ", "XxYYyZ", 0),  # a name that stands in the middle of its part
        ("AaBbCc", "XxYyZz", 0),  # nothing waits
    ],
)
def test_what_does_not_wait_is_one_row(left: str, right: str, lower: float) -> None:
    assert read(rows_of(left, right, lower)) == []
