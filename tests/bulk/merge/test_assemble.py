"""A document as one text: as `sokdok convert` joins it, without what is no text."""

from __future__ import annotations

from dataclasses import replace

from fakes.bulk.runs import page
from sokdok.bulk.merge.assemble import assemble, markdown_of
from sokdok.bulk.unit import Unit
from sokdok.documents.document import Block, DocumentPage, Setting

UNIT = Unit(
    id="0" * 32, document="a" * 32, path="set/a.pdf", place="a.pdf", source=0, sha256="a" * 64, size=1, first=1, last=4,
    pages=4, meta={"url": "https://x.org"},
)  # fmt: skip


def test_pages_end_where_their_text_ends() -> None:
    document = assemble(UNIT, [page(1, "첫째 쪽."), page(2, None), page(3, ""), page(4, "The last page.")])
    assert document.text == "첫째 쪽.\n\nThe last page." and document.page_ends == (5, 5, 5, len(document.text))
    assert [document.text[start:end] for start, end in document.page_spans()] == [
        "첫째 쪽.",
        "",
        "",
        "\n\nThe last page.",
    ]
    assert document.truncated and [one.status for one in document.pages] == ["SUCCESS", "FAILURE", "SUCCESS", "SUCCESS"]
    assert document.pages[1].error == "it can't be drawn" and document.pages[0].route == "text-layer"
    assert document.pages[3].text_tokens == 4 and document.meta == {"url": "https://x.org"}
    assert (document.id, document.path, document.sha256) == ("a" * 32, "set/a.pdf", "a" * 64)


def test_what_goes_on_over_a_page_is_joined_and_running_heads_stand_beside() -> None:
    setting = Setting(em=10, first_word=40, room=5)
    body = [Block("text", (50, 400, 500, 700), "A sentence that goes on to the", setting=setting),
            Block("text", (50, 100, 500, 120), "next page and ends there.", setting=setting),
            Block("text", (50, 100, 500, 120), "Another.")]  # fmt: skip
    pages = []
    for number in (1, 2, 3):
        head = Block("header", (50, 20, 300, 35), "Annual report")
        foot = Block("page_number", (280, 810, 300, 825), str(number))
        blocks = (head, body[number - 1], foot)
        pages.append(replace(page(number, ""), blocks=blocks))
    document = assemble(UNIT, pages)
    assert document.text == "A sentence that goes on to the next page and ends there.\n\nAnother."
    assert document.page_ends == (56, 56, 66)
    assert [(one.top, one.bottom) for one in document.pages] == [("Annual report", number) for number in "123"]


def test_pictures_leave_their_words_and_nothing_else() -> None:
    blocks = (
        Block("figure", (0, 0, 9, 9), ""),
        Block("chart", (0, 0, 9, 9), "Sales by year", html="<table><tr><td>2024</td><td>5</td></tr></table>"),
        Block("unread", (0, 0, 9, 9), "[formula not read]", figure="images/page-0001-1.png"),
        Block("title", (0, 0, 9, 9), "Results"),
    )
    text = markdown_of(replace(page(1, ""), blocks=blocks))
    table = "<table><tr><td>2024</td><td>5</td></tr></table>"
    assert text == f"Sales by year\n\n{table}\n\n[formula not read]\n\n# Results"


def test_hostile_text_is_harmless() -> None:
    text = markdown_of(page(1, "\x1b]0;x\x07<script>alert(1)</script> \ud800 [x](javascript:alert(1))"))
    text.encode()
    assert "\x1b" not in text and "<script" not in text and "](javascript" not in text


def test_an_empty_document_is_an_empty_text() -> None:
    document = assemble(UNIT, [DocumentPage(1, 10, 10)])
    assert document.text == "" and document.page_ends == (0,)
