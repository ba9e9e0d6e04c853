"""Paragraphs of lines that were read from pixels."""

from __future__ import annotations

from sokdok.imaging.box import Box
from sokdok.layout.blocks import column_blocks, rows_of
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
