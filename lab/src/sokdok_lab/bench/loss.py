"""`sokdok bench loss`: convert documents whose words are known, and count what of them is lost in silence.

Beside NAME.pdf lies NAME.json: `kind` of the document, `seen` and `hidden`, pairs of what a text is part of and what it
says. A PDF alone must give the words of its text layer. As words count four letters and more, two syllables of Hangul
and more, three digits and more, wherever they stand in the document's Markdown or its headers and footers.
"""

from __future__ import annotations

import json as jsons
import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from html import unescape
from pathlib import Path
from statistics import fmean
from typing import Annotated

import typer
from pypdfium2 import PdfDocument

from sokdok import reading
from sokdok.cli.ui.console import note, progress
from sokdok.documents.blocks import FURNITURE
from sokdok.documents.document import Grade, grade
from sokdok.documents.result import Document, convert_file
from sokdok.errors import InputError
from sokdok.reading import Reader
from sokdok_lab.bench.output import Json, Model, Row, reported, rows_table

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
    shown: tuple[tuple[str, str], ...]  # words that nobody can see and that are in the document all the same

    @property
    def silent(self) -> bool:
        """Whether words were lost and the document says that all is well."""
        return self.status == "SUCCESS" and self.recall < LEAST


def loss(
    documents: Annotated[
        Path,
        typer.Option(
            metavar="DIR", help="Folder of PDFs. Each must give its text layer's words, or those of a JSON beside it."
        ),
    ],
    model: Model = "nano",
    json: Json = None,
) -> None:
    """Documents whose words are known: how many lose text, and how many in silence.

    Ends with code 1 if a document is SUCCESS and lacks more than a tenth of its words, or has what nobody can see.
    """
    paths, results = sorted(documents.glob("*.pdf")), list[DocumentResult]()
    if not paths:
        raise InputError(f"there is no PDF in {documents}")
    with reported(json, lambda rows, console: console.print(rows_table(rows))) as rows:
        with progress("converting", total=len(paths)) as advance:
            for result in run_documents(paths, reading.load(model)):
                results.append(result)
                advance(1)
                if result.silent or result.shown:
                    hidden = result.shown or "none"
                    note(f"{result.name}: recall {result.recall:.3f}, {result.status}, hidden: {hidden}")
        rows += document_rows(results)
    if any(result.silent or result.shown for result in results):
        raise typer.Exit(1)


def run_documents(paths: Iterable[Path], reader: Reader) -> Iterator[DocumentResult]:
    """Convert PDFs one by one."""
    for path in paths:
        beside = path.with_suffix(".json")
        truth: Row = jsons.loads(beside.read_text(encoding="utf-8")) if beside.is_file() else _layer(path)
        document = convert_file(path, reader=reader)
        yield judge_document(path.stem, truth["kind"], truth["seen"], truth["hidden"], document)


def judge_document(
    name: str, kind: str, seen: Iterable[tuple[str, str]], hidden: Iterable[tuple[str, str]], document: Document
) -> DocumentResult:
    """Hold a document against the texts that can and that can't be seen."""
    furniture = (block.text for page in document.pages for block in page.blocks if block.kind in FURNITURE)
    markdown = unescape(re.sub(r"</?\w[^<>]*>", "", document.markdown))
    said = _flat(" ".join([markdown, *furniture]))
    left, lost, total = Counter[str](), [], 0
    for part, text in seen:
        for word in map(_flat, _WORDS.findall(unicodedata.normalize("NFKC", text))):
            if word not in left:
                left[word] = said.count(word)
            left[word] -= 1
            total += 1
            if left[word] < 0:
                lost.append((part, word))
    shown = tuple((part, text) for part, text in hidden if _flat(text) in said)
    confidence = document.confidence
    recall = 1 - len(lost) / max(1, total)
    return DocumentResult(
        name, kind, recall, document.status, None if confidence is None else grade(confidence), tuple(lost), shown
    )


def document_rows(results: Iterable[DocumentResult]) -> list[Row]:
    """Sum results up by kind."""
    groups: dict[str, list[DocumentResult]] = {}
    for result in results:
        groups.setdefault(result.kind, []).append(result)
    rows: list[Row] = []
    for kind, group in groups.items():
        excellent = [result for result in group if result.grade == "excellent"]
        rows.append(
            {
                "kind": kind,
                "documents": len(group),
                "recall": fmean(result.recall for result in group),
                "whole": fmean(result.recall >= WHOLE for result in group),  # share whose recall is WHOLE at least
                "not_success": sum(result.status != "SUCCESS" for result in group),
                "silent": sum(result.silent for result in group),
                "shown": sum(bool(result.shown) for result in group),  # that have what nobody can see
                "excellent": len(excellent),
                "excellent_whole": sum(result.recall >= WHOLE for result in excellent),
            }
        )
    return rows


def _flat(text: str) -> str:
    return re.sub(r"[\W_]", "", unicodedata.normalize("NFKC", text.casefold()))


def _layer(path: Path) -> Row:
    """What a PDF without a truth must give: the words of its text layer, line ends within them mended."""
    document = PdfDocument(path)
    texts = [page.get_textpage().get_text_bounded() for page in document]
    document.close()
    joined = re.sub(r"[-\u00ad\u2010\ufffe]\r?\n", "", "\n".join(texts))
    return {"kind": "layer", "seen": [("layer", joined)], "hidden": []}
