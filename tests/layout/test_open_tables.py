"""Tables that only horizontal ruling lines tell."""

from __future__ import annotations

from sokdok.imaging.box import Box
from sokdok.layout.open_tables import open_tables
from sokdok.layout.tables.ruling_lines import Ruling, RulingLine
from sokdok.layout.text_line import TextLine

EM = 10.0


def cells(top: float, count: int, widths: tuple[float, ...] = (60, 120)) -> list[TextLine]:
    """Rows of cells 15 apart, in columns 200 wide."""
    return [
        TextLine(Box(50 + 200 * at, top + 15 * row, 50 + 200 * at + width, top + 15 * row + EM), "cell")
        for row in range(count)
        for at, width in enumerate(widths)
    ]


def text(top: float, count: int) -> list[TextLine]:
    return [TextLine(Box(50, top + 15 * row, 440, top + 15 * row + EM), "running text") for row in range(count)]


def rules(*places: float, start: int = 50, end: int = 450) -> tuple[RulingLine, ...]:
    return tuple(RulingLine(at, start, end) for at in places)


def test_a_head_and_a_body_between_three_lines_are_a_table() -> None:
    lines = [*cells(105, 1), *cells(130, 5)]
    assert open_tables(Ruling(rules(100, 120, 210)), lines, EM) == [Box(50, 100, 450, 210)]


def test_text_between_two_tables_of_one_width_is_no_table() -> None:
    lines = [*cells(105, 1), *cells(130, 3), *text(200, 4), *cells(305, 1), *cells(330, 3)]
    found = open_tables(Ruling(rules(100, 120, 185, 300, 320, 385)), lines, EM)
    assert found == [Box(50, 100, 450, 185), Box(50, 300, 450, 385)]


def test_lines_across_running_text_or_columns_make_no_table() -> None:
    assert open_tables(Ruling(rules(100, 200, 300)), [*text(110, 5), *text(210, 5)], EM) == []
    columns = cells(110, 5, (190, 190)) + cells(210, 5, (190, 190))
    assert open_tables(Ruling(rules(100, 200, 300)), columns, EM) == []


def test_two_lines_or_lines_of_different_length_are_not_enough() -> None:
    assert open_tables(Ruling(rules(100, 210)), cells(110, 6), EM) == []
    uneven = (*rules(100), *rules(120, end=300), *rules(210))
    assert open_tables(Ruling(uneven), [*cells(105, 1), *cells(130, 5)], EM) == []
