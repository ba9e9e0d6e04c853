"""The layout of lines: columns, titles across them, tables, furniture, paragraphs, headings, lists."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.box import Box
from sokdok.layout.analyse import analyse
from sokdok.layout.blocks import LayoutBlock, rows_of
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word

EM = 10.0
PAGE_HEIGHT = 800.0


def line(text: str, x0: float, y: float, x1: float, kind: str = "text", em: float = EM) -> TextLine:
    return TextLine(Box(x0, y - em / 2, x1, y + em / 2), text, 1.0, em, kind)


def column(name: str, x0: float, x1: float, count: int, top: float = 100) -> list[TextLine]:
    return [line(f"{name}{i} runs on and on", x0, top + 15 * i, x1) for i in range(count)]


def layout(lines: list[TextLine]) -> list[LayoutBlock]:
    return analyse(lines, PAGE_HEIGHT)


def words(lines: list[TextLine]) -> list[str]:
    """The first words of all rows, in reading order."""
    return [row.text.split()[0] for block in layout(lines) for row in block.rows]


def test_a_column_is_read_to_its_end_before_the_next() -> None:
    page = column("a", 50, 290, 8) + column("b", 310, 550, 8)
    assert words(page[::-1]) == [f"a{i}" for i in range(8)] + [f"b{i}" for i in range(8)]


def test_three_columns() -> None:
    page = column("a", 0, 190, 6) + column("b", 210, 390, 6) + column("c", 410, 600, 6)
    assert words(page) == [f"{c}{i}" for c in "abc" for i in range(6)]


def test_what_crosses_the_columns_divides_them_into_bands() -> None:
    upper = column("a", 50, 290, 5) + column("b", 310, 550, 5)
    lower = column("c", 50, 290, 5, 300) + column("d", 310, 550, 5, 300)
    wide = [line("TOP", 60, 50, 540, "heading", 20), line("MID", 60, 240, 540)]
    assert words(upper + lower + wide) == [
        "TOP",
        *[f"{c}{i}" for c in "ab" for i in range(5)],
        "MID",
        *[f"{c}{i}" for c in "cd" for i in range(5)],
    ]


def test_columns_below_a_page_s_worth_of_wide_text_are_found() -> None:
    page = column("w", 50, 550, 20) + column("a", 50, 290, 6, 440) + column("b", 310, 550, 6, 440)
    assert words(page) == [f"w{i}" for i in range(20)] + [f"{c}{i}" for c in "ab" for i in range(6)]


def test_short_cells_side_by_side_are_read_row_by_row() -> None:
    page = [line(f"{r}{c}", 200 * c, 100 + 15 * r, 200 * c + 40, "table") for r in range(5) for c in range(3)]
    (block,) = layout(page)
    assert block.kind == "table"
    assert block.text.split("\n")[1] == "10 11 12"


def test_rows_that_wide_gaps_divide_are_a_table_without_a_detector() -> None:
    cells = [line(f"{r}{c}", 200 * c, 100 + 15 * r, 200 * c + 40, "") for r in range(5) for c in range(3)]
    assert [block.kind for block in layout([replace(cell, source="layer") for cell in cells])] == ["table"]


def test_a_paragraph_ends_at_a_gap_an_indent_and_a_heading() -> None:
    page = column("a", 50, 550, 3) + column("b", 50, 550, 3, 180)
    page += [line("c0", 70, 225, 550), line("c1", 50, 240, 550), line("H", 50, 270, 200, "heading", 14)]
    assert [block.text.split()[0] for block in layout(page)] == ["a0", "b0", "c0", "H"]


def test_kinds_come_from_the_detector_and_from_size_and_marks() -> None:
    body = column("a", 50, 550, 8, 200)
    page = [line("Detected", 50, 140, 200, "heading"), *body, line("Large", 50, 360, 200, em=14)]
    page += [line("- an item", 50, 400, 300), line("below a picture", 50, 440, 300, "caption")]
    kinds = [(block.kind, block.text.split()[0]) for block in layout(page)]
    assert kinds == [
        ("sub_title", "Detected"), ("text", "a0"), ("sub_title", "Large"), ("list", "-"), ("image_caption", "below"),
    ]  # fmt: skip


def test_furniture_is_detected_or_stands_alone_at_the_edge() -> None:
    page = [line("Running head", 50, 20, 200), *column("a", 50, 550, 30), line("- 7 -", 280, 780, 320)]
    assert [block.kind for block in layout(page)] == ["header", "text", "page_number"]
    page = [*column("a", 50, 550, 8), line("Said to be one", 50, 380, 200, "furniture"), *column("b", 50, 550, 8, 500)]
    assert [block.kind for block in layout(page)] == ["text", "header", "text"]


def test_a_picture_takes_the_lines_inside_and_stands_in_its_column() -> None:
    page = [*column("a", 50, 290, 8), *column("b", 310, 550, 4), *column("c", 310, 550, 8, 300)]
    blocks = analyse([*page, line("label", 400, 220, 450)], PAGE_HEIGHT, pictures=[Box(320, 180, 540, 260)])
    assert [(block.kind, block.text.split()[0]) for block in blocks] == [
        ("text", "a0"), ("text", "b0"), ("image", "label"), ("text", "c0"),
    ]  # fmt: skip


def test_turned_lines_come_last_and_a_stamp_beside_the_text_first() -> None:
    stamp, label = (replace(line(*of, ""), turned=True) for of in (("stamp", 10, 300, 20), ("label", 80, 300, 90)))
    assert words([label, stamp, *column("a", 50, 550, 3)]) == ["stamp", "a0", "a1", "a2", "label"]


def test_rows_are_found_by_their_middles() -> None:
    cells = [line("b", 200, 101, 240), line("a", 0, 99, 40), line("c", 0, 115, 40)]
    assert [[cell.text for cell in row.pieces] for row in rows_of(cells)] == [["a", "b"], ["c"]]


def test_an_empty_page_has_no_blocks() -> None:
    assert layout([]) == [] and layout([line("", 0, 0, 10)]) == []


SIDES = st.integers(0, 600)
LINES = st.builds(
    lambda x, y, width, em, kind, source, text, turned: TextLine(
        Box(x, y, x + width, y + em), text, 1.0, em, kind, source, turned
    ),
    SIDES,
    SIDES,
    st.integers(1, 500),
    st.floats(1, 30),
    st.sampled_from(["", "text", "heading", "list", "table", "caption", "furniture"]),
    st.sampled_from(["layer", "recogniser"]),
    st.sampled_from(["1", "word", "- a text of some length", "12 of 30", "the end."]),
    st.booleans(),
)


@given(st.lists(LINES, max_size=40))
def test_every_line_is_in_one_block_whatever_the_page(lines: list[TextLine]) -> None:
    found = Counter(found.text for block in layout(lines) for found in block.lines)
    assert found == Counter(line.text for line in lines)


@pytest.mark.parametrize(
    ("rights", "table"), [((300, 210, 290, 180, 250, 240, 170), True), ((300,) * 6 + (150,), False)]
)
def test_rows_that_end_where_they_have_said_enough_are_a_table(rights: tuple[int, ...], table: bool) -> None:
    lines = []
    for row, right in enumerate(rights):
        for left, name in ((0, "left"), (400, "right")):
            box = Box(left, 30 * row, left + right, 30 * row + 20)
            words = (Word(name, box._replace(right=left + 40), 20, box.bottom, source="recogniser"),)
            lines.append(TextLine(box, f"{name} {row} and some words", em=20, words=words))
    text = "\n".join(block.text for block in analyse(lines, 1000))
    assert (text.index("right 0") < text.index("left 1")) is table
