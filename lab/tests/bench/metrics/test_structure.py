"""Measures of printed documents: a perfect reader has 1 in all, and each fault lowers the measures it is about."""

from __future__ import annotations

from typing import Any

import pytest

from sokdok.documents import blocks as documents
from sokdok.documents.document import DocumentPage
from sokdok.documents.result import Document
from sokdok_lab.bench.metrics.blocks import Block, document_blocks, parse_markdown, truth_blocks
from sokdok_lab.bench.metrics.structure import MEASURES, measure

HEAD = "An annual account of the harbour"
CELLS = [["Year", "Ships"], ["1899", "12 of the line"], ["1900", "15"]]
PARAGRAPH = "This paragraph is long enough to be counted, and it goes on on another page."


def cell(text: str, rows: int = 1, columns: int = 1) -> dict[str, Any]:
    return {"text": text, "rowspan": rows, "colspan": columns}


TRUTH: dict[str, Any] = {
    "blocks": [
        {"type": "heading", "level": 1, "text": "The harbour"},
        {"type": "paragraph", "text": PARAGRAPH, "pages": [1, 2]},
        {"type": "paragraph", "text": "A second one that is a little shorter."},
        {"type": "list_item", "level": 1, "ordered": False, "text": "ships that sail"},
        {"type": "list_item", "level": 2, "ordered": False, "text": "and those that do not"},
        {"type": "table", "cells": [[cell(text) for text in row] for row in CELLS], "split": True},
        {"type": "code", "text": "if ship:\n    sail(ship)"},
        {"type": "footnote", "text": "[1] A note that explains."},
    ],
    "furniture": [{"text": HEAD}, {"text": HEAD}],
    "invisible": ["Nobody can see this sentence in white."],
}
LOWER_IS_BETTER = {"word-error", "leak", "unseen"}
MARKDOWN = f"""# The harbour

{PARAGRAPH}

A second one that is a *little* shorter.

- ships that sail
  - and those that do not

<table><tr><th>Year</th><th>Ships</th></tr>
<tr><td>1899</td><td>12 of the line</td></tr><tr><td>1900</td><td>15</td></tr></table>

```
if ship:
    sail(ship)
```

[1] A note that explains.
"""


def test_a_perfect_reader_has_all(variant: str = "born-digital") -> None:
    values = measure(TRUTH, parse_markdown(MARKDOWN), variant)
    assert values == {name: float(name not in LOWER_IS_BETTER) for name in MEASURES}


@pytest.mark.parametrize(
    ("old", "new", "fallen"),
    [
        ("# The harbour", "#### The harbour", {"heading"}),
        ("# The harbour", "The harbour", {"heading"}),
        ("  - and", "- and", {"list-level"}),
        ("- ships that sail", "ships that sail", {"list", "list-level"}),
        ("it goes on", "it goes\n\non", {"paragraph", "crossing"}),
        ("A second one", "A second two", {"text", "word-error", "paragraph"}),
        ("12 of the line", "12 of theline", {"cell", "grid", "text", "word-error"}),
        ("<tr><td>1900", "</table>\n\n<table><tr><td>1900", {"cell", "grid", "merged"}),
        ("```\nif", "```\n  if", {"code"}),
        ("[1] A note that explains.", f"[1] A note that explains.\n\n{HEAD}\n", {"leak", "text"}),
        ("[1] A note that explains.", "", {"footnote", "text", "word-error"}),
        ("[1] A note", "Nobody can see this sentence in white.\n\n[1] A note", {"unseen", "text"}),
    ],
)  # fmt: skip
def test_each_fault_lowers_what_it_is_about(old: str, new: str, fallen: set[str]) -> None:
    assert old in MARKDOWN
    perfect = measure(TRUTH, parse_markdown(MARKDOWN), "born-digital")
    values = measure(TRUTH, parse_markdown(MARKDOWN.replace(old, new)), "born-digital")
    assert {name for name in values if values[name] != perfect[name]} == fallen


def test_a_file_that_failed_has_nothing() -> None:
    values = measure(TRUTH, None, "born-digital")
    assert values.pop("word-error") == 1 and set(values.values()) == {0.0} and "leak" not in values


def test_scans_have_no_word_errors() -> None:
    assert "word-error" not in measure(TRUTH, [], "scan")


def test_spans_are_laid_out() -> None:
    rows = [[cell("a", rows=2), cell("b", columns=2)], [cell("c"), cell("d")]]
    (block,) = truth_blocks({"blocks": [{"type": "table", "cells": rows}]})
    assert block.grid == [["a", "b", ""], ["", "c", "d"]]


def test_pipe_tables_are_tables() -> None:
    (block,) = parse_markdown("| Year | Ships |\n|---|:-:|\n| 1899 | a\\|b |\n")
    assert block.grid == [["Year", "Ships"], ["1899", "a|b"]]


def test_a_document_of_sokdok_is_as_good_as_its_markdown() -> None:
    blocks = [
        documents.Block("title", None, "The harbour"),
        documents.Block("text", None, PARAGRAPH),
        documents.Block("text", None, "A second one that is a little shorter."),
        documents.Block("list", None, "- ships that sail\n  - and those that do not"),
        documents.Block(
            "table", None, "", MARKDOWN[MARKDOWN.index("<table") : MARKDOWN.index("</table>")] + "</table>"
        ),
        documents.Block("code", None, "if ship:\n    sail(ship)"),
        documents.Block("page_footnote", None, "[1] A note that explains."),
        documents.Block("header", None, HEAD),
        documents.Block("image", None, "not read"),
    ]
    found = document_blocks(Document("a", "a", (DocumentPage(1, 9, 9, tuple(blocks)),)))
    assert [block.kind for block in found][-2:] == ["footnote", "furniture"]
    values = measure(TRUTH, found, "born-digital")
    assert values == {name: float(name not in LOWER_IS_BETTER) for name in MEASURES}


def test_blocks_are_paired_once() -> None:
    truth = {"blocks": [{"type": "heading", "level": 1, "text": "Twice"}] * 2}
    assert measure(truth, [Block("heading", "Twice")], "scan")["heading"] == pytest.approx(2 / 3)
