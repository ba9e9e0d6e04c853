"""Links of a page are links of the document: their words, their targets, no others' schemes."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, layer_of, write_pdf
from sokdok.documents.document import Block
from sokdok.documents.notation import without_links
from sokdok.documents.textblocks import text_blocks
from sokdok.documents.write.html import block_html
from sokdok.documents.write.markdown import block_markdown, block_text


def blocks(tmp_path: Path, target: bytes) -> tuple[Block, ...]:
    page = [Text(60, 110, "Read the manual, then begin with your work on it, which will take all day long,"),
            Text(60, 124, "or longer.")]  # fmt: skip
    link = b"/Type /Annot /Subtype /Link /Rect [84 728 144 743] /A << /S /URI /URI (%s) >>" % target
    return text_blocks(layer_of(write_pdf(tmp_path / "a.pdf", [page], annotations=[link])), 595, 842)


def test_words_of_a_link_lead_to_its_target(tmp_path: Path) -> None:
    (block,) = blocks(tmp_path, b"https://example.org/a?b=1&c=2")
    assert block.text.startswith("Read [the manual](https://example.org/a?b=1&c=2), then begin")
    assert block_markdown(block).startswith("Read [the manual](https://example.org/a?b=1&c=2), then begin")
    assert '<a href="https://example.org/a?b=1&amp;c=2" rel="noreferrer">the manual</a>, then' in block_html(block)
    assert block_text(block).startswith("Read the manual, then begin")


@pytest.mark.parametrize("target", [b"javascript:alert\\(1\\)", b"file:///etc/passwd", b"data:text/html,x", b"a.html"])
def test_other_schemes_are_no_links(tmp_path: Path, target: bytes) -> None:
    (block,) = blocks(tmp_path, target)
    assert block.text.startswith("Read the manual, then begin")


def test_a_target_cannot_end_its_link(tmp_path: Path) -> None:
    (block,) = blocks(tmp_path, b"https://example.org/\\)<b onclick=x> \\(y")
    assert "<" not in block.text and block_html(block).count("<a ") == 1 and "<b" not in block_html(block)


def test_texts_without_links_are_as_they_were() -> None:
    assert without_links("a [b] (c) [d](e.html)") == "a [b] (c) [d](e.html)"
