"""Paragraphs of lines that were read from pixels."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.blocks import body_size, column_blocks, rows_of
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word


def line(text: str, right: float, row: int, em: float = 20) -> TextLine:
    """A line whose words are equally long, in pixels."""
    parts, top = text.split(), 30.0 * row
    width = right / len(parts)
    words = tuple(
        Word(part, Box(width * at, top, width * (at + 0.9), top + em), em, top + em, source="recogniser")
        for at, part in enumerate(parts)
    )
    return TextLine(Box(0, top, right, top + em), text, 0.9, em, words=words)


def at(left: float, found: TextLine) -> TextLine:
    words = tuple(replace(word, box=word.box.moved(left, 0)) for word in found.words)
    return replace(found, box=found.box.moved(left, 0), words=words)


def texts(lines: list[TextLine]) -> list[str]:
    return [block.text for block in column_blocks(rows_of(lines), 20)]


def test_a_row_that_the_next_word_had_room_in_was_ended_on_purpose() -> None:
    heading = line("1.2 System management", 250, 0)
    prose = [line("The first line of a paragraph is full", 800, 1), line("and its second ends here early", 500, 2)]
    after = [line("Another paragraph that begins below it now", 790, 3), line("goes on.", 150, 4)]
    assert texts([heading, *prose, *after]) == [
        heading.text,
        "\n".join(one.text for one in prose),
        "\n".join(one.text for one in after),
    ]


def test_a_ragged_margin_is_no_end() -> None:
    rights = (800, 740, 770, 300)
    ragged = [line("Words of a ragged paragraph end here", right, row) for row, right in enumerate(rights)]
    assert len(texts(ragged)) == 1


def test_items_are_nested_by_where_their_marks_stand() -> None:
    items = [("• one", 0), ("o one of one", 30), ("o two of one", 31), ("= its own", 60), ("• two", 1)]
    found = [at(left, line(text, 200, row)) for row, (text, left) in enumerate(items)]
    blocks = list(column_blocks(rows_of(found), 20))
    assert [(block.kind, block.level) for block in blocks] == [("list", level) for level in (1, 2, 2, 3, 1)]


def test_a_larger_row_by_itself_is_a_heading_unless_it_ends_a_sentence() -> None:
    prose = [line("The first line of a paragraph is full", 800, 1), line("and its second ends here early.", 500, 2)]
    for text, kind in (("Summary of it all", "sub_title"), ("It was larger.", "text"), ("- larger", "list")):
        blocks = list(column_blocks(rows_of([line(text, 200, 0, em=23.5), *prose]), 20))
        assert [block.kind for block in blocks] == [kind, "text"]


def test_a_size_in_which_sentences_end_is_running_text_beside_a_table_in_smaller_type() -> None:
    cells = [TextLine(Box(50, 15 * i, 90, 15 * i + 10), "010-1234-5678", 1.0, 10.0) for i in range(20)]
    said = "We ask for leave on these days."
    for size, body in ((13.0, 13.0), (22.0, 10.0)):  # a motto is larger
        sentence = TextLine(Box(50, 400, 300, 400 + size), said, 1.0, size)
        assert body_size([*cells, sentence]) == pytest.approx(body)
    name = TextLine(Box(50, 400, 300, 413), "Of leave and of its days", 1.0, 13.0)
    assert body_size([*cells, name]) == pytest.approx(10)
