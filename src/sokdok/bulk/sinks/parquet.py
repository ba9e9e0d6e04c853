"""Parquet: documents with the columns of FinePDFs and more; rows for trainers of vision models, in ms-swift's form."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.bulk.assemble import markdown_of
from sokdok.bulk.quality.text import Attributes, Span
from sokdok.bulk.results import route_of
from sokdok.bulk.sinks import Kept, Output, Shard, Written, notes
from sokdok.bulk.sinks.webdataset import PageShard, jpeg, key_of
from sokdok.bulk.store import Store
from sokdok.documents.blocks import FURNITURE, Block
from sokdok.documents.document import DocumentPage, mean_confidence
from sokdok.reading.prompts import prompt_for

if TYPE_CHECKING:
    import pyarrow as pa
    from PIL import Image

NO_TEXT = "the page has no text"
SIDE = 999  # of a page, in the units of the boxes in answers: those of DeepSeek-OCR's family
_ROWS, _BYTES = 64, 32 << 20  # in memory at a time, whichever is reached first
_EXTRACTORS = {"text-layer": "text layer", "file": "text layer", "mixed": "mixed", "reader": "ocr"}


class Table:
    """A Parquet file while it is written, some rows in memory at a time."""

    def __init__(self, path: Path, schema: pa.Schema) -> None:
        import pyarrow.parquet as pq

        self._path, self._schema, self._writer = path, schema, pq.ParquetWriter(path, schema, compression="zstd")
        self._waiting: list[dict[str, Any]] = []
        self._size = 0

    def add(self, row: dict[str, Any], size: int) -> None:
        """Add a row of about so many bytes."""
        self._waiting.append(row)
        self._size += size
        if len(self._waiting) >= _ROWS or self._size >= _BYTES:
            self._flush()

    def put(self, shard: Shard, name: str) -> list[Written]:
        """Write what is not written yet, and put the file into its shard's store."""
        self._flush()
        self._writer.close()
        return [shard.put(f"{name}/{shard.number}.parquet", self._path, shard.rows)] if shard.rows else []

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
        self._table = Table(folder / "shard.parquet", _schema())

    def add(self, kept: Kept) -> None:
        self._table.add({name: value(kept) for name, _, value in _COLUMNS}, len(kept.document.text))
        self.rows += 1

    def close(self) -> list[Written]:
        return self._table.put(self, "parquet")


# Columns of a row: name, type, and what a kept document has in it.
_COLUMNS: tuple[tuple[str, str, Callable[[Kept], Any]], ...] = (
    ("text", "string", lambda kept: kept.document.text),
    ("id", "string", lambda kept: kept.document.id),
    ("url", "string", lambda kept: kept.document.meta.get("url", "")),
    ("date", "string", lambda kept: kept.document.meta.get("date", "")),
    ("file_path", "string", lambda kept: kept.document.path),
    ("token_count", "int64", lambda kept: kept.document.tokens),
    ("language", "string", lambda kept: kept.language),
    ("page_average_lid", "string", lambda kept: _likeliest_language(kept, "languages")[0]),
    ("page_average_lid_score", "float64", lambda kept: _likeliest_language(kept, "languages")[1]),
    ("full_doc_lid", "string", lambda kept: _likeliest_language(kept, "document_languages")[0]),
    ("full_doc_lid_score", "float64", lambda kept: _likeliest_language(kept, "document_languages")[1]),
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
    by_page = {span[:2]: name for name, spans in _by_language(kept.attributes, "page_languages") for span in spans}
    return [by_page.get(span, "unknown") for span in kept.document.page_spans()]


def _by_language(attributes: Attributes, prefix: str) -> list[tuple[str, tuple[Span, ...]]]:
    """Spans by the language that their attribute's name ends in."""
    begin = f"{prefix}__"
    return [(name.removeprefix(begin), spans) for name, spans in attributes.items() if name.startswith(begin)]


def _likeliest_language(kept: Kept, prefix: str) -> tuple[str, float | None]:
    """The likeliest language and its score."""
    scores = [(spans[0][2], name) for name, spans in _by_language(kept.attributes, prefix) if spans]
    score, name = max(scores, default=(None, ""))
    return name, score


class Chat(PageShard):
    """A row a page: its picture, the prompt for its text, and its Markdown."""

    about = "a page's picture, the prompt for its text, and its Markdown, as `messages` and `images`"
    name = "chat"

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        super().__init__(store, number, folder, output)
        self._table = Table(folder / "shard.parquet", _chat_schema())

    def add_page(self, kept: Kept, page: DocumentPage, image: Image.Image) -> None:
        if text := markdown_of(page):
            self.add_row(kept, page, image, "free", text)
        else:
            self.left_out[NO_TEXT] += 1

    def add_row(
        self, kept: Kept, page: DocumentPage, image: Image.Image, task: str, answer: str, box: Sequence[int] = ()
    ) -> None:
        """Add a picture of a page, or of a `box` of it, what is asked of it, and the answer."""
        key, picture = f"{key_of(kept, page)}{''.join(f'-{side}' for side in box)}", jpeg(image)
        document, said = kept.document, (("user", prompt_for(task)), ("assistant", answer))
        row: dict[str, Any] = {"id": key, "document": document.id, "path": document.path, "language": kept.language}
        row |= {"task": task, "page": page.number, "box": list(box), "meta": notes(document.meta)}
        row |= {"images": [{"bytes": picture, "path": f"{key}.jpg"}]}
        row |= {"messages": [{"role": role, "content": content} for role, content in said]}
        self._table.add(row, len(picture) + len(answer))
        self.rows += 1

    def close(self) -> list[Written]:
        self.close_sources()
        return self._table.put(self, self.name)


class Grounding(Chat):
    """A row a page with the place of each block, and a row a block: its crop and its text."""

    about = "a page's picture and its blocks with their boxes, or the crop of a block (`box`) and its text"
    name = "grounding"

    def add_page(self, kept: Kept, page: DocumentPage, image: Image.Image) -> None:
        blocks = [
            (block, markdown_of(replace(page, blocks=(block,)))) for block in page.blocks if block.kind not in FURNITURE
        ]
        if not all(block.box for block, _ in blocks):
            self.left_out["a block of the page has no box"] += 1
        elif blocks:
            marked = "\n".join(f"{_mark(block, page)}\n{text}\n" for block, text in blocks)
            self.add_row(kept, page, image, "markdown", marked)
            for block, text in blocks:
                if text and block.box:
                    self.add_row(kept, page, image.crop(block.box), "free", text, block.box)
        else:
            self.left_out[NO_TEXT] += 1


def _mark(block: Block, page: DocumentPage) -> str:
    """Kind and place of a block, in the family's markup."""
    sides = zip(block.box or (), (page.width, page.height) * 2, strict=True)
    corners = ", ".join(str(round(side / length * SIDE)) for side, length in sides)
    return f"<|ref|>{block.kind}<|/ref|><|det|>[[{corners}]]<|/det|>"


def _chat_schema() -> pa.Schema:
    import pyarrow as pa

    texts = ((name, pa.string()) for name in ("id", "document", "path", "language", "meta", "task"))
    message = pa.struct([("role", pa.string()), ("content", pa.string())])
    image = pa.struct([("bytes", pa.binary()), ("path", pa.string())])
    lists = [("box", pa.list_(pa.int64())), ("messages", pa.list_(message)), ("images", pa.list_(image))]
    shown = {"huggingface": '{"info": {"features": {"images": [{"_type": "Image"}]}}}'}  # decoded as rows are loaded
    return pa.schema([*texts, ("page", pa.int64()), *lists], shown)
