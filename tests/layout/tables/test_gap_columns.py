"""Columns that nothing but gaps parts."""

from __future__ import annotations

from sokdok.imaging.box import Box
from sokdok.layout.tables.gap_columns import column_places
from sokdok.layout.text_line import TextLine


def row(y: float, *ends: tuple[float, float]) -> list[TextLine]:
    return [TextLine(Box(left, y, right, y + 10), "x", em=10.0) for left, right in ends]


def test_a_long_cell_that_reaches_into_a_gap_stays_left_of_the_border() -> None:
    lines = [line for at in range(12) for line in row(20.0 * at, (0, 90), (200, 260))]
    lines += row(240, (0, 190), (200, 260))
    (_, border, _) = column_places(lines)
    assert 190 < border < 200
