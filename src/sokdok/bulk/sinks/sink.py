"""What a merge asks of an output: shards, each whole or not at all, of documents in their order."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Protocol

import msgspec

from sokdok.bulk.merge.text import DocumentText
from sokdok.bulk.plan import Unit
from sokdok.bulk.quality.tags import Attributes
from sokdok.bulk.store import Store
from sokdok.documents.document import DocumentPage
from sokdok.files import json_text

FOLDER = "data"  # of all outputs in a store


@dataclass(frozen=True)
class Kept:
    """A document that is written."""

    document: DocumentText
    attributes: Attributes = field(default_factory=dict)
    taggers: Mapping[str, str] = field(default_factory=dict)  # who says an attribute, by its name
    language: str = ""  # the likeliest one; empty if nobody said
    units: tuple[Unit, ...] = ()
    pages: Callable[[], Iterator[DocumentPage]] = lambda: iter(())
    """its pages as they were read, before they were joined"""


class Written(msgspec.Struct, frozen=True):
    """A file of a shard."""

    name: str
    bytes: int
    sha256: str
    rows: int  # documents, or samples


class Shard(Protocol):
    """One shard while it is made, in a folder of this machine."""

    @property
    def left_out(self) -> Mapping[str, int]:
        """Pages of kept documents that have no sample, by why."""

    def add(self, kept: Kept) -> None:
        """Take the next document."""

    def close(self) -> list[Written]:
        """Put what was taken into the store."""


class Sink(Protocol):
    """A kind of output."""

    name: str

    def shard(self, store: Store, number: str, folder: Path) -> Shard:
        """Begin a shard; `folder` is an empty one for what is not put yet."""

    def card(self, rows: int) -> str:
        """The README of all shards, which tells the `datasets` library what they hold."""


def put(store: Store, name: str, path: Path, rows: int) -> Written:
    """Put a file in place of what is there."""
    digest, size = hashlib.sha256(), 0
    with path.open("rb") as file:
        while chunk := file.read(1 << 20):
            digest.update(chunk)
            size += len(chunk)
    store.replace(name, path)
    return Written(name, size, digest.hexdigest(), rows)


def notes(meta: Mapping[str, str]) -> str:
    """What the source says beside a document, as one text: rows of a table must have the same fields."""
    return json_text(dict(sorted(meta.items())))
