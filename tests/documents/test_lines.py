"""Where a text stands on a page."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sokdok.documents.blocks import Block, Word
from sokdok.documents.document import DocumentPage
from sokdok.documents.lines import find


def word(text: str, left: int, top: int, page: int | None = None) -> Word:
    return Word(text, (left, top, left + 10 * len(text), top + 20), page=page)


def page(*words: Word) -> DocumentPage:
    return DocumentPage(2, 500, 500, blocks=(Block("text", (0, 0, 500, 500), "", words=words),))


WORDS = (word("The", 0, 0), word("quick-", 40, 2), word("brown", 0, 30), word("FOX’s", 60, 30), word("여우", 0, 60))


@pytest.mark.parametrize(
    ("wanted", "text", "boxes"),
    [
        ("the", "The", [(0, 0, 30, 20)]),
        ("Quick-Brown  fox's", "quick- brown FOX’s", [(40, 2, 100, 22), (0, 30, 110, 50)]),
        ("row", "brown", [(0, 30, 50, 50)]),
        ("여우", "여우", [(0, 60, 20, 80)]),
        ("ＢＲＯＷＮ", "brown", [(0, 30, 50, 50)]),
    ],
)
def test_a_text_is_found_over_line_ends_in_any_case(wanted: str, text: str, boxes: list) -> None:
    (found,) = find(page(*WORDS), wanted)
    assert (found.page, found.text, list(found.boxes)) == (2, text, boxes)


@pytest.mark.parametrize("wanted", ["", "  ", "cat", "foxthe"])
def test_what_is_not_there_is_not_found(wanted: str) -> None:
    assert not list(find(page(*WORDS), wanted))


def test_every_place_once() -> None:
    assert [found.boxes[0][0] for found in find(page(word("aaa", 0, 0), word("aa", 50, 0)), "aa")] == [0, 0]
    assert len(list(find(page(*[word("again", 0, 30 * row) for row in range(5)]), "again"))) == 5


def test_what_goes_on_on_the_next_page_is_there() -> None:
    (found,) = find(page(word("one", 0, 480), word("two", 0, 0, page=3)), "two")
    assert (found.page, found.boxes) == (3, ((0, 0, 30, 20),))
    (over,) = find(page(word("one", 0, 480), word("two", 0, 0, page=3)), "onetwo")
    assert (over.page, len(over.boxes)) == (2, 1), "boxes are those of its first page"


@given(st.lists(st.text(max_size=5), max_size=5), st.text(max_size=5))
def test_any_text_in_any_words(texts: list[str], wanted: str) -> None:
    for found in find(page(*(word(text, 0, 0) for text in texts)), wanted):
        assert found.text.split() or found.text
