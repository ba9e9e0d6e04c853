"""Lines that were read from pixels get the structure that lines of a text layer get."""

from __future__ import annotations

import numpy as np

from sokdok.imaging.box import Box
from sokdok.layout.page_image import analyse_image
from sokdok.layout.set_lines import set_lines
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word

LETTER = 8.0


def seen(text: str, left: float, top: float, em: float) -> TextLine:
    """A line of letters of one width, its words where they stand, as a recogniser gives it."""
    words, at = [], left
    for word in text.split(" "):
        box = Box(at, top, at + LETTER * len(word), top + em)
        words.append(Word(word, box, em, top + em, source="recogniser", confidence=0.9))
        at = box.right + LETTER
    box = Box(left, top, words[-1].box.right, top + em)
    return TextLine(box, text, 0.9, em, "text", words=tuple(words))


PAGE = [
    seen("What was found", 100, 100, 19.0),
    seen("A paragraph whose lines are full, so that they go on in the", 100, 140, 16.2),
    seen("next ones, though their sizes are measured a little off it,", 102, 163, 17.3),
    seen("until it ends.", 99, 185, 15.1),
    seen("Another paragraph begins here because the line was short.", 100, 207, 16.5),
    seen("o one of the items", 120, 245, 16.4),
    seen("o another of them", 121, 268, 16.6),
]


def test_sizes_that_are_measured_a_little_off_are_one() -> None:
    assert [line.em for line in set_lines(PAGE)] == [19.0, *[16.5] * 6]
    assert [word.text for word in set_lines(PAGE)[5].words] == ["•", "one", "of", "the", "items"]
    assert set_lines([bare := TextLine(Box(0, 0, 90, 15), "o one", em=15)]) == [bare]


def test_a_size_between_those_of_text_and_tables_is_not_taken_for_both() -> None:
    body, small = (17.9, 17.4, 16.6, 16.6, 16.2, 16.6, 16.4), (13.5, 13.9, 14.2, 14.5, 14.5, 15.5, 15.6, 14.4)
    lines = [seen("A line of running text of the page", 100, 100 + 22 * row, em) for row, em in enumerate(body)]
    cells = [seen("What the cells of a table say", 400, 100 + 22 * row, em) for row, em in enumerate(small)]
    sizes = [line.em for line in set_lines([*lines, *cells])]
    assert len(set(sizes[:7])) == 1 and sizes[7] < sizes[0]


def test_an_item_that_is_measured_too_large_is_no_heading() -> None:
    page = [*PAGE[:5], seen("o one of the items", 120, 245, 19.5), PAGE[6]]
    blocks = analyse_image(np.full((400, 700, 3), 255, np.uint8), page)
    assert [block.kind for block in blocks[-2:]] == ["list", "list"]


def test_a_bullet_that_was_read_as_a_letter_or_sign_is_one_where_two_lines_begin_so() -> None:
    items = [seen("O when it is", 100, 100, 16.0), seen("® where it is", 100, 123, 16.0)]
    assert [line.text for line in set_lines(items)] == ["• when it is", "• where it is"]
    assert [line.text for line in set_lines([items[0], PAGE[1]])][0] == "O when it is"
    numbers = [seen("0 12 44", 100, 100, 16.0), seen("0 31 9", 100, 123, 16.0)]
    assert [line.text for line in set_lines(numbers)] == ["0 12 44", "0 31 9"]
