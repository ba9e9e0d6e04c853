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


def test_larger_type_is_above_smaller() -> None:
    one = [heading("Report", 40), heading("Part", 30), heading("Chapter", 26)]
    two = [heading("Detail", 22), heading("Chapter", 26), heading("Part", 30), heading("Detail", 22)]
    assert levels(one, two) == [1, 2, 3, 4, 3, 2, 3]


def test_bold_type_is_above_plain() -> None:
    assert levels([heading("One"), heading("of it", bold=False), heading("Two")]) == [1, 2, 1]


def test_a_number_of_more_parts_is_below_whatever_its_size() -> None:
    one = [heading("A paper", 40), heading("1 Introduction", 24), heading("1.1 Aim", 24), heading("1.1.1 More", 20)]
    assert levels([*one, heading("1.2 Method", 24), heading("2. Results", 24)]) == [1, 2, 3, 4, 3, 2]


@pytest.mark.parametrize(
    "words", [["제1장 총칙", "제1절 목적", "제2절 정의", "제2장 조직"], ["Ⅰ. 개요", "1. 배경", "2. 목적", "Ⅱ. 내용"]]
)
def test_one_way_to_number_within_another_is_below_it(words: list[str]) -> None:
    assert levels([heading(text) for text in words]) == [1, 2, 2, 1]


def test_the_outline_counts_more_than_sizes() -> None:
    assert levels([heading("One", outline=1), heading("Of it", 30, outline=2), heading("Two", outline=1)]) == [1, 2, 1]


def test_deep_levels_end_at_six() -> None:
    assert levels([heading(f"Heading {em}", em) for em in range(60, 19, -5)])[-1] == 6


def test_headings_whose_type_is_not_known_are_as_the_reader_wrote_them() -> None:
    page = DocumentPage(1, 1000, 1400, (Block("sub_title", (0, 0, 9, 9), "### Deep"),))
    assert [block.text for page in joined_pages([page]) for block in page.blocks] == ["### Deep"]
