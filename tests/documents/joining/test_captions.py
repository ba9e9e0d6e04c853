"""Texts beside pictures and tables that say what these are."""

from __future__ import annotations

import pytest

from sokdok.documents.blocks import Block, Setting
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages

PICTURE = Block("image", (100, 300, 900, 600), "")
TABLE = Block("table", (100, 300, 900, 600), "a", "<table><tr><td>a</td></tr></table>")
PROSE = [Block("text", (100, 900 + 60 * n, 900, 950 + 60 * n), "Some text.", setting=Setting(20)) for n in range(3)]


def kind(text: str, beside: Block, *, em: float = 20, left: int = 100, above: bool = False) -> str:
    top = 260 if above else 620
    block = Block("text", (left, top, 1000 - left, top + 24), text, setting=Setting(em, room=300))
    blocks = [block, beside] if above else [beside, block]
    (page,) = joined_pages([DocumentPage(1, 1000, 1400, (*blocks, *PROSE))])
    return next(found.kind for found in page.blocks if found.text == text)


@pytest.mark.parametrize("text", ["Figure 3. A ship", "Fig. 2: Ships", "그림 1 배", "Abb. 4.2 – Schiffe", "図1：船"])
def test_what_begins_as_captions_of_pictures_do_is_one(text: str) -> None:
    assert kind(text, PICTURE) == kind(text, PICTURE, above=True) == "image_caption"


@pytest.mark.parametrize(
    "text", ["Table 1. Ships", "표 2. 배", "Tabelle 10.6. Schiffe", "TABLE IV: Ships", "<표 3> 배"]
)
def test_what_begins_as_captions_of_tables_do_is_one(text: str) -> None:
    assert kind(text, TABLE, above=True) == "table_caption"


@pytest.mark.parametrize("text", ["Figures are dear.", "Table salt is cheap.", "표현이 다르다", "Some words"])
def test_other_texts_are_none(text: str) -> None:
    assert kind(text, PICTURE) == "text"


def test_small_or_centred_text_right_below_a_picture_is_its_caption() -> None:
    assert kind("A ship", PICTURE, em=17) == kind("A ship", PICTURE, left=300) == "image_caption"
    assert kind("A ship", PICTURE, em=17, above=True) == "text"


def test_a_formula_that_stands_as_a_picture_has_none() -> None:
    assert kind("for all x", Block("unread", PICTURE.box, "[formula not read]"), em=17) == "text"


def test_what_says_that_it_is_a_caption_needs_something_beside_it() -> None:
    (page,) = joined_pages([DocumentPage(1, 1000, 1400, tuple(PROSE))])
    assert {block.kind for block in page.blocks} == {"text"}
