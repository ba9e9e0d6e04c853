"""A journal of what was found out: rows in a store, a few thousand at a time, so that a kill costs no more than that.

Planning keeps what files look like (`looked/`), a run what became of units (`seen/`). A segment only saves work: what
none holds, or a damaged one held, is found out again.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from sokdok.bulk.plan import rows_of, write_rows
from sokdok.bulk.store import Store
from sokdok.errors import InputError, SokdokError

SEGMENT = 2_000  # rows
Row = TypeVar("Row", bound=msgspec.Struct)


class Segments(Generic[Row]):
    """Rows in `FOLDER/000000.jsonl.zst` and so on; new ones take the places of those there, or stand `behind` them."""

    def __init__(self, store: Store, folder: str, kind: type[Row], *, behind: bool = False) -> None:
        self.store, self.folder, self._kind = store, folder, kind
        self._number = len(self._names()) if behind else 0
        self._rows: list[Row] = []  # that are not written yet

    def add(self, row: Row) -> None:
        """Keep a row."""
        self._rows.append(row)
        if len(self._rows) >= SEGMENT:
            self.write()

    def write(self) -> None:
        """Write what is not written yet, if there is room."""
        rows, self._rows = self._rows, []
        if rows:
            with suppress(OSError, SokdokError):
                write_rows(self.store, f"{self.folder}/{self._number:06}.jsonl.zst", rows)
                self._number += 1

    def rows(self, *, last_first: bool = False) -> Iterator[Row]:
        """All rows that were kept, a segment in memory at a time."""
        step = -1 if last_first else 1
        for name in self._names()[::step]:
            with suppress(InputError):
                yield from list(rows_of(self.store, name, self._kind))[::step]

    def _names(self) -> list[str]:
        return list(self.store.names(f"{self.folder}/"))
