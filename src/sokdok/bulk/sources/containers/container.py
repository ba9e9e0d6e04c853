"""What a file that documents are in is asked for."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from typing import BinaryIO, Protocol

import msgspec

from sokdok.bulk.sources.source import Unusable


class Part(msgspec.Struct, frozen=True, tag="part"):
    """A document in a container."""

    name: str  # for people: behind the container's own name
    place: str  # what `Container.open` finds it by
    size: int  # bytes; -1 where only reading it would tell
    meta: dict[str, str] = {}
    named: str = ""  # a name that ends as the file's does, where `name` does not


class Elsewhere(msgspec.Struct, frozen=True, tag="elsewhere"):
    """A document that a container names and that lies beside it."""

    path: str  # relative to the container, or an address of its own
    trusted: bool  # whether it may lead out of the container's folder
    meta: dict[str, str] = {}


class Container(Protocol):
    """An open file that documents are in."""

    def parts(self) -> Iterator[Part | Elsewhere | Unusable]:
        """All of them in order; what is wrong with one, or with all from some place on, is an Unusable."""

    def open(self, place: str) -> AbstractContextManager[BinaryIO]:
        """The bytes of one. Raises InputError."""

    def close(self) -> None:
        """Close it."""
