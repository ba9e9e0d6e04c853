"""What a run asks of the place that documents come from."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol

import msgspec


class Item(msgspec.Struct, frozen=True):
    """A file that may be a document."""

    path: str  # what people call it: `reports/a.pdf`, `papers.zip/a.pdf`, `set.parquet#17`
    place: str  # what `Source.fetch` finds it by
    size: int  # bytes; -1 where only fetching it would tell
    meta: dict[str, str] = {}  # what stands beside it: address, date, licence


class Unusable(msgspec.Struct, frozen=True, tag="unusable"):
    """What can't be read, and why."""

    path: str
    reason: str
    lost: bool = True  # whether a document may be lost by it: what is no document is not


class Source(Protocol):
    """Documents in a fixed order. One object is for one process; others open their own by its `name`."""

    name: str  # what `open_source` opens it again by, from any folder

    def items(self) -> Iterator[Item | Unusable]:
        """Everything there is, in the same order every time; raises nothing for the sake of one file."""

    def fetch(self, place: str) -> AbstractContextManager[Path]:
        """A file on this machine with the item's own suffix, which may be removed afterwards. Raises InputError."""

    def close(self) -> None:
        """Close what is open, and remove what was fetched."""
