"""What a table's cell says."""

from __future__ import annotations

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.tables.cells import Cell
from sokdok.layout.text_line import TextLine


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("목적과 기능 . . . . . .", "목적과 기능"),
        ("Rent......", "Rent"),
        ("and so on...", "and so on..."),
        (".....", ""),
    ],
)
def test_dots_that_lead_to_the_next_cell_are_left_out(text: str, says: str) -> None:
    assert Cell(0, 0, 0, 0, [TextLine(Box(0, 0, 90, 10), text, 1.0, 10.0, "table")]).lines == [says]
