"""Parquet with the columns of FinePDFs, and what we know besides: a row a document, `data/parquet/000000.parquet`."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.bulk.quality.text import Attributes, Span
from sokdok.bulk.results import route_of
from sokdok.bulk.sinks import Kept, Output, Shard, Written, notes
from sokdok.bulk.store import Store
from sokdok.documents.document import mean_confidence

if TYPE_CHECKING:
    import pyarrow as pa

_ROWS, _BYTES = 64, 32 << 20  # in memory at a time, whichever is reached first
_EXTRACTORS = {"text-layer": "text layer", "file": "text layer", "mixed": "mixed", "reader": "ocr"}


class Table:
    """A Parquet file while it is written, some rows in memory at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._schema, self._writer = schema, pq.ParquetWriter(path, schema, compression="zstd")
        self._waiting: list[dict[str, Any]] = []
        self._size = 0

    def add(self, row: dict[str, Any], size: int) -> None:
        """Add a row of about so many bytes."""
        self._waiting.append(row)
        self._size += size
        if len(self._waiting) >= _ROWS or self._size >= _BYTES:
            self._flush()

    def close(self) -> None:
        """Write what is not written yet."""
        self._flush()
        self._writer.close()

    def _flush(self) -> None:
        import pyarrow as pa

        if self._waiting:
            self._writer.write_table(pa.Table.from_pylist(self._waiting, schema=self._schema))
        self._waiting, self._size = [], 0


class Parquet(Shard):
    """Tables of documents."""

    about = "a document, with the columns of FinePDFs; `page_ends` are places in `text`, in characters"

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        super().__init__(store, number, folder, output)
        self._path = folder / "shard.parquet"
        self._table = Table(self._path, _schema())

    def add(self, kept: Kept) -> None:
        self._table.add({name: value(kept) for name, _, value in _COLUMNS}, len(kept.document.text))
        self.rows += 1

    def close(self) -> list[Written]:
        self._table.close()
        return [self.put(f"parquet/{self.number}.parquet", self._path, self.rows)] if self.rows else []


# Columns of a row: name, type, and what a kept document has in it.
_COLUMNS: tuple[tuple[str, str, Callable[[Kept], Any]], ...] = (
    ("text", "string", lambda kept: kept.document.text),
    ("id", "string", lambda kept: kept.document.id),
    ("url", "string", lambda kept: kept.document.meta.get("url", "")),
    ("date", "string", lambda kept: kept.document.meta.get("date", "")),
    ("file_path", "string", lambda kept: kept.document.path),
    ("token_count", "int64", lambda kept: kept.document.tokens),
    ("language", "string", lambda kept: kept.language),
    ("page_average_lid", "string", lambda kept: _likeliest(kept, "languages")[0]),
    ("page_average_lid_score", "float64", lambda kept: _likeliest(kept, "languages")[1]),
    ("full_doc_lid", "string", lambda kept: _likeliest(kept, "document_languages")[0]),
    ("full_doc_lid_score", "float64", lambda kept: _likeliest(kept, "document_languages")[1]),
    ("per_page_languages", "list<string>", lambda kept: _page_languages(kept)),
    ("is_truncated", "bool", lambda kept: bool(kept.document.failed)),
    ("extractor", "string", lambda kept: _extractor(kept)),
    ("page_ends", "list<int64>", lambda kept: list(kept.document.page_ends)),
    ("sha256", "string", lambda kept: kept.document.sha256),
    ("failed_pages", "list<int64>", lambda kept: [page.number for page in kept.document.failed]),
    ("confidence", "float64", lambda kept: mean_confidence(page.confidence for page in kept.document.pages)),
    ("vision_tokens", "int64", lambda kept: sum(page.vision_tokens for page in kept.document.pages)),
    ("meta", "string", lambda kept: notes(kept.document.meta)),
    ("attributes", "list<span>", lambda kept: _spans(kept.attributes)),
)


def _schema() -> pa.Schema:
    import pyarrow as pa

    span = pa.struct([("name", pa.string()), ("start", pa.int64()), ("end", pa.int64()), ("score", pa.float64())])
    lists = {"list<string>": pa.list_(pa.string()), "list<int64>": pa.list_(pa.int64()), "list<span>": pa.list_(span)}
    return pa.schema([(name, lists.get(kind) or pa.type_for_alias(kind)) for name, kind, _ in _COLUMNS])


def _spans(attributes: Attributes) -> list[dict[str, Any]]:
    return [
        {"name": name, "start": start, "end": end, "score": float(score)}
        for name, spans in sorted(attributes.items())
        for start, end, score in spans
    ]


def _extractor(kept: Kept) -> str:
    routes = {_EXTRACTORS[route_of(page)] for page in kept.document.pages if page.status != "FAILURE"}
    return routes.pop() if len(routes) == 1 else "mixed" if routes else ""


def _page_languages(kept: Kept) -> list[str]:
    by_page = {span[:2]: name for name, spans in _named(kept.attributes, "page_languages") for span in spans}
    return [by_page.get(span, "unknown") for span in kept.document.page_spans()]


def _named(attributes: Attributes, prefix: str) -> list[tuple[str, tuple[Span, ...]]]:
    """Spans by the language that their attribute's name ends in."""
    begin = f"{prefix}__"
    return [(name.removeprefix(begin), spans) for name, spans in attributes.items() if name.startswith(begin)]


def _likeliest(kept: Kept, prefix: str) -> tuple[str, float | None]:
    """The likeliest language and its score."""
    scores = [(spans[0][2], name) for name, spans in _named(kept.attributes, prefix) if spans]
    score, name = max(scores, default=(None, ""))
    return name, score
