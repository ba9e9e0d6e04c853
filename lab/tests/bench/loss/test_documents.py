"""Words that a document lacks are counted, as often as they stand there, and so is what nobody sees."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from fakes.pdf import Text, write_pdf
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok.reading import load
from sokdok_lab.bench.loss.documents import document_rows, judge_document, run_documents

SEEN = [("title", "Annual report"), ("text", "Every word counts, every one: 2026."), ("text", "글자마다 센다.")]


def document(*blocks: Block, status: Any = "SUCCESS") -> Document:
    page = DocumentPage(1, 100, 100, blocks, status, error="" if status == "SUCCESS" else "words are missing")
    return Document("a", "a.pdf", (page,))


def test_all_words_may_stand_anywhere() -> None:
    table = "<table><tr><td>Every wo</td></tr><tr><td>rd counts &amp; every</td></tr></table>"
    blocks = (
        Block("header", None, "ANNUAL REPORT"),
        Block("table", None, "", table),
        Block("text", None, "2026 글자마다 센다"),
    )
    result = judge_document("a", "k", SEEN, [("white", "secret word")], document(*blocks))
    assert (result.recall, result.lost, result.told, result.silent) == (1, (), (), False)


@pytest.mark.parametrize(("status", "silent"), [("SUCCESS", True), ("PARTIAL", False)])
def test_a_word_counts_as_often_as_it_is_seen(status: str, silent: bool) -> None:
    said = document(Block("text", None, "Annual report. Every word, secretword. 글자마다"), status=status)
    result = judge_document("a", "k", SEEN, [("white", "secret word")], said)
    assert result.lost == (("text", "counts"), ("text", "every"), ("text", "2026"), ("text", "센다"))
    assert result.recall == pytest.approx(5 / 9) and result.silent is silent
    assert result.told == (("white", "secret word"),)
    (row,) = document_rows([result])
    assert (row.documents, row.whole, row.silent, row.told, row.not_success) == (1, 0, silent, 1, not silent)


def test_a_pdf_alone_must_give_the_words_of_its_layer(tmp_path: Path) -> None:
    lines = [Text(60, 100, "Nothing is lost of what was writ-"), Text(60, 115, "ten here in 2026.")]
    (result,) = run_documents([write_pdf(tmp_path / "a.pdf", [lines])], load("nano"))
    assert (result.kind, result.recall, result.status) == ("layer", 1, "SUCCESS")
