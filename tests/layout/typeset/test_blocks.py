"""Paragraphs, headings, lists, code and notes by how they are set."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, blocks_of
from sokdok.layout.blocks import LayoutBlock
from sokdok.layout.typeset.blocks import code_text

FULL = [
    "This is a paragraph whose lines are full, since each word that",
    "begins one would have had no room on the line before it, and",
    "only its last line ends early.",
]


def lines(texts: list[str], top: float, x: float = 60) -> list[Text]:
    return [Text(x, top + 14 * i, text) for i, text in enumerate(texts)]


def shown(blocks: list[LayoutBlock]) -> list[tuple[str, str]]:
    return [(block.kind, " ".join(row.text for row in block.rows)) for block in blocks]


def test_a_line_with_room_for_the_next_word_ends_its_paragraph(tmp_path: Path) -> None:
    found = blocks_of(tmp_path, lines([*FULL, *FULL], 200))
    assert shown(found) == [("text", " ".join(FULL))] * 2


def test_code_among_the_words_does_not_break_a_paragraph(tmp_path: Path) -> None:
    mixed = Text(60, 228, "only-its-last-line-is-set-in-code.", 9, font=3)
    found = blocks_of(tmp_path, [*lines(FULL[:2], 200), mixed, *lines(FULL, 260)])
    assert [kind for kind, _ in shown(found)] == ["text", "text"] and len(found[0].rows) == 3


def test_bold_lines_with_space_above_are_headings_and_terms_are_not(tmp_path: Path) -> None:
    page = [*lines(FULL, 200), Text(60, 262, "A heading", 10, font=4), *lines(FULL, 280)]
    page += [Text(60, 340, "A term", 10, font=4), *lines(FULL, 354, x=100)]
    assert [kind for kind, _ in shown(blocks_of(tmp_path, page))] == ["text", "sub_title", "text", "text", "text"]


@pytest.mark.parametrize("drawn", [True, False])
def test_lists_are_nested_by_where_their_marks_stand(tmp_path: Path, drawn: bool) -> None:
    page: list[Text | bytes] = [*lines(FULL, 100)]
    for number, (x, text) in enumerate([(80, "one"), (110, "inner"), (110, "second inner"), (80, "two")]):
        y = 160 + 18 * number
        page.append(Text(x, y, text) if drawn else Text(x - 12, y, f"\u00b7 {text}"))
        page += [b"%d %d 3 3 re f" % (x - 12, 842 - y + 2)] if drawn else []
    found = blocks_of(tmp_path, page)
    assert [(block.kind, block.level) for block in found[1:]] == [("list", 1), ("list", 2), ("list", 2), ("list", 1)]


@pytest.mark.parametrize(
    ("texts", "kinds"),
    [
        (["가. 첫째", "나. 둘째", "다. 셋째"], ["list"] * 3),
        (["1. One", "2. Two"], ["list"] * 2),
        (["27) One", "28) Two"], ["list"] * 2),
        (["(a) One", "(b) Two", "(i) Roman", "(ii) More"], ["list"] * 4),
        (["J. Smith was here.", "A year later he had left."], ["text"] * 2),
        (["다. 그러나 바뀌었다.", "새 문단이 온다."], ["text"] * 2),
        (["1. One", "2) Two"], ["text"] * 2),
    ],
)
def test_numbers_count_items_where_one_follows_the_other(tmp_path: Path, texts: list[str], kinds: list[str]) -> None:
    page = [*lines(FULL, 100), *(Text(60, 170 + 30 * at, text) for at, text in enumerate(texts))]
    assert [kind for kind, _ in shown(blocks_of(tmp_path, page))[1:]] == kinds


def test_each_row_of_contents_is_a_block(tmp_path: Path) -> None:
    page = lines([f"{name} {'. ' * 40}{number}" for name, number in (("Aims", 2), ("Means and", 4), ("Ends", 7))], 200)
    assert [kind for kind, _ in shown(blocks_of(tmp_path, page))] == ["text"] * 3


def test_an_item_goes_on_below_its_text(tmp_path: Path) -> None:
    page = [Text(60, 200, "1."), *lines(FULL, 200, x=75), Text(60, 250, "2."), Text(75, 250, "Two.")]
    assert shown(blocks_of(tmp_path, page)) == [("list", f"1. {' '.join(FULL)}"), ("list", "2. Two.")]


def test_code_keeps_its_indents_and_blank_lines(tmp_path: Path) -> None:
    code = ["def sail(ship):", "    if ship:", "        return  1", "", "    return 0"]
    page = [Text(60, 260 + 12 * i, line, 9, font=3) for i, line in enumerate(code) if line]
    found = blocks_of(tmp_path, [*lines(FULL, 200), *page, *lines(FULL, 340)])
    assert [block.kind for block in found] == ["text", "code", "text"]
    assert code_text(found[1]) == "\n".join(code)


def test_small_type_below_a_short_line_is_footnotes(tmp_path: Path) -> None:
    notes = [Text(60, 760, "1 A first note.", 8), Text(60, 772, "2 Another one.", 8)]
    found = blocks_of(tmp_path, [*lines(FULL, 100), b"60 95 120 .5 re f", *notes])
    assert shown(found)[1:] == [("page_footnote", "1 A first note."), ("page_footnote", "2 Another one.")]


def test_rows_whose_gaps_stand_in_line_are_a_table(tmp_path: Path) -> None:
    rows = [("Ship", "Built at"), ("Victory", "Chatham"), ("A much longer name", "Deptford")]
    cells = [Text(60 + 100 * x, 200 + 18 * y, text) for y, row in enumerate(rows) for x, text in enumerate(row)]
    found = blocks_of(tmp_path, [*lines(FULL, 100), *cells])
    assert found[1].html == "<table>" + "".join(f"<tr><td>{a}</td><td>{b}</td></tr>" for a, b in rows) + "</table>"


def test_notes_stand_below_a_line_where_a_column_ends_early(tmp_path: Path) -> None:
    notes = [
        Text(310, 76, "[1] What is said here goes on in another line of", 7.5),
        Text(310, 86, "the same note.", 7.5),
    ]
    body = [Text(60, 70 + 12 * at, "Words of the text in its left column,", 10) for at in range(5)]
    found = blocks_of(tmp_path, [*body, b"308 778 m 540 778 l S", *notes])
    assert [block.text for block in found if block.kind == "page_footnote"] == [
        "[1] What is said here goes on in another line of\nthe same note."
    ]
