"""Dolma: documents as JSON lines, and beside them, in the same files and order, what each tagger says of them.

    data/dolma/documents/000000.jsonl.gz              {id, text, source, created, metadata, attributes}
    data/dolma/attributes/<tagger>/000000.jsonl.gz    {id, source, attributes: {name: [[start, end, score], …]}}

Rows have the same fields of the same types, so that they make a table; there is no time of writing in them, so that
equal inputs make equal bytes.
"""

from __future__ import annotations

import gzip
from collections.abc import Mapping, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from sokdok.bulk.quality.tags import Attributes
from sokdok.bulk.sinks.sink import FOLDER, Kept, Written, notes, put
from sokdok.bulk.store import Store

SOURCE = "sokdok"
_LEVEL = 6
_DATES = ("date", "created", "published", "year")
"""fields of what a source says that tell when a document was made; the first that there is does"""
_CARD = """\
---
configs:
- config_name: default
  data_files: "documents/*.jsonl.gz"
---
# {rows:,} documents in Dolma's layout

Made by `sokdok bulk`. `documents/` has a JSON object a line: `id` (of the file's SHA-256), `text` (Markdown), `source`,
`created` (as the source dates it), `metadata`, and `attributes.pdf_page_numbers`: start, end and number of each page.
`attributes/TAGGER/` has the same files with the same rows in the same order: what each tagger says of a document.

```python
datasets.load_dataset("THIS FOLDER", split="train")
```
"""


class Dolma:
    """JSON lines of documents and of their attributes."""

    name = "dolma"

    def __init__(self, taggers: Sequence[str] = ()) -> None:
        self.taggers = tuple(taggers)

    def shard(self, store: Store, number: str, folder: Path) -> _Shard:
        """Begin a shard."""
        return _Shard(store, number, folder, self.taggers)

    def card(self, rows: int) -> str:
        """The README."""
        return _CARD.format(rows=rows)


class _Shard:
    def __init__(self, store: Store, number: str, folder: Path, taggers: tuple[str, ...]) -> None:
        self.left_out: Mapping[str, int] = {}
        self._store, self._taggers, self._rows = store, taggers, 0
        self._encoder = msgspec.json.Encoder()
        self._stack = ExitStack()
        # Attributes first: where a document's row is, those of its tags are.
        names = [*(f"attributes/{tagger}" for tagger in taggers), "documents"]
        self._paths = {name: folder / f"{at}.jsonl.gz" for at, name in enumerate(names)}
        self._names = {name: f"{FOLDER}/dolma/{name}/{number}.jsonl.gz" for name in names}
        self._files = {name: self._opened(path) for name, path in self._paths.items()}

    def add(self, kept: Kept) -> None:
        """Take the next document."""
        self._write("documents", row_of(kept))
        for tagger in self._taggers:
            row = {"id": kept.document.id, "source": SOURCE, "attributes": _of(tagger, kept)}
            self._write(f"attributes/{tagger}", row)
        self._rows += 1

    def close(self) -> list[Written]:
        """Put what was taken into the store; a shard without documents is none."""
        self._stack.close()
        if not self._rows:
            return []
        return [put(self._store, self._names[name], path, self._rows) for name, path in self._paths.items()]

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
        "source": SOURCE,
        "created": next((document.meta[name] for name in _DATES if document.meta.get(name)), ""),
        "metadata": {
            "path": document.path,
            "sha256": document.sha256,
            "url": document.meta.get("url", ""),
            "license": document.meta.get("license", ""),
            "language": kept.language,
            "pages": len(document.pages),
            "failed_pages": sum(page.status == "FAILURE" for page in document.pages),
            "tokens": sum(page.text_tokens for page in document.pages),
            "vision_tokens": sum(page.vision_tokens for page in document.pages),
            "meta": notes(document.meta),
        },
        "attributes": {"pdf_page_numbers": spans},
    }


def _of(tagger: str, kept: Kept) -> Attributes:
    """What one tagger says."""
    return {name: spans for name, spans in sorted(kept.attributes.items()) if kept.taggers.get(name) == tagger}
