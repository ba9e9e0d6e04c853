"""Words that a document lacks are counted, as often as they stand there, and so is what nobody sees."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.pdf import Text, write_pdf
from sokdok.documents.blocks import Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok_lab.bench.loss import document_rows, judge_document

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
    assert (result.recall, result.lost, result.shown, result.silent) == (1, (), (), False)


@pytest.mark.parametrize(("status", "silent"), [("SUCCESS", True), ("PARTIAL", False)])
def test_a_word_counts_as_often_as_it_is_seen(status: str, silent: bool) -> None:
    said = document(Block("text", None, "Annual report. Every word, secretword. 글자마다"), status=status)
    result = judge_document("a", "k", SEEN, [("white", "secret word")], said)
    assert result.lost == (("text", "counts"), ("text", "every"), ("text", "2026"), ("text", "센다"))
    assert result.recall == pytest.approx(5 / 9) and result.silent is silent
    assert result.shown == (("white", "secret word"),)
    (row,) = document_rows([result])
    counts = (row["documents"], row["whole"], row["silent"], row["shown"], row["not_success"])
    assert counts == (1, 0, silent, 1, not silent)


def test_documents_of_a_folder(tmp_path: Path, bench: Callable[..., tuple[str, str]]) -> None:
    lines = [Text(60, 100, "Nothing is lost of what was writ-"), Text(60, 115, "ten here in 2026.")]
    write_pdf(tmp_path / "good.pdf", [lines])
    write_pdf(tmp_path / "bad.pdf", [[Text(60, 100, "Half of it is here.")]])
    truth = {"kind": "made", "seen": [["text", "Half of it is elsewhere, nobody knows."]], "hidden": []}
    (tmp_path / "bad.json").write_text(json.dumps(truth), encoding="utf-8")
    stdout, stderr = bench("loss", "--documents", tmp_path, "--json", "-", code=1)
    assert "bad: recall 0.250, SUCCESS" in stderr
    rows = {row["kind"]: row for row in json.loads(stdout)}
    assert (rows["made"]["silent"], rows["layer"]["silent"], rows["layer"]["recall"]) == (1, 0, 1)


def test_a_folder_without_documents_is_named(tmp_path: Path, bench: Callable[..., tuple[str, str]]) -> None:
    _, stderr = bench("loss", "--documents", tmp_path, code=2)
    assert f"there is no PDF in {tmp_path}" in " ".join(stderr.split())
