"""A document as numbered lines."""

from __future__ import annotations

from dataclasses import replace

from sokdok.documents.document import Block, Document, DocumentPage, Word
from sokdok.documents.extract.evidence import lines_of, numbered


def word(text: str, left: int, top: int) -> Word:
    return Word(text, (left, top, left + 10 * len(text), top + 20))


def document(*blocks: Block) -> Document:
    return Document("a", "a.pdf", (DocumentPage(3, 500, 500, blocks=blocks),))


def test_words_of_one_height_are_a_line_and_pages_are_named() -> None:
    words = (word("One", 0, 0), word("two", 40, 2), word("three", 0, 30))
    made = document(Block("text", (0, 0, 99, 99), "One two three", words=words))
    further = DocumentPage(4, 500, 500, (Block("text", (0, 0, 99, 99), "four", words=(word("four", 0, 0),)),))
    made = replace(made, pages=(*made.pages, further))
    assert numbered(lines_of(made)) == "=== page 3 ===\n1: One two\n2: three\n=== page 4 ===\n3: four"


def test_a_table_is_read_row_by_row_whichever_order_its_words_have() -> None:
    words = (word("Item", 0, 0), word("Pen", 0, 30), word("Price", 200, 0), word("1,200", 200, 31))
    made = document(Block("table", (0, 0, 300, 60), "", html="<table><tr><td>Item</td></tr></table>", words=words))
    assert [line.text for line in lines_of(made)] == ["Item | Price", "Pen | 1,200"]


def test_where_no_places_are_known_a_line_has_its_blocks() -> None:
    (first, second) = lines_of(document(Block("text", (1, 2, 3, 4), "A line\n\nand another")))
    assert [token.box for token in first.tokens] == [(1, 2, 3, 4)] * 2 and second.text == "and another"
    assert lines_of(document(Block("image", None, ""))) == []
