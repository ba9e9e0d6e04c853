"""What documents are written as: data that trainers of language and vision models load.

A sink writes shards, each whole or not at all, of documents in their order; equal inputs make equal bytes.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import ClassVar, cast

import msgspec

from sokdok.bulk.plan import Unit
from sokdok.bulk.quality.text import Attributes, DocumentText
from sokdok.bulk.store import Store
from sokdok.bulk.worker import hashed
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.errors import MissingExtraError, require_choice
from sokdok.files import json_text

SINKS = {
    "dolma": "dolma:Dolma",
    "parquet": "parquet:Parquet",
    "webdataset": "webdataset:WebDataset",
    "chat": "parquet:Chat",
    "grounding": "parquet:Grounding",
}  # by name: file and class
FOLDER = "data"  # of all outputs in a store
SPLITS = ("train", "test")  # where documents are held out, their shards' names begin so


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

    about: ClassVar[str]  # what a row holds, for people
    files: ClassVar[str] = ""  # which they are, {} for how their names begin, if the `datasets` library needs it
    features: ClassVar[str] = ""  # what their rows hold, in that library's YAML

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
        sha256, size = hashed(path)
        self.store.replace(name := f"{FOLDER}/{name}", path)
        return Written(name, size, sha256, rows)


def cards(files: Mapping[str, Sequence[Written]]) -> Iterator[tuple[str, str]]:
    """READMEs by name: one for people, and those that say to the `datasets` library what is where.

    A folder of Parquet has none: what reads whole folders takes it for a table.
    """
    yield (
        "README.md",
        "# Training data, made by `sokdok bulk`\n\n"
        + "".join(f'- `datasets.load_dataset("THIS FOLDER/{name}")`: {sink_of(name).about}\n' for name in files),
    )
    for name, written in files.items():
        if sink := sink_of(name) if written and sink_of(name).files else None:
            splits = [split for split in SPLITS if any(f"/{split}-" in one.name for one in written)]
            paths = {split: f"{split}-" for split in splits} or {SPLITS[0]: ""}
            lines = "".join(f'  - {{split: {key}, path: "{sink.files.format(at)}"}}\n' for key, at in paths.items())
            yield (
                f"{name}/README.md",
                f"---\nconfigs:\n- config_name: default\n  data_files:\n{lines}{sink.features}---\n",
            )


def require_sinks(names: Sequence[str]) -> None:
    """Raise InputError for a sink that there is not, MissingExtraError for one whose library is missing."""
    for name in names:
        require_choice("form of training data", name, SINKS)
    if {*names} - {"dolma", "webdataset"} and find_spec("pyarrow") is None:
        raise MissingExtraError("bulk", "writing Parquet")


def sink_of(name: str) -> type[Shard]:
    """What makes a sink's shards. Raises InputError, MissingExtraError."""
    require_sinks([name])
    file, _, kind = SINKS[name].partition(":")
    return cast(type[Shard], getattr(import_module(f"sokdok.bulk.sinks.{file}"), kind))


def notes(meta: Mapping[str, str]) -> str:
    """What the source says of a document, as one text: rows of a table must have the same fields."""
    return json_text(dict(sorted(meta.items())))
