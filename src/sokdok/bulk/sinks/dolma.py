"""Dolma: documents as JSON lines, and in the same files and order what each tagger says of them.

    data/dolma/documents/000000.jsonl.gz              {id, text, source, added, created, metadata, attributes}
    data/dolma/attributes/<tagger>/000000.jsonl.gz    {id, source, attributes: {name: [[start, end, score], …]}}

Rows have the same fields of the same types, so that they make a table; there is no time of writing in them, so that
equal inputs make equal bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from sokdok.bulk.quality.rules import tagger_of
from sokdok.bulk.quality.text import DocumentText
from sokdok.bulk.sinks import Kept, Output, Shard, Written, notes
from sokdok.bulk.store import Store

_LEVEL = 6
_MADE = ("date", "created", "published", "year")  # fields that may say when a document was made; the first one does
_FETCHED = ("added", "fetched", "crawled", "date_crawled", "accessed")  # the same of when it was fetched


class Dolma(Shard):
    """JSON lines of documents and of their attributes."""

    files = "documents/{}*.jsonl.gz"
    about = "a document in Dolma's layout; `attributes/TAGGER/` has a row for each with what that tagger says of it"

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        super().__init__(store, number, folder, output)
        self._encoder = msgspec.json.Encoder()
        self._stack = ExitStack()
        # Attributes first: where a document's row is, those of its tags are.
        names = [*(f"attributes/{tagger}" for tagger in output.taggers), "documents"]
        self._paths = {name: folder / f"{at}.jsonl.gz" for at, name in enumerate(names)}
        self._files = {name: self._opened(path) for name, path in self._paths.items()}

    def add(self, kept: Kept) -> None:
        self._write("documents", row_of(kept))
        for tagger in self.output.taggers:
            own = {name: spans for name, spans in sorted(kept.attributes.items()) if tagger_of(name) == tagger}
            row = {"id": kept.document.id, "source": _source_of(kept.document), "attributes": own}
            self._write(f"attributes/{tagger}", row)
        self.rows += 1

    def close(self) -> list[Written]:
        self._stack.close()
        if not self.rows:
            return []
        names = {name: f"dolma/{name}/{self.number}.jsonl.gz" for name in self._paths}
        return [self.put(names[name], path, self.rows) for name, path in self._paths.items()]

    def _opened(self, path: Path) -> BinaryIO:
        raw = self._stack.enter_context(path.open("wb"))
        packed = gzip.GzipFile("", "wb", _LEVEL, raw, mtime=0)  # neither name nor time: equal inputs, equal bytes
        return self._stack.enter_context(packed)  # type: ignore[return-value]

    def _write(self, name: str, row: dict[str, Any]) -> None:
        self._files[name].write(self._encoder.encode(row) + b"\n")


def row_of(kept: Kept) -> dict[str, Any]:
    """A document as Dolma has it."""
    document = kept.document
    spans = [
        [start, end, page.number] for (start, end), page in zip(document.page_spans(), document.pages, strict=True)
    ]
    return {
        "id": document.id,
        "text": document.text,
        "source": _source_of(document),
        "added": _first(document, _FETCHED),
        "created": _first(document, _MADE),
        "metadata": {
            "path": document.path,
            "sha256": document.sha256,
            "url": document.meta.get("url", ""),
            "license": document.meta.get("license", ""),
            "language": kept.language,
            "pages": len(document.pages),
            "failed_pages": len(document.failed),
            "tokens": document.tokens,
            "vision_tokens": sum(page.vision_tokens for page in document.pages),
            "meta": notes(document.meta),
        },
        "attributes": {"pdf_page_numbers": spans},
    }


def _first(document: DocumentText, names: Sequence[str]) -> str:
    """The first of some fields that says anything."""
    return next((document.meta[name] for name in names if document.meta.get(name)), "")


def _source_of(document: DocumentText) -> str:
    """What the document is of: as its source says, or the folder, archive or file that was named."""
    return document.meta.get("source") or document.path.partition("/")[0]
