"""Rows that the merge keeps for itself and for people: packed lines of JSON, put whole into the store."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import TypeVar

import msgspec

from sokdok.bulk.quality.tags import Span
from sokdok.bulk.store import Store
from sokdok.errors import InputError
from sokdok.files.zstd import compressed, unpacked_lines

Row = TypeVar("Row")


class Tagged(msgspec.Struct, frozen=True):
    """What pass one says of a document."""

    document: str
    attributes: dict[str, dict[str, tuple[Span, ...]]]  # by tagger


class Same(msgspec.Struct, frozen=True):
    """A document that is dropped for another one's sake."""

    at: int  # position among all documents
    rule: str
    same_as: str  # the other one's path


class Dropped(msgspec.Struct, frozen=True, omit_defaults=True):
    """A document that is not in the outputs, and why."""

    document: str
    path: str
    reason: str
    pages: int
    same_as: str = ""
    value: float | None = None
    limit: float | None = None


class FailedPage(msgspec.Struct, frozen=True):
    """A page of which nothing is in the outputs, and why."""

    document: str
    path: str
    page: int
    error: str


def write_rows(store: Store, name: str, rows: Iterable[msgspec.Struct]) -> None:
    """Put rows as one object in place of what is there."""
    encoder = msgspec.json.Encoder()
    store.replace(name, compressed(b"".join(encoder.encode(row) + b"\n" for row in rows)))


def read_rows(store: Store, name: str, kind: type[Row]) -> Iterator[Row]:
    """Rows, one in memory at a time. Raises InputError if they are missing or damaged."""
    decoder, where = msgspec.json.Decoder(kind), f"{store.address}/{name}"
    try:
        with store.open(name) as file:
            for line in unpacked_lines(file, where):
                yield decoder.decode(line)
    except (FileNotFoundError, msgspec.DecodeError, UnicodeDecodeError):
        raise InputError(f"{where} is missing or damaged: remove it, and merge again") from None
