"""The layout of lines: columns, titles across them, tables, furniture, paragraphs, headings, lists."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.imaging.box import Box
from sokdok.layout.analyse import analyse, with_all
from sokdok.layout.blocks import LayoutBlock, block_of, rows_of
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


def facing(pitch: float) -> list[TextLine]:
    """Short lines on two facing pages, those of the right one `pitch` times as far apart."""
    return [
        line(f"{name}{i}", x, 100 + 40 * times * i, x + 60)
        for name, x, times in (("a", 50, 1.0), ("b", 650, pitch))
        for i in range(8)
    ] + [line("c left", 400, 420, 560), line("d right", 1000, 420, 1150)]


def test_the_right_page_of_an_open_book_comes_after_the_left_one_whatever_they_hold() -> None:
    assert words(facing(0.83)) == [*(f"a{i}" for i in range(8)), "c", *(f"b{i}" for i in range(8)), "d"]


def test_rows_over_the_middle_of_a_wide_page_stay_rows() -> None:
    assert words(facing(1.0))[:2] == ["a0", "a1"] and layout(facing(1.0))[0].rows[0].text == "a0 b0"


def index(pitch: float) -> list[TextLine]:
    """Entries as short as an index has them, in two columns, one of which is set `pitch` times as wide apart."""
    return [
        line(f"{name}{i} {'x' * (i % 5)} {i}", x, 100 + 15 * times * i, x + 40 + 12 * (i % 5))
        for name, x, times in (("a", 50, 1.0), ("b", 310, pitch))
        for i in range(25)
    ]


def test_columns_of_an_index_are_read_one_after_the_other_though_nothing_fills_them() -> None:
    assert words(index(1.07)) == [f"{name}{i}" for name in "ab" for i in range(25)]


def test_short_cells_in_rows_stay_rows() -> None:
    assert layout(index(1.0))[0].rows[0].text.startswith("a0") and "b0" in layout(index(1.0))[0].rows[0].text


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
    marked = tuple(Word(word, Box(x, 395, x + 5, 405), EM, 405) for word, x in (("-", 50), ("an", 60), ("item", 75)))
    item = replace(line("- an item", 50, 400, 300), words=marked)
    page += [item, line("below a picture", 50, 440, 300, "caption")]
    kinds = [(block.kind, block.text.split()[0]) for block in layout(page)]
    assert kinds == [
        ("sub_title", "Detected"), ("text", "a0"), ("sub_title", "Large"), ("list", "-"), ("image_caption", "below"),
    ]  # fmt: skip


def apart(lines: list[TextLine]) -> list[bool]:
    """Whether each block stands apart at an edge of the page."""
    return [block.apart for block in layout(lines)]


def test_what_stands_alone_at_an_edge_or_is_detected_there_is_apart_and_its_kind_is_open() -> None:
    page = [line("Running head", 50, 20, 200), *column("a", 50, 550, 30), line("- 7 -", 280, 780, 320)]
    assert apart(page) == [True, False, True] and {block.kind for block in layout(page)} == {"text"}
    page = [*column("a", 50, 550, 8), line("Said to be one", 50, 380, 200, "furniture"), *column("b", 50, 550, 8, 500)]
    assert apart(page) == [False, True, False]


def test_the_last_rows_of_a_paragraph_are_not_apart() -> None:
    last = [line("Some last words that", 50, 750, 550), line("end the page.", 50, 764, 150)]
    assert not any(apart([*column("a", 50, 550, 40), *last]))


def test_a_row_apart_is_read_before_all_columns() -> None:
    page = [line("Head", 260, 20, 540), *column("a", 50, 290, 8), *column("b", 310, 550, 8)]
    assert words(page)[:2] == ["Head", "a0"] and apart(page) == [True, False, False]


def test_a_picture_takes_the_lines_inside_and_stands_in_its_column() -> None:
    page = [*column("a", 50, 290, 8), *column("b", 310, 550, 4), *column("c", 310, 550, 8, 300)]
    blocks = analyse([*page, line("label", 400, 220, 450)], PAGE_HEIGHT, pictures=[Box(320, 180, 540, 260)])
    assert [(block.kind, block.text.split()[0]) for block in blocks] == [
        ("text", "a0"), ("text", "b0"), ("image", "label"), ("text", "c0"),
    ]  # fmt: skip


def test_a_table_that_text_runs_beside_is_read_after_that_text_with_its_caption() -> None:
    wide, beside = column("a", 50, 550, 3), column("b", 50, 290, 7, 145)
    caption = line("CAPTION of the table", 320, 160, 540)
    cells = [line(f"c{row}", x, 180 + 15 * row, x + 30, "table") for row in range(4) for x in (330, 450)]
    below = column("d", 50, 550, 3, 250)
    blocks = analyse([*wide, *beside, caption, *cells, *below], PAGE_HEIGHT, tables=[Box(310, 170, 550, 240)])
    first = [row.text.split()[0] for block in blocks for row in block.rows]
    assert first == [
        *[f"a{at}" for at in range(3)],
        *[f"b{at}" for at in range(7)],
        "CAPTION",
        *[f"c{at}" for at in range(4)],
        *[f"d{at}" for at in range(3)],
    ]


def test_names_beside_a_table_are_no_text_that_runs_there() -> None:
    names = [line(name, 50, 180 + 15 * row, 90) for row, name in enumerate(("x", "y", "z", "w"))]
    cells = [line(f"c{row}", 330, 180 + 15 * row, 360, "table") for row in range(4)]
    page = [*column("a", 50, 550, 3), *names, *cells]
    blocks = analyse(page, PAGE_HEIGHT, tables=[Box(310, 170, 550, 240)])
    assert [block.kind for block in blocks] == ["text", "table", "text"]


def test_turned_lines_come_last() -> None:
    stamp, label = (replace(line(*of, ""), turned=True) for of in (("stamp", 10, 300, 20), ("label", 80, 300, 90)))
    page = [label, stamp, *column("a", 50, 550, 3)]
    assert words(page) == ["a0", "a1", "a2", "label", "stamp"]


def test_names_far_from_their_numbers_are_cells_of_their_rows() -> None:
    rows = [
        line(f"{text} {row}", left, 100 + 15 * row, left + 40, "table")
        for row in range(4)
        for left, text in ((50, "name"), (500, "1"), (600, "2"))
    ]
    (table,) = layout(rows)
    assert table.kind == "table" and table.rows[3].text == "name 3 1 3 2 3"


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


def spoken(text: str, left: float, right: float, y: float) -> TextLine:
    """A line of which the first word is known by its place."""
    box = Box(left, y, right, y + 20)
    word = Word(text.split()[0], box._replace(right=left + 60), 20, box.bottom, source="recogniser")
    return TextLine(box, text, em=20, words=(word,))


def is_read_by_rows(lines: list[TextLine]) -> bool:
    text = "\n".join(block.text for block in analyse(lines, 2000))
    return text.index("right 0") < text.index("left 1")


def test_rows_of_a_table_are_as_far_apart_where_its_cells_are_long() -> None:
    lines = [spoken(f"left {row} of some length", 0, 300, 40 * row) for row in range(7)]
    lines += [spoken(f"right {row} of some length", 340, 640, 40 * row) for row in range(7)]
    lines += [spoken(f"left {row} that is too long for the others", 0, 500, 40 * row) for row in range(7, 21)]
    assert is_read_by_rows(lines)
    apart = [line if int(line.text.split()[1]) < 7 else replace(line, box=line.box.moved(0, 60)) for line in lines]
    assert not is_read_by_rows(apart)


def test_a_cell_in_pieces_does_not_end_early() -> None:
    lines = [spoken(f"left {row} and some words", 0, 300, 40 * row) for row in range(24)]
    for row in range(24):
        lines.append(spoken(f"right {row} and words", 400, 560 if row % 2 else 695, 40 * row))
        lines += [] if row % 2 else [spoken("and the last ones", 700, 760, 40 * row)]
    assert is_read_by_rows(lines)


def test_what_one_side_has_above_the_other_says_nothing_of_rows() -> None:
    lines = [spoken(f"above {row} a text of one column", 0, 300 - row % 2 * 120, 400 + 40 * row) for row in range(3)]
    lines += [spoken(f"left {row} a cell with words", 0, 230 - row % 2 * 120, 600 + 40 * row) for row in range(4)]
    lines += [spoken(f"left {row} a cell that is as long as two", 0, 500, 600 + 40 * row) for row in range(4, 7)]
    lines += [spoken(f"right {row} a cell with words", 510, 680 + 20 * row % 60, 600 + 40 * row) for row in range(7)]
    assert is_read_by_rows(lines)


def test_words_that_a_layout_lost_stand_where_they_stood() -> None:
    above, lost, below = (line(text, 50, y, 250) for text, y in (("above it", 100), ("lost", 200), ("below it", 300)))
    typed = replace(
        lost, words=(Word("lost", Box(50, 195, 90, 205), EM, 205), Word("kept", Box(95, 195, 120, 205), EM, 205))
    )
    kept = block_of("text", rows_of([above, replace(lost, words=typed.words[1:])]))
    found = with_all([kept, block_of("text", rows_of([below]))], [above, typed, below])
    assert [block.text for block in found] == [kept.text, "lost", "below it"]
