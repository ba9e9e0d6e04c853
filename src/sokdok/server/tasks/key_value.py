"""A store of values by id, beside the tasks in their file: Mistral's files, docling's requests of several documents."""

from __future__ import annotations

import sqlite3
import time
from pathlib import Path
from typing import TypeVar
from uuid import uuid4

import msgspec

_SCHEMA = """
CREATE TABLE IF NOT EXISTS kept (
    id TEXT PRIMARY KEY, kind TEXT NOT NULL, owner TEXT NOT NULL, upload TEXT NOT NULL, bytes INTEGER NOT NULL,
    created REAL NOT NULL, value BLOB NOT NULL
) WITHOUT ROWID;
CREATE INDEX IF NOT EXISTS kept_owner ON kept (owner, kind, created);
"""
_Value = TypeVar("_Value", bound=msgspec.Struct)


class Entry(msgspec.Struct, frozen=True):
    """Something that is kept, without what it is."""

    id: str
    upload: str  # name of its file in the spool; empty if it has none
    bytes: int
    created: float  # seconds since 1970


class KeyValueStore:
    """Values in the file `path`, each of a kind and its owner's alone. Used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._base.executescript(_SCHEMA)

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def add(self, owner: str, value: msgspec.Struct, upload: str = "", size: int = 0, id: str = "") -> Entry:
        """Keep a value, and a file of the spool with it; `id` is a new one unless it is given."""
        kept = Entry(id or uuid4().hex, upload, size, time.time())
        row = (kept.id, _kind(type(value)), owner, upload, size, kept.created, msgspec.json.encode(value))
        self._base.execute("INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return kept

    def find(self, id: str, owner: str, kind: type[_Value]) -> tuple[Entry, _Value] | None:
        """Somebody's value; None if there is none, or it is somebody else's."""
        rows = self._base.execute(
            "SELECT id, upload, bytes, created, value FROM kept WHERE id = ? AND owner = ? AND kind = ?",
            (id, owner, _kind(kind)),
        )
        return next(((Entry(*row), msgspec.json.decode(value, type=kind)) for *row, value in rows), None)

    def of_owner(self, owner: str, kind: type[_Value], most: int, first: int = 0) -> list[tuple[Entry, _Value]]:
        """Somebody's newest values, `first` of them passed over."""
        rows = self._base.execute(
            "SELECT id, upload, bytes, created, value FROM kept WHERE owner = ? AND kind = ? "
            "ORDER BY created DESC, id LIMIT ? OFFSET ?",
            (owner, _kind(kind), most, first),
        )
        return [(Entry(*row), msgspec.json.decode(value, type=kind)) for *row, value in rows]

    def count(self, owner: str, kind: type[msgspec.Struct]) -> int:
        """How many values of a kind somebody has."""
        row = self._base.execute("SELECT count(*) FROM kept WHERE owner = ? AND kind = ?", (owner, _kind(kind)))
        return int(row.fetchone()[0])

    def remove(self, id: str) -> None:
        """Forget a value."""
        self._base.execute("DELETE FROM kept WHERE id = ?", (id,))

    def uploads(self) -> set[str]:
        """Names of files in the spool that values have."""
        return {upload for (upload,) in self._base.execute("SELECT upload FROM kept WHERE upload != ''")}

    def expire(self, before: float, most_bytes: int) -> list[str]:
        """Forget what is older than a time, and the oldest beyond so many bytes together; their files' names."""
        total, uploads = 0, []
        rows = self._base.execute("SELECT id, upload, bytes, created FROM kept ORDER BY created DESC, id").fetchall()
        for id, upload, size, created in rows:
            total += size
            if created < before or total > most_bytes:
                self.remove(id)
                uploads.append(upload)
        return [upload for upload in uploads if upload]


def _kind(value: type[msgspec.Struct]) -> str:
    return value.__name__
