"""What was found out about files by a planning that was killed: segments of rows, in the order of the sources.

A row counts again where the sources list the same file at the same place of the order; from the first difference on
all files are looked at anew. The segments go when the plan is complete.
"""

from __future__ import annotations

from collections.abc import Iterator

import msgspec

from sokdok.bulk.plan.plan import rows_of
from sokdok.bulk.store import Store
from sokdok.bulk.work.messages import Look, Looked
from sokdok.errors import InputError
from sokdok.files.zstd import compressed

FOLDER = "looked"
SEGMENT = 2_000  # rows: what a kill costs


class Row(msgspec.Struct, frozen=True):
    """A file, and what it looked like."""

    source: int
    place: str
    size: int
    looked: Looked

    def is_of(self, file: Look) -> bool:
        """Whether this is the file that a source lists."""
        return (self.source, self.place, self.size) == (file.source, file.item.place, file.item.size)


class Memory:
    """Rows of an earlier planning, and of this one; `key` names all that what is found depends on."""

    def __init__(self, store: Store, key: str) -> None:
        self.store, self._folder = store, f"{FOLDER}/{key}"
        self._kept = 0
        """segments"""
        self._rows: list[Row] = []
        """behind the last segment"""
        self._earlier = self._read()
        self._next = next(self._earlier, None)

    def recall(self, file: Look) -> Looked | None:
        """What the next file looked like; None if nobody knows. Then nothing that follows is known either."""
        row = self._next
        if row is None or not row.is_of(file):
            self._next = None
            return None
        self._next = next(self._earlier, None)
        return row.looked

    def keep(self, file: Look, looked: Looked) -> None:
        """Keep what the next file looks like."""
        self._rows.append(Row(file.source, file.item.place, file.item.size, looked))
        if len(self._rows) == SEGMENT:
            self._write()

    def forget(self) -> None:
        """The plan is complete."""
        for name in list(self.store.names(f"{FOLDER}/")):
            self.store.remove(name)

    def _write(self) -> None:
        data = b"\n".join([*map(msgspec.json.encode, self._rows), b""])
        self.store.replace(f"{self._folder}/{self._kept:06}.jsonl.zst", compressed(data))
        self._kept += 1
        self._rows = []

    def _read(self) -> Iterator[Row]:
        for number, name in enumerate(self.store.names(f"{self._folder}/")):
            if name != f"{self._folder}/{number:06}.jsonl.zst":
                return
            try:
                yield from list(rows_of(self.store, name, Row))
            except InputError:  # damaged: what follows is looked at again
                return
