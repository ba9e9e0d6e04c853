"""Dolma: documents as JSON lines, and in the same files and order what each tagger says of them.

    data/dolma/documents/000000.jsonl.gz              {id, text, source, created, metadata, attributes}
    data/dolma/attributes/<tagger>/000000.jsonl.gz    {id, source, attributes: {name: [[start, end, score], …]}}

Rows have the same fields of the same types, so that they make a table; there is no time of writing in them, so that
equal inputs make equal bytes.
"""

from __future__ import annotations

import gzip
from contextlib import ExitStack
from pathlib import Path
from typing import Any, BinaryIO

import msgspec

from sokdok.bulk.quality.rules import tagger_of
from sokdok.bulk.sinks import Kept, Output, Shard, Written, notes
from sokdok.bulk.store import Store

SOURCE = "sokdok"
_LEVEL = 6
_DATES = ("date", "created", "published", "year")  # fields that may say when a document was made; the first one does


class Dolma(Shard):
    """JSON lines of documents and of their attributes."""

    card = """\
---
configs:
- config_name: default
  data_files: "documents/*.jsonl.gz"
---
# ROWS documents in Dolma's layout

Made by `sokdok bulk`. `documents/` has a JSON object a line: `id` (of the file's SHA-256), `text` (Markdown), `source`,
`created` (as the source dates it), `metadata`, and `attributes.pdf_page_numbers`: start, end and number of each page.
`attributes/TAGGER/` has the same files with the same rows in the same order: what each tagger says of a document.

```python
datasets.load_dataset("THIS FOLDER", split="train")
```
"""

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
            self._write(f"attributes/{tagger}", {"id": kept.document.id, "source": SOURCE, "attributes": own})
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
        "source": SOURCE,
        "created": next((document.meta[name] for name in _DATES if document.meta.get(name)), ""),
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
