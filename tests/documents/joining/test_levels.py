"""Levels of headings come from sizes, weights, numbers and the file's outline, over all pages."""

from __future__ import annotations

import pytest

from sokdok.documents.blocks import Block, Setting
from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.documents.markdown import heading_of


def heading(words: str, em: float = 20, *, bold: bool = True, outline: int = 0) -> Block:
    return Block("sub_title", (100, 500, 900, 520), words, setting=Setting(em, bold=bold, outline=outline))


def levels(*pages: list[Block]) -> list[int]:
    document = [DocumentPage(number, 1000, 1400, tuple(blocks)) for number, blocks in enumerate(pages, 1)]
    found = [block for page in joined_pages(document) for block in page.blocks]
    assert all((block.kind == "title") == (heading_of(block.kind, block.text)[0] == 1) for block in found)
    return [heading_of(block.kind, block.text)[0] for block in found]


SHIPS = [heading("Report", 40), heading("Part", 30), heading("Chapter", 26), heading("Detail", 22)]
PAPER = [heading("A paper", 40), heading("1 Introduction", 24), heading("1.1 Aim", 24), heading("1.1.1 More", 20)]


@pytest.mark.parametrize(
    ("pages", "found"),
    [
        ([SHIPS[:3], [SHIPS[at] for at in (3, 2, 1, 3)]], [1, 2, 3, 4, 3, 2, 3]),
        ([[heading("One"), heading("of it", bold=False), heading("Two")]], [1, 2, 1]),
        ([[*PAPER, heading("1.2 Method", 24), heading("2. Results", 24)]], [1, 2, 3, 4, 3, 2]),
        ([[heading(text) for text in ("제1장 총칙", "제1절 목적", "제2절 정의", "제2장 조직")]], [1, 2, 2, 1]),
        ([[heading(text) for text in ("Ⅰ. 개요", "1. 배경", "2. 목적", "Ⅱ. 내용")]], [1, 2, 2, 1]),
        ([[heading("One", outline=1), heading("Of it", 30, outline=2), heading("Two", outline=1)]], [1, 2, 1]),
    ],
    ids=["larger type", "bold type", "more parts of a number", "chapters", "one way to number in another", "outline"],
)
def test_what_tells_levels(pages: list[list[Block]], found: list[int]) -> None:
    assert levels(*pages) == found


def test_deep_levels_end_at_six() -> None:
    assert levels([heading(f"Heading {em}", em) for em in range(60, 19, -5)])[-1] == 6


def test_headings_whose_type_is_not_known_are_as_the_reader_wrote_them() -> None:
    page = DocumentPage(1, 1000, 1400, (Block("sub_title", (0, 0, 9, 9), "### Deep"),))
    assert [block.text for page in joined_pages([page]) for block in page.blocks] == ["### Deep"]
