"""What documents are written as: data that trainers of language and vision models load.

A sink writes shards, each whole or not at all, of documents in their order; equal inputs make equal bytes.
"""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar

import msgspec

from sokdok.bulk.plan import Unit
from sokdok.bulk.quality.text import Attributes, DocumentText
from sokdok.bulk.store import Store
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.errors import MissingExtraError, require_choice
from sokdok.files import json_text

SINKS = ("dolma", "parquet", "webdataset")
FOLDER = "data"  # of all outputs in a store


@dataclass(frozen=True)
class Kept:
    """A document that is written."""

    document: DocumentText
    attributes: Attributes = field(default_factory=dict)
    language: str = ""  # the likeliest one; empty if none is known
    units: tuple[Unit, ...] = ()
    pages: Callable[[], Iterator[DocumentPage]] = lambda: iter(())  # as they were read, before they were joined


@dataclass(frozen=True)
class Output:
    """What all shards of a merge are made of."""

    taggers: Sequence[str] = ()  # whose tags documents have
    sources: Sequence[str] = ()  # addresses of the plan's
    question: Question = Question()
    mask: Sequence[str] = ()  # kinds of personal data that texts don't have any more


class Written(msgspec.Struct, frozen=True):
    """A file of a shard."""

    name: str
    bytes: int
    sha256: str
    rows: int  # documents, or samples


class Shard:
    """One shard while it is made, in an empty folder of this machine."""

    card: ClassVar[str]  # README of all shards, which says to the `datasets` library what the ROWS hold

    def __init__(self, store: Store, number: str, folder: Path, output: Output) -> None:
        self.store, self.number, self.folder, self.output = store, number, folder, output
        self.left_out: Counter[str] = Counter()  # pages of kept documents that have no sample, by why
        self.rows = 0

    def add(self, kept: Kept) -> None:
        """Take the next document."""
        raise NotImplementedError

    def close(self) -> list[Written]:
        """Put what was taken into the store; a shard without rows is none."""
        raise NotImplementedError

    def put(self, name: str, path: Path, rows: int) -> Written:
        """Put a file in place of what is there."""
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").hexdigest()
        name = f"{FOLDER}/{name}"
        self.store.replace(name, path)
        return Written(name, path.stat().st_size, digest, rows)


def require_sinks(names: Sequence[str]) -> None:
    """Raise InputError for a sink that there is not, MissingExtraError for one whose library is missing."""
    for name in names:
        require_choice("form of training data", name, SINKS)
    if "parquet" in names and find_spec("pyarrow") is None:
        raise MissingExtraError("bulk", "writing Parquet")


def sink_of(name: str) -> type[Shard]:
    """What makes a sink's shards. Raises InputError, MissingExtraError."""
    require_sinks([name])
    if name == "dolma":
        from sokdok.bulk.sinks.dolma import Dolma

        return Dolma
    if name == "parquet":
        from sokdok.bulk.sinks.parquet import Parquet

        return Parquet
    from sokdok.bulk.sinks.webdataset import WebDataset

    return WebDataset


def notes(meta: Mapping[str, str]) -> str:
    """What the source says of a document, as one text: rows of a table must have the same fields."""
    return json_text(dict(sorted(meta.items())))
