"""Pages as Markdown: every kind of block, what failed, and nothing that a reader of Markdown would run."""

import re

import commonmark
import mistune
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fakes.documents import documents
from fakes.html import Seen, harmless
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.markdown import block_markdown, blocks_markdown
from sokdok.documents.result import Document
from sokdok.documents.write.html import block_html
from sokdok.office.flow import literal


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
    assert block_markdown(chart).startswith("![chart](images/%EA%B7%B8%EB%A6%BC%20%281%29.png)\n\n<table>")


MARKED = {"header": "Kopf", "text": "a\nb", "page_number": "2", "page_footnote": "1) note"}
PAGE = DocumentPage(2, 9, 9, tuple(Block(kind, None, text) for kind, text in MARKED.items()))


def test_lines_do_not_make_a_link_together() -> None:
    texts = ("[a](", "javascript:x)", "[b", "](data:x)", "[c]:", "javascript:x")
    harmless(DocumentPage(1, 9, 9, tuple(Block("line", None, text) for text in texts)).markdown)


def test_headers_footers_and_page_numbers_are_kept_if_asked_for() -> None:
    assert PAGE.markdown == "a\nb\n\n1) note"
    assert blocks_markdown(PAGE.blocks, keep_furniture=True) == "Kopf\n\na\nb\n\n2\n\n1) note"
    assert PAGE.text == "Kopf\n\na\nb\n\n2\n\n1) note"


def test_every_page_is_there_the_failed_ones_with_their_errors() -> None:
    lost = DocumentPage(3, 0, 0, status="FAILURE", error="no <image>\nhere")
    document = Document("a", "a.pdf", (PAGE, lost), ("the file is cut off",))
    assert document.markdown == (
        "<!-- page 2 -->\n\na\nb\n\n1) note\n\n"
        "<!-- page 3 -->\n\n> page 3: no &lt;image> here\n\n> the file is cut off\n\n"
    )


@given(document=documents)
@settings(deadline=None, max_examples=25)
def test_no_document_has_anything_that_runs_or_leads_away(document: Document) -> None:
    bare = (line for line in document.markdown.split("\n") if not line.startswith("<!-- "))
    harmless("\n".join(bare).replace("![", "! ["))


SIGNS = list("ab 1.)-*_`#>|[]()!<&$~=+:\\\n\t/;")
SIGNS += ["1. ", "- ", "```", "---", "[x]", "](", "**", "<!--", "<b>", "&lt;", "\\(", "<sup>", "](http:"]
TEXTS = st.lists(st.sampled_from(SIGNS), min_size=1, max_size=14).map("".join)
GITHUB = MarkdownIt("commonmark").enable(["table", "strikethrough"])
MISTUNE = mistune.create_markdown(escape=False, plugins=["table", "strikethrough", "task_lists"])


def plain(text: str, kind: str = "text") -> Block:
    return Block(kind, None, text, plain=True)


def bare(text: str) -> str:
    return "\n".join(line.strip(" \t") for line in text.split("\n"))


@given(text=TEXTS.map(bare).filter(lambda text: text and "" not in text.split("\n")))
@settings(deadline=None, max_examples=400)
def test_a_paragraph_is_read_as_one_with_its_text(text: str) -> None:
    written = block_markdown(plain(literal(text)))
    tokens = GITHUB.parse(written)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "softbreak"}
    assert bare("".join(child.content or "\n" for child in children)) == text
    for render in (commonmark.commonmark, MISTUNE):
        seen = Seen(str(render(written)))
        assert (seen.tags, bare(seen.words.strip())) == ({"p"}, text)


ONE_LINE = TEXTS.map(lambda text: " ".join(text.split())).filter(bool)


@given(label=ONE_LINE, value=ONE_LINE)
@example(label="[", value="](http:)")
@settings(deadline=None, max_examples=200)
def test_a_field_is_a_label_in_bold_and_what_is_filled_in(label: str, value: str) -> None:
    seen = Seen(GITHUB.render(block_markdown(plain(literal(f"{label}\n{value}"), "field"))))
    assert (seen.tags, " ".join(seen.words.split())) == ({"p", "strong"}, f"{label} {value}")


@given(text=ONE_LINE, kind=st.sampled_from(["title", "list"]))
@settings(deadline=None, max_examples=200)
def test_headings_and_items_are_read_as_what_they_are(text: str, kind: str) -> None:
    block = plain(literal(f"- {text}" if kind == "list" else text), kind)
    if kind == "title" and re.match(r"#+\s|#+$", text):
        return  # as some readers write a level
    seen = Seen(GITHUB.render(block_markdown(block)))
    assert seen.tags - {"p"} == ({"ul", "li"} if kind == "list" else {"h1"})
    assert " ".join(seen.words.split()) == text


def test_what_means_nothing_is_not_escaped(subtests: pytest.Subtests) -> None:
    for text in (
        "It costs $5, or 3 * 4 = 12; see [27] and snake_case_names (C# too).",
        "A lone * star, a lone ` tick, 50 % & more, a < b > c, AT&T; 2024. 3. 1.",
        "[words](https://example.org/a_b) and 10<sup>−5</sup>",
    ):
        with subtests.test(text=text):
            assert block_markdown(plain(text)) == text


def test_only_what_means_something_there_is_escaped_in_headings_and_items() -> None:
    assert block_markdown(plain("1. Introduction", "sub_title")) == "## 1. Introduction"
    assert block_markdown(plain("1. one\n   - # two", "list")) == "1. one\n   - \\# two"
    assert block_markdown(plain("- [x] done", "list")) == "- [x] done"


def test_in_html_it_is_no_markdown_either() -> None:
    shown = block_html(plain("**a** `b` $c$ <b>d</b> 10<sup>6</sup> [e](https://f.g)"))
    link = '<a href="https://f.g" rel="noreferrer">e</a>'
    assert shown == f"<p>**a** `b` $c$ &lt;b&gt;d&lt;/b&gt; 10<sup>6</sup> {link}</p>"
