"""Text that is no Markdown is read by readers of Markdown as what it is, with as few escapes as that takes."""

from __future__ import annotations

import re

import commonmark
import mistune
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt

from fakes.html import Seen
from sokdok.documents.document import Block
from sokdok.documents.write.html import block_html
from sokdok.documents.write.markdown import block_markdown

SIGNS = list("ab 1.)-*_`#>|[]()!<&$~=+:\\\n\t/;")
SIGNS += ["1. ", "- ", "```", "---", "[x]", "](", "**", "<!--", "<b>", "&lt;"]
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
    written = block_markdown(plain(text))
    tokens = GITHUB.parse(written)
    assert [token.type for token in tokens] == ["paragraph_open", "inline", "paragraph_close"]
    children = tokens[1].children or []
    assert {child.type for child in children} <= {"text", "softbreak"}
    assert bare("".join(child.content or "\n" for child in children)) == text
    for render in (commonmark.commonmark, MISTUNE):
        seen = Seen(str(render(written)))
        assert (seen.tags, bare(seen.words.strip())) == ({"p"}, text)


@given(text=TEXTS.map(lambda text: " ".join(text.split())).filter(bool), kind=st.sampled_from(["title", "list"]))
@settings(deadline=None, max_examples=200)
def test_headings_and_items_are_read_as_what_they_are(text: str, kind: str) -> None:
    block = plain(f"- {text}" if kind == "list" else text, kind)
    if kind == "title" and re.match(r"#+\s|#+$", text):
        return  # as some readers write a level
    seen = Seen(GITHUB.render(block_markdown(block)))
    assert seen.tags - {"p"} == ({"ul", "li"} if kind == "list" else {"h1"})
    assert " ".join(seen.words.split()) == text


@pytest.mark.parametrize(
    "text",
    [
        "It costs $5, or 3 * 4 = 12; see [27] and snake_case_names (C# too).",
        "A lone * star, a lone ` tick, 50 % & more, a < b > c, AT&T; 2024. 3. 1.",
        "[words](https://example.org/a_b) and 10<sup>−5</sup>",
    ],
)
def test_what_means_nothing_is_not_escaped(text: str) -> None:
    assert block_markdown(plain(text)) == text


@pytest.mark.parametrize(
    ("kind", "text", "written"),
    [
        ("text", "## More generally", "\\## More generally"),
        ("text", "1. not a list", "1\\. not a list"),
        ("text", "> z <- 0:9", "\\> z <- 0:9"),
        ("text", "[x]: is defined", "\\[x]: is defined"),
        ("text", "the <b>bold</b> tag", "the &lt;b>bold&lt;/b> tag"),
        ("text", "from $5 to $6", "from \\$5 to \\$6"),
        ("text", "the file __init__.py", "the file \\_\\_init\\_\\_.py"),
        ("sub_title", "1. Introduction", "## 1. Introduction"),
        ("list", "1. one\n   - # two", "1. one\n   - \\# two"),
        ("list", "- [x] done", "- [x] done"),
    ],
)
def test_what_means_something_is_escaped(kind: str, text: str, written: str) -> None:
    assert block_markdown(plain(text, kind)) == written


def test_in_html_it_is_no_markdown_either() -> None:
    shown = block_html(plain("**a** `b` $c$ <b>d</b> 10<sup>6</sup> [e](https://f.g)"))
    link = '<a href="https://f.g" rel="noreferrer">e</a>'
    assert shown == f"<p>**a** `b` $c$ &lt;b&gt;d&lt;/b&gt; 10<sup>6</sup> {link}</p>"
