"""Parquet with the columns of FinePDFs, and what we know besides: a row a document, `data/parquet/000000.parquet`."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.bulk.quality.text import Attributes, Span
from sokdok.bulk.results import route_of
from sokdok.bulk.sinks import Kept, Output, Shard, Written, notes
from sokdok.bulk.store import Store
from sokdok.documents.document import mean_confidence

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS, _CHARACTERS = 64, 32 << 20  # in memory at a time, whichever is reached first
_EXTRACTORS = {"text-layer": "text layer", "file": "text layer", "mixed": "mixed", "reader": "ocr"}


class Parquet(Shard):
    """Tables of documents."""

    card = """\
---
configs:
- config_name: default
  data_files: "*.parquet"
---
# ROWS documents

Made by `sokdok bulk`, with the columns of FinePDFs. `page_ends` are the places in `text` where pages end, in
characters; `extractor` says where the words come from: text layer, ocr, or mixed; `attributes` are what
taggers say of the text.

```python
datasets.load_dataset("THIS FOLDER", split="train")
```
"""

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        import pyarrow.parquet as pq

        super().__init__(store, number, folder, output)
        self._path, self._schema = folder / "shard.parquet", _schema()
        self._writer = pq.ParquetWriter(self._path, self._schema, compression="zstd")
        self._waiting: list[dict[str, Any]] = []
        self._characters = 0

    def add(self, kept: Kept) -> None:
        self._waiting.append(row_of(kept))
        self._characters += len(kept.document.text)
        if len(self._waiting) >= _ROWS or self._characters >= _CHARACTERS:
            self._flush()

    def close(self) -> list[Written]:
        self._flush()
        self._writer.close()
        return [self.put(f"parquet/{self.number}.parquet", self._path, self.rows)] if self.rows else []

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
        self.rows += len(self._waiting)
        self._waiting, self._characters = [], 0


def row_of(kept: Kept) -> dict[str, Any]:
    """A document as a row."""
    document, attributes = kept.document, kept.attributes
    pages = document.pages
    average, whole = _languages(attributes, "languages"), _languages(attributes, "document_languages")
    by_page = {span[:2]: name for name, spans in _named(attributes, "page_languages") for span in spans}
    routes = sorted({_EXTRACTORS[route_of(page)] for page in pages if page.status != "FAILURE"})
    return {
        "text": document.text,
        "id": document.id,
        "url": document.meta.get("url", ""),
        "date": document.meta.get("date", ""),
        "file_path": document.path,
        "token_count": document.tokens,
        "language": kept.language,
        "page_average_lid": average[0],
        "page_average_lid_score": average[1],
        "full_doc_lid": whole[0],
        "full_doc_lid_score": whole[1],
        "per_page_languages": [by_page.get(span, "unknown") for span in document.page_spans()],
        "is_truncated": bool(document.failed),
        "extractor": routes[0] if len(routes) == 1 else "mixed" if routes else "",
        "page_ends": list(document.page_ends),
        "sha256": document.sha256,
        "failed_pages": [page.number for page in document.failed],
        "confidence": mean_confidence(page.confidence for page in pages),
        "vision_tokens": sum(page.vision_tokens for page in pages),
        "meta": notes(document.meta),
        "attributes": [
            {"name": name, "start": start, "end": end, "score": float(score)}
            for name, spans in sorted(attributes.items())
            for start, end, score in spans
        ],
    }


def _schema() -> pa.Schema:
    import pyarrow as pa

    span = pa.struct([("name", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64())])
    return pa.schema(
        [
            *((name, pa.string()) for name in ("text", "id", "url", "date", "file_path")),
            ("token_count", pa.int64()),
            ("language", pa.string()),
            ("page_average_lid", pa.string()),
            ("page_average_lid_score", pa.float64()),
            ("full_doc_lid", pa.string()),
            ("full_doc_lid_score", pa.float64()),
            ("per_page_languages", pa.list_(pa.string())),
            ("is_truncated", pa.bool_()),
            ("extractor", pa.string()),
            ("page_ends", pa.list_(pa.int64())),
            ("sha256", pa.string()),
            ("failed_pages", pa.list_(pa.int64())),
            ("confidence", pa.float64()),
            ("vision_tokens", pa.int64()),
            ("meta", pa.string()),
            ("attributes", pa.list_(span)),
        ]
    )


def _named(attributes: Attributes, prefix: str) -> list[tuple[str, tuple[Span, ...]]]:
    """Spans by the language that their attribute's name ends in."""
    begin = f"{prefix}__"
    return [(name.removeprefix(begin), spans) for name, spans in attributes.items() if name.startswith(begin)]


def _languages(attributes: Attributes, prefix: str) -> tuple[str, float | None]:
    """The likeliest language and its score."""
    scores = [(spans[0][2], name) for name, spans in _named(attributes, prefix) if spans]
    score, name = max(scores, default=(None, ""))
    return name, score
