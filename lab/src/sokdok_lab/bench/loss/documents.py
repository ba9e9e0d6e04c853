"""Convert documents whose words are known, and count what of them is lost in silence.

Beside NAME.pdf lies NAME.json: `kind` of the document, `seen` and `hidden`, pairs of what a text is part of and what it
says. A PDF alone must give the words of its text layer. As words count four letters and more, two syllables of Hangul
and more, three digits and more, wherever they stand in the document's Markdown or its headers and footers.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import fmean
from typing import TYPE_CHECKING, Any

from sokdok.documents.blocks import FURNITURE
from sokdok.documents.document import Grade, grade
from sokdok.documents.result import Document, convert_file
from sokdok.reading import Reader

if TYPE_CHECKING:
    from rich.console import Console

LEAST, WHOLE = 0.9, 0.97  # recall below which words are lost, and from which on a document is whole
_WORDS = re.compile(r"[가-힣]{2,}|[^\W\d_]{4,}|\d{3,}")


@dataclass(frozen=True)
class DocumentResult:
    """A document that was converted."""

    name: str
    kind: str
    recall: float  # share of the words that can be seen which are in the document
    status: str
    grade: Grade | None
    lost: tuple[tuple[str, str], ...]  # words that are missing, and what they were part of
    told: tuple[tuple[str, str], ...]  # words that nobody can see and that are in the document all the same

    @property
    def silent(self) -> bool:
        """Whether words were lost and the document says that all is well."""
        return self.status == "SUCCESS" and self.recall < LEAST


@dataclass(frozen=True)
class DocumentRow:
    """The documents of one kind."""

    kind: str
    documents: int
    recall: float  # mean
    whole: float  # share of the documents whose recall is WHOLE at least
    not_success: int
    silent: int
    told: int  # documents that tell what nobody can see
    excellent: int  # documents of that grade
    excellent_whole: int  # of these, documents whose recall is WHOLE at least


def run_documents(paths: Iterable[Path], reader: Reader) -> Iterator[DocumentResult]:
    """Convert PDFs one by one."""
    for path in paths:
        beside = path.with_suffix(".json")
        truth: dict[str, Any] = json.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else _layer(path)
        yield judge_document(
            path.stem, truth["kind"], truth["seen"], truth["hidden"], convert_file(path, reader=reader)
        )


def judge_document(
    name: str, kind: str, seen: Iterable[tuple[str, str]], hidden: Iterable[tuple[str, str]], document: Document
) -> DocumentResult:
    """Hold a document against the texts that can and that can't be seen."""
    said, left, lost, total = _said(document), Counter[str](), [], 0
    for part, text in seen:
        for word in map(_flat, _WORDS.findall(unicodedata.normalize("NFKC", text))):
            if word not in left:
                left[word] = said.count(word)
            left[word] -= 1
            total += 1
            if left[word] < 0:
                lost.append((part, word))
    told = tuple((part, text) for part, text in hidden if _flat(text) in said)
    sure = document.confidence
    recall = 1 - len(lost) / max(1, total)
    return DocumentResult(name, kind, recall, document.status, None if sure is None else grade(sure), tuple(lost), told)


def document_rows(results: Iterable[DocumentResult]) -> list[DocumentRow]:
    """Sum results up by kind."""
    groups: dict[str, list[DocumentResult]] = {}
    for result in results:
        groups.setdefault(result.kind, []).append(result)
    return [
        DocumentRow(
            kind,
            len(group),
            fmean(result.recall for result in group),
            fmean(result.recall >= WHOLE for result in group),
            sum(result.status != "SUCCESS" for result in group),
            sum(result.silent for result in group),
            sum(bool(result.told) for result in group),
            sum(result.grade == "excellent" for result in group),
            sum(result.grade == "excellent" and result.recall >= WHOLE for result in group),
        )
        for kind, group in groups.items()
    ]


def print_documents(rows: Sequence[DocumentRow], console: Console) -> None:
    """Print a table."""
    from rich.table import Table

    heads = (
        "documents",
        "recall",
        f"from {WHOLE}",
        "no SUCCESS",
        "silent",
        "hidden told",
        "excellent",
        f"from {WHOLE}",
    )
    table = Table("kind", *heads, box=None)
    for row in rows:
        counts = (row.not_success, row.silent, row.told, row.excellent, row.excellent_whole)
        table.add_row(row.kind, str(row.documents), f"{row.recall:.4f}", f"{row.whole:.3f}", *map(str, counts))
    console.print(table)


def _flat(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text.casefold()))


def _said(document: Document) -> str:
    """All letters and digits that a document gives."""
    furniture = (block.text for page in document.pages for block in page.blocks if block.kind in FURNITURE)
    markdown = unescape(re.sub(r"</?\w[^<>]*>", "", document.markdown))
    return _flat(" ".join([markdown, *furniture]))


def _layer(path: Path) -> dict[str, Any]:
    """What a PDF without a truth must give: the words of its text layer, line ends within them mended."""
    from pypdfium2 import PdfDocument

    document = PdfDocument(path)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    joined = re.sub(r"[-\u00ad\u2010\ufffe]\r?\n", "", "\n".join(texts))
    return {"kind": "layer", "seen": [("layer", joined)], "hidden": []}
