"""The layout of lines by the network that is shipped, on pages as they are set: nothing lost, order, tables, lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.imaging.box import Box
from sokdok.layout.analyse import Surroundings, analyse, whole_table, with_all
from sokdok.layout.blocks import LayoutBlock, block_of, code_text, rows_of
from sokdok.layout.joining import Joiner
from sokdok.layout.structure.network import WINDOW
from sokdok.layout.structure.nodes import Drawn
from sokdok.layout.tables.grids import cells_html
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word

EM, PITCH = 10.0, 13.0
SIZE = (600.0, 800.0)
TEXT = (
    "The harbour was built when the river still reached the old walls, and ships of every size unloaded grain "
    "there. Later the sand closed its mouth. Merchants moved to the coast, and what they left behind was sold "
    "piece by piece: cranes, ropes, and the bell that had called the pilots. A century later nobody could say "
    "where it had stood."
)
PROSE = TEXT.split()


def line(text: str, x: float, y: float, em: float = EM, bold: bool = False) -> TextLine:
    """A line of type whose baseline is at `y`, letters half an em wide."""
    words, left = [], x
    for word in text.split():
        box = Box(left, y - 0.75 * em, left + 0.5 * em * len(word), y + 0.22 * em)
        words.append(Word(word, box, em, y, bold=bold))
        left = box.right + 0.28 * em
    return TextLine(Box.around(word.box for word in words), text, em=em, source="layer", words=tuple(words))


def paragraph(name: str, x: float, right: float, y: float, rows: int) -> list[TextLine]:
    """Rows of prose that fill a column, the last one in part; each begins with its name and number."""
    out, at = [], 0
    for row in range(rows):
        words = [f"{name}{row}"]
        while len(" ".join(words)) + len(PROSE[at % len(PROSE)]) < (right - x) / (0.5 * EM) * 0.97:
            words.append(PROSE[at % len(PROSE)])
            at += 1
        text = " ".join(words if row < rows - 1 else [*words[: len(words) // 2], "end."])
        out.append(line(text, x, y + PITCH * row))
    return out


def layout(lines: Sequence[TextLine], figures: Sequence[Box] = ()) -> list[LayoutBlock]:
    return analyse(lines, Surroundings(Drawn(SIZE), figures=figures))


def firsts(blocks: Sequence[LayoutBlock]) -> list[str]:
    """The first words of all rows, in reading order."""
    return [row.pieces[0].text.split()[0] for block in blocks for row in block.rows]


def test_numbers_that_count_the_lines_of_a_draft_stand_by_themselves() -> None:
    text = paragraph("a", 100, 550, 100, 20)
    numbers = [line(str(8 + row), 60, 100 + 12 * row, em=6) for row in range(22)]
    blocks = layout([*text, *numbers])
    assert blocks[0].text.split() == [number.text for number in numbers]
    assert firsts(blocks[1:]) == [f"a{row}" for row in range(20)]


def test_a_line_that_is_not_legible_is_a_block_by_itself() -> None:
    text = paragraph("a", 100, 550, 100, 8)
    for place in (0, 3, 7):
        specks = [replace(word, confidence=0.1) for word in text[place].words]
        worn = [*text[:place], replace(text[place], words=tuple(specks)), *text[place + 1 :]]
        blocks = layout(worn)
        assert [block.text for block in blocks if worn[place] in block.lines] == ["〓"]
        assert firsts(blocks) == [f"a{row}" for row in range(8)]


def test_a_head_set_to_the_left_is_that_of_numbers_set_to_the_right() -> None:
    rows = [f"0{at}-1{at} 이체 {at}52,509 {9 - at},761,520".split() for at in range(2, 6)]
    lines = [line(head, x, 100) for head, x in (("일자", 40), ("구분", 150), ("금액", 230), ("잔액", 370))]
    for at, row in enumerate(rows):
        sides = (40, 150, 360 - 5 * len(row[2]), 500 - 5 * len(row[3]))
        lines += [line(text, x, 117 + 17 * at) for text, x in zip(row, sides, strict=True)]
    cells = whole_table(lines, Surroundings(Drawn(SIZE)))
    assert [cell.lines[0] for cell in cells if cell.pieces and cell.left == 3] == ["잔액", *(row[3] for row in rows)]


def test_a_title_stands_before_the_columns_below_it() -> None:
    title = line("The harbour that moved", 160, 70, 22, bold=True)
    page = [*paragraph("a", 50, 290, 120, 16), *paragraph("b", 310, 550, 120, 16), title]
    blocks = layout(page)
    assert blocks[0].kind == "title" and blocks[0].text == title.text
    assert firsts(blocks[1:]) == [f"{name}{row}" for name in "ab" for row in range(16)]


def test_paragraphs_part_at_a_gap_and_headings_are_known_by_their_type() -> None:
    page = [*paragraph("a", 50, 550, 100, 5), *paragraph("b", 50, 550, 100 + 6.2 * PITCH, 5)]
    page += [line("What was sold", 50, 270, 14, bold=True), *paragraph("c", 50, 550, 292, 5)]
    blocks = layout(page)
    assert [(block.kind, block.text.split()[0]) for block in blocks] == [
        ("text", "a0"), ("text", "b0"), ("sub_title", "What"), ("text", "c0"),
    ]  # fmt: skip


def test_items_of_a_list_have_their_marks_and_levels() -> None:
    texts = [
        ("• the cranes of the old quay", 60),
        ("• the ropes", 60),
        ("– hemp", 80),
        ("– wire", 80),
        ("• a bell", 60),
    ]
    page = [*paragraph("a", 50, 550, 100, 4), *(line(text, x, 170 + 15 * at) for at, (text, x) in enumerate(texts))]
    items = [block for block in layout(page) if block.kind == "list"]
    assert [(item.mark, item.level) for item in items] == [("•", 1), ("•", 1), ("–", 2), ("–", 2), ("•", 1)]


def cells(rows: Sequence[Sequence[str]], y: float = 250, xs: Sequence[float] = (60, 200, 300)) -> list[TextLine]:
    return [line(text, x, y + 16 * at) for at, row in enumerate(rows) for x, text in zip(xs, row, strict=False) if text]


ROWS = [["Ship", "Built", "Tons"], ["Vasa", "1628", "1,210"], ["Fram", "1892", "402"], ["Victory", "1765", "3,556"]]


def test_what_is_not_legible_among_others_is_marked_where_it_stands() -> None:
    sheet, text = cells(ROWS, 20), paragraph("a", 50, 500, 100, 8)
    sheet[-1] = replace(sheet[-1], words=(replace(sheet[-1].words[0], confidence=0.1),))
    assert "1765</td><td>〓<" in cells_html(whole_table(sheet, Surroundings(Drawn((400.0, 100.0)))), Joiner().join)
    *words, guessed = text[4].words
    text[4] = replace(text[4], words=(*words, replace(guessed, box=guessed.box.moved(4, 0), confidence=0.1)))
    (block,) = layout(text)
    said, listed = (text.split("\n")[4].split() for text in (block.text, code_text(block)))
    assert said == listed == [*(word.text for word in words), "〓"]


def test_a_picture_that_is_a_table_is_one_whatever_it_looks_like() -> None:
    html = cells_html(whole_table(cells(ROWS, 20), Surroundings(Drawn((400.0, 100.0)), read=True)), Joiner().join)
    assert html.count("<tr>") == 4 and html.count("</t") == 3 * 4 + 4 + 1


def test_a_picture_takes_the_lines_inside_and_stands_in_its_column() -> None:
    page = [*paragraph("a", 50, 290, 100, 20), *paragraph("b", 310, 550, 100, 5), *paragraph("c", 310, 550, 290, 6)]
    blocks = layout([*page, line("label", 400, 220)], [Box(320, 180, 540, 260)])
    assert [block.kind for block in blocks] == ["text", "text", "image", "text"]
    assert blocks[2].text == "label" and blocks[3].text.startswith("c0")


def test_turned_lines_come_last_and_an_empty_page_has_no_blocks() -> None:
    stamp = replace(line("stamp", 10, 300), turned=90.0)
    blocks = layout([stamp, *paragraph("a", 50, 550, 100, 3)])
    assert blocks[-1].text == "stamp" and len(blocks) > 1
    assert layout([]) == [] and layout([TextLine(Box(0, 0, 10, 10), "")]) == []


def test_a_page_of_more_pieces_than_are_looked_at_together_keeps_its_order() -> None:
    rows = WINDOW // 3 + 40
    page = [line(f"r{row}c{column}", 40 + 130 * column, 20 + 4 * row, 3) for row in range(rows) for column in range(4)]
    blocks = analyse(page, Surroundings(Drawn((600.0, 20.0 + 4 * rows))))
    assert Counter(found.text for block in blocks for found in block.lines) == Counter(of.text for of in page)


SIDES = st.integers(0, 600)
LINES = st.builds(
    lambda x, y, width, em, source, text, turned: TextLine(
        Box(x, y, x + width, y + em), text, 1.0, em, "", source, turned
    ),
    SIDES,
    SIDES,
    st.integers(1, 500),
    st.floats(1, 30),
    st.sampled_from(["layer", "recogniser"]),
    st.sampled_from(["1", "word", "- a text of some length", "12 of 30", "the end.", "가나 다라"]),
    st.sampled_from([0.0, 0.0, 90.0]),
)


@settings(deadline=None)
@given(st.lists(LINES, max_size=40))
def test_every_line_is_in_one_block_whatever_the_page(lines: list[TextLine]) -> None:
    assert Counter(found.text for block in layout(lines) for found in block.lines) == Counter(one.text for one in lines)


def test_words_that_a_layout_lost_stand_where_they_stood() -> None:
    above, lost, below = (line(text, 50, y) for text, y in (("above it", 100), ("lost kept", 200), ("below it", 300)))
    kept = block_of("text", rows_of([above, replace(lost, words=lost.words[1:])]))
    found = with_all([kept, block_of("text", rows_of([below]))], [above, lost, below])
    assert [block.text for block in found] == [kept.text, "lost", "below it"]


def test_a_line_of_korean_with_room_for_the_next_word_ends_at_one() -> None:
    cases = [("을 푸른", "주소: 부산광역시", "\n"), ("시스템의", "관리와", ""), ("ab", "de fghi", "")]
    for first, second, end in cases:
        assert block_of("text", rows_of([line(first, 50, 0), line(second, 50, 12)])).said == [first + end, second]
