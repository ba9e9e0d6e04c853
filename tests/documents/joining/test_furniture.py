"""Running heads are what counts with the page or repeats on most pages, never what differs otherwise or all text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from sokdok import convert
from sokdok.documents.blocks import FURNITURE, Block, Setting, Word
from sokdok.documents.document import DocumentPage, Ledger
from sokdok.documents.joining import joined_pages

BODY = Block("text", (100, 400, 900, 800), "What a page says, which ends here.")


def row(*cells: str, top: int = 40) -> Block:
    """A row of cells far from each other."""
    words, left = [], 100
    for cell in cells:
        for text in cell.split():
            words.append(Word(text, (left, top, left + 12 * len(text), top + 18)))
            left += 12 * len(text) + 6
        left += 200
    return Block("text", (100, top, left, top + 18), " ".join(cells), words=tuple(words))


def kinds(contents: Sequence[Sequence[Block]]) -> list[list[str]]:
    pages = [DocumentPage(number, 1000, 1400, tuple(blocks)) for number, blocks in enumerate(contents, 1)]
    return [[block.kind for block in page.blocks] for page in joined_pages(pages)]


def claimed(*cells: str, top: int = 40) -> Block:
    """A row of cells that looks like furniture to the reader of its page."""
    return replace(row(*cells, top=top), kind="header")


def marked(heads: Sequence[Block], body: Block = BODY) -> list[bool]:
    """Whether the first block of each page is furniture."""
    return [found[0] in FURNITURE for found in kinds([[head, body] for head in heads])]


@pytest.mark.parametrize(
    "heads",
    [
        [f"Page {number} of 9" for number in range(1, 10)],
        [f"- {number} -" for number in range(3, 12)],
        [f"{number} / 20" for number in range(1, 7)],
        ["v", "vi", "vii", "viii", "ix", "x"],
        [f"A-{number}" for number in range(1, 7)],
        [f"{number} 쪽" for number in range(1, 7)],
        ["Harbour dues"] * 7,
        ["Harbour dues", "Ships and men"] * 4,
        ["Ward | 1 of 1"] * 5,
        [f"Of ships {number}" if number % 2 else f"{number} Of ships" for number in range(40, 46)],
    ],
)
def test_what_counts_with_the_page_or_repeats_is_furniture(heads: list[str]) -> None:
    assert all(marked([row(head) for head in heads]))


def test_what_looks_like_furniture_needs_its_like_on_one_page_near(subtests: pytest.Subtests) -> None:
    for heads in (
        [f"Report 2026, page {number}" for number in range(1, 7)],
        ["One"] * 4 + ["Two"] * 2 + ["Three"] * 5,
        [f"Of {name} and other ships" for name in ("barques", "brigs", "cutters", "ferries")],
        ["Notes", "Notes"],
    ):
        with subtests.test(heads=heads):
            assert all(marked([claimed(head) for head in heads]))


def test_a_row_that_counts_is_furniture_whatever_stands_beside_the_number() -> None:
    names = ["aback", "abbey", "ls", "C", "about", "mix"]
    heads = [claimed(name, str(at)) if at % 2 else claimed(str(at), name) for at, name in enumerate(names, 66)]
    assert all(marked(heads))
    chapters = [claimed("40"), *(claimed(f"Chapter {1 + at // 3}", str(at)) for at in range(41, 50)), claimed("50")]
    assert all(marked(chapters))


@pytest.mark.parametrize(
    "heads",
    [
        [claimed(f"Ticket {number}") for number in range(1, 20)],
        [claimed(f"Dear customer {4711 + 3 * at},") for at in range(9)],
        [row(f"Ticket {number}") for number in range(1, 20)],
        [row("Ticket", f"{number:04}") for number in range(17, 30)],
        [row(f"Row {at % 4 + 1} seat {at % 7 + 2}", str(at)) for at in range(9)],
        [row("Balance", f"{1000 + 37 * at:,}.00") for at in range(9)],
        [row("Total", f"${at}") for at in range(9)],
        [row(f"Invoice {2026000 + at}") for at in range(9)],
        [row("Invoice No.", str(1017 + at)) for at in range(9)],
        [row(f"Dear customer {4711 + 3 * at},") for at in range(9)],
        [row(f"Question {at}") for at in range(1, 9)],
        [row(f"Of ships {at}") for at in range(40, 46)],
        [row(name) for name in ("One", "Two", "Three", "Four", "Five")],
        [row("Notes"), row("Notes"), *[row(f"Text {name}") for name in "abcdefghi"]],
    ],
)
def test_what_differs_otherwise_is_text(heads: list[Block]) -> None:
    assert not any(marked(heads))


def test_the_only_text_of_a_page_is_text_and_so_is_a_page_without_others() -> None:
    assert kinds([[row("Page 1")], [row("Page 2")], [row("Page 3")]]) == [["text"]] * 3
    assert kinds([[row("Dear Sir,"), BODY, row("7", top=1350)]]) == [["text", "text", "text"]]


def test_a_number_is_that_of_the_page_however_early_the_page_ends() -> None:
    numbers = [replace(row(str(40 + n), top=top), kind="page_number") for n, top in enumerate((1350, 900, 1350, 1350))]
    found = kinds([[BODY, number] for number in numbers])
    assert [page[1] for page in found] == ["page_number"] * 4


def test_the_first_page_of_a_chapter_has_its_number_at_the_foot() -> None:
    pages = [[row("Of ships", str(at)), BODY] for at in range(7, 14)]
    pages[3] = [BODY, row("10", top=1350)]
    assert kinds(pages)[3] == ["text", "page_number"]


def test_headings_are_furniture_only_on_most_pages() -> None:
    title = Block("title", (100, 40, 400, 80), "Results")
    several = [[title, BODY]] * 3 + [[row(name), BODY] for name in "abcdefgh"]
    assert [page[0] for page in kinds(several)[:3]] == ["title"] * 3
    assert kinds([[title, BODY]] * 6) == [["header", "text"]] * 6


def test_the_words_of_furniture_are_counted_as_such() -> None:
    pages = [
        DocumentPage(number, 1000, 1400, (row("Harbour dues"), BODY), ledger=Ledger(9, 9)) for number in range(1, 4)
    ]
    assert [page.ledger for page in joined_pages(pages)] == [Ledger(9, 7, 2)] * 3


def test_what_a_reader_calls_a_header_is_one_only_with_the_pages_around() -> None:
    head = Block("header", (100, 40, 400, 60), "A first line")
    assert kinds([[head, BODY]]) == [["text", "text"]]
    assert kinds([[head, BODY]] * 2) == [["header", "text"]] * 2
    slide = DocumentPage(1, 0, 0, (Block("header", None, "Said by the file"), BODY), source="file")
    assert [block.kind for block in next(joined_pages([slide])).blocks] == ["header", "text"]


def test_a_hundred_pages_of_one_line_are_a_hundred_lines(tmp_path: Path) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(60, 60, f"Line {at} of the file")] for at in range(1, 101)])
    document = convert(path, source="text-layer")
    assert [page.blocks[0].text for page in document.pages] == [f"Line {at} of the file" for at in range(1, 101)]
    assert document.markdown.count("of the file") == 100


def test_the_first_line_of_a_letter_near_the_top_is_in_its_markdown(tmp_path: Path) -> None:
    lines = [Text(60, 40, "Dear Sir or Madam,"), *(Text(60, 90 + 14 * at, f"line {at} of it.") for at in range(6))]
    assert "Dear Sir or Madam," in convert(write_pdf(tmp_path / "a.pdf", [lines]), source="text-layer").markdown


def test_tickets_are_whole_and_apart(tmp_path: Path) -> None:
    pages = [
        [Text(60, 50, "City Museum"), Text(60, 80, f"Ticket {at}"), Text(60, 110, f"Row {at % 7} seat {at % 5}")]
        for at in range(1000, 1010)
    ]
    document = convert(write_pdf(tmp_path / "a.pdf", pages), source="text-layer")
    said = [[block.text for block in page.blocks if block.kind == "text"] for page in document.pages]
    assert said == [[f"Ticket {at}", f"Row {at % 7} seat {at % 5}"] for at in range(1000, 1010)]
    assert not any(block.continues for page in document.pages for block in page.blocks)


def test_a_note_is_no_foot_though_its_number_is_that_of_its_page() -> None:
    names = ("the harbour", "a ferry", "its crew", "one island")
    notes = [row(str(number), f"What is said of {name}.", top=1300) for number, name in enumerate(names, 1)]
    found = kinds([[BODY, replace(note, kind="page_footnote")] for note in notes])
    assert found == [["text", "page_footnote"]] * 4


def test_a_head_with_its_page_in_it_repeats_a_heading_and_is_no_larger_than_the_text() -> None:
    title, body = Block("sub_title", (100, 200, 900, 240), ""), replace(BODY, setting=Setting(20.0))
    heads = [replace(row(f"2.{at} Of ships {at + 40}"), kind="title", setting=Setting(20.0)) for at in range(6)]
    pages = [[head, replace(title, text=f"2.{at} Of ships"), body] for at, head in enumerate(heads)]
    assert [page[0] for page in kinds(pages)] == ["header"] * 6
    large = [[replace(head, setting=Setting(30.0)), *others] for head, *others in pages]
    assert [page[0] for page in kinds(large)] == ["title"] * 6
    claims = [[claimed(f"9.{at} Notes"), replace(title, text=f"9.{at} Notes"), BODY] for at in (4, 6)]
    assert kinds(claims) == [["header", "sub_title", "text"]] * 2


def test_a_line_that_counts_is_furniture_where_a_part_of_it_looks_so_on_a_page_near() -> None:
    parts = [claimed("Part 2"), replace(row("The main classes 30"), box=(520, 40, 900, 58))]
    wholes = [[row(f"Part 2 The main classes {at}"), BODY] for at in (31, 32)]
    assert kinds([[*parts, BODY], *wholes])[:2] == [["header", "header", "text"], ["header", "text"]]
    assert kinds(wholes) == [["text", "text"]] * 2
