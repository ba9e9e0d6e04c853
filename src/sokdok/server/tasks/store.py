"""The database of one server: tasks, and what else is kept for clients by an id. Its pages lie in logs of their own.

- A task is in it before its client learns that it was accepted. What was written survives the server's death at any
  moment (write-ahead log); a machine that loses power may forget the last moments, and never more.
- One process alone uses it, by one connection, which locks it for good (`locking_mode=EXCLUSIVE`, before
  `journal_mode=WAL`): SQLite then keeps the index of the write-ahead log in its own memory. Otherwise it maps a file
  that whoever just reads the folder's files (a backup, a test) can have truncated under the server, which dies by it.
"""

from __future__ import annotations

import os
import sqlite3
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4

import msgspec

from sokdok.errors import InputError
from sokdok.server.engine.job import ReadJob, State
from sokdok.server.errors import Fault

_SCHEMA = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_TASK = "id, owner, job, state, reason, pages, failed, bytes, created, ended, fault"
_KEPT = "id, upload, bytes, created, value"
_Value = TypeVar("_Value", bound=msgspec.Struct)


class Task(msgspec.Struct, frozen=True):
    """A task; while it goes on, how far it is stands in its log."""

    id: str
    owner: str
    job: ReadJob
    state: State
    reason: str  # why it failed or was cancelled
    pages: int  # that are read, failed ones included
    failed: int  # of them
    bytes: int  # of its upload, its pages and what was made of them
    created: float  # seconds since 1970
    ended: float | None
    fault: Fault  # whose it is that it failed


class KeptEntry(msgspec.Struct, frozen=True):
    """Something that is kept by an id, without what it is."""

    id: str
    upload: str  # name of its file in the spool; empty if it has none
    bytes: int
    created: float  # seconds since 1970


class TaskStore:
    """The database in the file `path`, for one thread at a time. Raises sqlite3.Error, at first InputError."""

    def __init__(self, path: Path) -> None:
        os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, 0o600))  # names are in it: nobody else's to read
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        try:
            self._base.executescript(_SCHEMA)
        except sqlite3.Error as error:
            raise InputError(f"{path} can't be used ({error}): move it away, or name another --data") from None

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    def add(self, id: str, owner: str, job: ReadJob, size: int) -> Task:
        """Accept a task whose upload has so many bytes."""
        row = (id, owner, msgspec.json.encode(job), "waiting", "", 0, 0, size, time.time(), None, "")
        self._base.execute("INSERT INTO task VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", row)
        return _task(row)

    def end(self, id: str, state: State, reason: str, fault: Fault, pages: int, failed: int, size: int) -> None:
        """Write down how a task ended, and of how many pages and bytes its log is."""
        self._base.execute(
            "UPDATE task SET state = ?, reason = ?, fault = ?, pages = ?, failed = ?, bytes = bytes + ?, ended = ? "
            "WHERE id = ?",
            (state, reason, fault, pages, failed, size, time.time(), id),
        )

    def reopen(self, task: Task) -> Task:
        """Have a task go on whose log has fewer pages than it ended with: the machine lost power."""
        self._base.execute("UPDATE task SET state = 'waiting', ended = NULL WHERE id = ?", (task.id,))
        return msgspec.structs.replace(task, state="waiting", ended=None)

    def find(self, id: str, owner: str) -> Task | None:
        """A task of somebody; None if there is none, or it is somebody else's."""
        return next(iter(self._tasks("id = ? AND owner = ?", id, owner)), None)

    def of_owner(self, owner: str, most: int) -> list[Task]:
        """Somebody's newest tasks."""
        return self._tasks("owner = ? ORDER BY created DESC, id LIMIT ?", owner, most)

    def all(self) -> list[Task]:
        """All tasks, in the order in which they came."""
        return self._tasks("true ORDER BY created, id")

    def add_bytes(self, id: str, size: int) -> None:
        """Count what was made of a task's pages."""
        self._base.execute("UPDATE task SET bytes = bytes + ? WHERE id = ?", (size, id))

    def expired(self, before: float, most_bytes: int) -> list[Task]:
        """Tasks that ended before a time, and the oldest of those beyond so many bytes together."""
        kept, found = 0, []
        for task in self._tasks("ended IS NOT NULL ORDER BY ended DESC, id"):
            kept += task.bytes
            if (task.ended or 0.0) < before or kept > most_bytes:
                found.append(task)
        return found

    def remove(self, id: str) -> None:
        """Forget a task."""
        self._base.execute("DELETE FROM task WHERE id = ?", (id,))

    def _tasks(self, where: str, *given: object) -> list[Task]:
        return list(map(_task, self._base.execute(f"SELECT {_TASK} FROM task WHERE {where}", given)))

    def keep(self, owner: str, value: msgspec.Struct, upload: str = "", size: int = 0) -> KeptEntry:
        """Keep a value by a new id, and a file of the spool with it."""
        kept = KeptEntry(uuid4().hex, upload, size, time.time())
        row = (kept.id, type(value).__name__, owner, upload, size, kept.created, msgspec.json.encode(value))
        self._base.execute("INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?)", row)
        return kept

    def kept(self, id: str, owner: str, kind: type[_Value]) -> tuple[KeptEntry, _Value] | None:
        """Somebody's value of a kind; None if there is none, or it is somebody else's."""
        return next(iter(self._values(kind, "id = ? AND owner = ?", id, owner)), None)

    def kept_of(self, owner: str, kind: type[_Value], most: int) -> list[tuple[KeptEntry, _Value]]:
        """Somebody's newest values of a kind."""
        return self._values(kind, "owner = ? ORDER BY created DESC, id LIMIT ?", owner, most)

    def count_kept(self, owner: str, kind: type[msgspec.Struct]) -> int:
        """How many values of a kind somebody has."""
        row = self._base.execute("SELECT count(*) FROM kept WHERE owner = ? AND kind = ?", (owner, kind.__name__))
        return int(row.fetchone()[0])

    def remove_kept(self, id: str) -> None:
        """Forget a value."""
        self._base.execute("DELETE FROM kept WHERE id = ?", (id,))

    def expire_kept(self, before: float, most_bytes: int) -> list[str]:
        """Forget values older than a time, and the oldest beyond so many bytes together; their files' names."""
        total, uploads = 0, []
        rows = self._base.execute("SELECT id, upload, bytes, created FROM kept ORDER BY created DESC, id").fetchall()
        for id, upload, size, created in rows:
            total += size
            if created < before or total > most_bytes:
                self.remove_kept(id)
                uploads.append(upload)
        return [upload for upload in uploads if upload]

    def uploads(self) -> set[str]:
        """Names of files in the spool that tasks or values have."""
        kept = {upload for (upload,) in self._base.execute("SELECT upload FROM kept WHERE upload != ''")}
        return kept | {task.job.upload for task in self.all()}

    def _values(self, kind: type[_Value], where: str, *given: object) -> list[tuple[KeptEntry, _Value]]:
        query = f"SELECT {_KEPT} FROM kept WHERE kind = ? AND {where}"
        rows = self._base.execute(query, (kind.__name__, *given))
        return [(KeptEntry(*row), msgspec.json.decode(value, type=kind)) for *row, value in rows]


def _task(row: Iterable[Any]) -> Task:
    id, owner, job, *rest = row
    return Task(id, owner, msgspec.json.decode(job, type=ReadJob), *rest)
