"""Pages as Markdown: every kind of block, what failed, and nothing that a reader of Markdown would run."""

from __future__ import annotations

import io

import pytest
from hypothesis import given, settings

from fakes.documents import documents, reading
from fakes.html import harmless
from sokdok.documents.build import build_page
from sokdok.documents.document import Block, Document, DocumentPage
from sokdok.documents.write import to_markdown
from sokdok.documents.write.markdown import MarkdownWriter, block_markdown, page_markdown, plain_text


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("title", "연간\n보고서", "# 연간 보고서"),
        ("sub_title", "### 3.1 Loss", "### 3.1 Loss"),
        ("list", "• a\n  • b\n1) c\nrest", "- a\n  - b\n1) c\nrest"),
        ("list", "□ 개요\n ○ 목적\n③ 셋", "- □ 개요\n - ○ 목적\n- ③ 셋"),
        ("equation", "E = mc^2", "\\[ E = mc^2 \\]"),
        ("formula", "a <b", "\\[ a < b \\]"),
        ("formula", "\\[a\\] (3)", "\\[a\\] (3)"),
        ("text", "with \\(x_1\\) and $$y$$", "with $x_1$ and \\[y\\]"),
        ("text", "costs $5, \\(a", "costs $5, \\(a"),
        ("code", "#include <a.h>", "```\n#include <a.h>\n```"),
        ("code", "```c\na\n```", "```c\na\n```"),
        ("code", "a ``` b", "````\na ``` b\n````"),
        ("text", "```\nnot closed", "```\nnot closed\n```"),
        ("text", "<script>x</script>", "&lt;script>x&lt;/script>"),
        ("image_caption", "Fig. 1", "Fig. 1"),
        ("table", "a  b", "a  b"),  # neither HTML nor pipes
        ("unread", "[formula not read]", "<!-- image -->\n\n[formula not read]"),
        ("seal", "", ""),
    ],
)
def test_blocks(kind: str, text: str, expected: str) -> None:
    assert block_markdown(Block(kind, None, text)) == expected


def test_answers_with_layout_as_markdown() -> None:
    answer = (
        "<|det|>header [1, 2, 3, 4]<|/det|>Example AG<|det|>title [1, 2, 3, 4]<|/det|>two\nlines"
        "<|det|>sub_title [1, 2, 3, 4]<|/det|># its own mark<|det|>image [1, 2, 3, 4]<|/det|>a cat"
        "<|ref|>합계<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|><|ref|>Total<|/ref|><|det|>[[1, 2, 3, 4]]<|/det|>"
    )
    page = build_page(reading(answer), 9, 9, 1)
    assert page_markdown(page, keep_furniture=True).split("\n\n") == [
        "Example AG",
        "# two lines",
        "# its own mark",
        "<!-- image -->",
        "a cat",
        "<!-- /image -->",
        "합계\nTotal",
    ]
    assert plain_text(page).startswith("Example AG\n\ntwo\nlines\n\nits own mark\n\na cat")


def test_tables_are_html_that_markdown_leaves_alone() -> None:
    assert block_markdown(Block("table", None, "a", "<table><tr><td>a</td></tr></table>")).startswith("<table>")
    outside = Block("table", None, "", "[a](javascript:x) <table><tr><td>a</td></tr></table>")
    assert block_markdown(outside).startswith("<div>[a]")
    harmless(block_markdown(outside))


def test_pictures_are_links_to_their_files() -> None:
    assert block_markdown(Block("image", None, "")) == "<!-- image -->"
    assert block_markdown(Block("image", None, "a cat", figure="images/1.png")) == (
        "![image](images/1.png)\n\na cat\n\n<!-- /image -->"
    )
    chart = Block("chart", None, "", "<table><tr><td>1</td></tr></table>", "images/그림 (1).png")
    link, table = block_markdown(chart).split("\n\n")
    assert link == "![chart](images/%EA%B7%B8%EB%A6%BC%20%281%29.png)"
    assert table.startswith("<table>")


PAGE = DocumentPage(
    2,
    9,
    9,
    (
        Block("header", None, "Kopf"),
        Block("line", None, "a"),
        Block("line", None, "b"),
        Block("page_number", None, "2"),
        Block("page_footnote", None, "1) note"),
    ),
)


def test_lines_do_not_make_a_link_together() -> None:
    lines = tuple(
        Block("line", None, text) for text in ("[a](", "javascript:x)", "[b", "](data:x)", "[c]:", "javascript:x")
    )
    harmless(page_markdown(DocumentPage(1, 9, 9, lines)))


def test_headers_footers_and_page_numbers_are_kept_if_asked_for() -> None:
    assert page_markdown(PAGE) == "a\nb\n\n1) note"
    assert page_markdown(PAGE, keep_furniture=True) == "Kopf\n\na\nb\n\n2\n\n1) note"
    assert plain_text(PAGE) == "Kopf\n\na\nb\n\n2\n\n1) note"


def test_every_page_is_there_the_failed_ones_with_their_errors() -> None:
    lost = DocumentPage(3, 0, 0, status="FAILURE", error="no <image>\nhere")
    document = Document("a", "a.pdf", (PAGE, lost), ("the file is cut off",))
    assert to_markdown(document) == (
        "<!-- page 2 -->\n\na\nb\n\n1) note\n\n"
        "<!-- page 3 -->\n\n> page 3: no &lt;image> here\n\n> the file is cut off\n\n"
    )


def test_a_document_written_page_by_page_is_the_same() -> None:
    document = Document("a", "a.pdf", (PAGE, PAGE), ("error",))
    file = io.StringIO()
    writer = MarkdownWriter(file, Document("a", "a.pdf"))
    for page in document.pages:
        writer.add(page)
    writer.close(document.errors)
    assert file.getvalue() == to_markdown(document)


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_no_document_has_anything_that_runs_or_leads_away(document: Document) -> None:
    bare = (line for line in to_markdown(document).split("\n") if not line.startswith("<!-- "))
    harmless("\n".join(bare).replace("![", "! ["))
