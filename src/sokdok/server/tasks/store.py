"""The journal of tasks: one SQLite file.

- A task is in it before its client is told that it was accepted, a page before anybody is told that it was read.
- What was written survives the server's death at any moment (write-ahead log). A machine that loses power may forget
  the last moments, and never more.
- A page is kept once: the first row stays.
"""

from __future__ import annotations

import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Any

import msgspec

from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import REACH, joined_pages
from sokdok.documents.write.json_file import page_from_json
from sokdok.server.engine.job_handle import State
from sokdok.server.engine.messages import Job
from sokdok.server.engine.refused import Fault

_SCHEMA = """
CREATE TABLE IF NOT EXISTS task (
    id TEXT PRIMARY KEY, owner TEXT NOT NULL, job BLOB NOT NULL, state TEXT NOT NULL, reason TEXT NOT NULL,
    pages INTEGER NOT NULL, failed INTEGER NOT NULL, bytes INTEGER NOT NULL, created REAL NOT NULL, ended REAL,
    fault TEXT NOT NULL DEFAULT ''
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS page (
    seq INTEGER PRIMARY KEY AUTOINCREMENT, task TEXT NOT NULL, number INTEGER NOT NULL, failed INTEGER NOT NULL,
    row BLOB NOT NULL, UNIQUE (task, number)
);
CREATE INDEX IF NOT EXISTS task_owner ON task (owner, created);
CREATE INDEX IF NOT EXISTS task_ended ON task (ended);
"""
_VERSION = 2
_ADDED = {1: "ALTER TABLE task ADD COLUMN fault TEXT NOT NULL DEFAULT ''"}
"""what makes a file of a version one of the next"""
_COLUMNS = "id, owner, job, state, reason, pages, failed, bytes, created, ended, fault"


class Task(msgspec.Struct, frozen=True):
    """A task as the journal has it."""

    id: str
    owner: str
    job: Job
    state: State
    reason: str  # why it failed or was cancelled
    pages: int  # that are read, failed ones included
    failed: int  # of them
    bytes: int  # of its upload, its pages and what was made of them
    created: float  # seconds since 1970
    ended: float | None
    fault: Fault  # whose it is that it failed


class Told(msgspec.Struct, frozen=True):
    """A page that was read."""

    seq: int  # in the order in which pages were read; larger for later ones
    number: int
    failed: bool


class TaskStore:
    """Tasks and their pages in the file `path`. Used from one thread at a time."""

    def __init__(self, path: Path) -> None:
        self.path = path
        os.close(os.open(path, os.O_CREAT | os.O_CLOEXEC, 0o600))  # documents are in it: nobody else's to read
        self._base = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        self._base.execute("PRAGMA journal_mode=WAL")
        self._base.execute("PRAGMA synchronous=NORMAL")
        (version,) = self._base.execute("PRAGMA user_version").fetchone()
        for older in range(version or _VERSION, _VERSION):  # 0: a new file
            self._base.execute(_ADDED[older])
        self._base.executescript(_SCHEMA)
        self._base.execute(f"PRAGMA user_version={_VERSION}")

    def close(self) -> None:
        """Close the file."""
        self._base.close()

    @contextmanager
    def _together(self) -> Iterator[None]:
        """All of it, or nothing where something goes wrong, as on a full disk."""
        self._base.execute("BEGIN IMMEDIATE")
        try:
            yield
            self._base.execute("COMMIT")
        except BaseException:
            if self._base.in_transaction:
                self._base.execute("ROLLBACK")
            raise

    def add(self, id: str, owner: str, job: Job, size: int) -> None:
        """Accept a task whose upload has so many bytes."""
        self._base.execute(
            "INSERT INTO task VALUES (?, ?, ?, 'waiting', '', 0, 0, ?, ?, NULL, '')",
            (id, owner, msgspec.json.encode(job), size, time.time()),
        )

    def add_page(self, id: str, number: int, row: bytes, failed: bool) -> None:
        """Keep a page, unless it is kept already."""
        with self._together():
            added = self._base.execute(
                "INSERT OR IGNORE INTO page (task, number, failed, row) VALUES (?, ?, ?, ?)", (id, number, failed, row)
            ).rowcount
            if added:
                self._base.execute(
                    "UPDATE task SET pages = pages + 1, failed = failed + ?, bytes = bytes + ? WHERE id = ?",
                    (failed, len(row), id),
                )

    def set_state(self, id: str, state: State, reason: str = "", fault: Fault = "") -> None:
        """Where a task stands; one that has ended stays as it ended."""
        ended = time.time() if state in ("done", "failed", "cancelled") else None
        self._base.execute(
            "UPDATE task SET state = ?, reason = ?, fault = ?, ended = ? WHERE id = ? AND ended IS NULL",
            (state, reason, fault, ended, id),
        )

    def find(self, id: str, owner: str) -> Task | None:
        """A task of somebody; None if there is none, or it is somebody else's."""
        rows = self._base.execute(f"SELECT {_COLUMNS} FROM task WHERE id = ? AND owner = ?", (id, owner))
        return next(map(_task, rows), None)

    def of_owner(self, owner: str, most: int) -> list[Task]:
        """Somebody's newest tasks."""
        rows = self._base.execute(
            f"SELECT {_COLUMNS} FROM task WHERE owner = ? ORDER BY created DESC, id LIMIT ?", (owner, most)
        )
        return [_task(row) for row in rows]

    def unfinished(self) -> list[Task]:
        """Tasks that were accepted and have not ended, in the order in which they came."""
        rows = self._base.execute(f"SELECT {_COLUMNS} FROM task WHERE ended IS NULL ORDER BY created, id")
        return [_task(row) for row in rows]

    def missing(self, task: Task) -> tuple[int, ...]:
        """Numbers of the pages that are not read."""
        read = {number for (number,) in self._base.execute("SELECT number FROM page WHERE task = ?", (task.id,))}
        return tuple(number for number in task.job.pages if number not in read)

    def told(self, id: str, after: int = 0) -> list[Told]:
        """Pages that were read behind the one of a seq, in order."""
        rows = self._base.execute(
            "SELECT seq, number, failed FROM page WHERE task = ? AND seq > ? ORDER BY seq", (id, after)
        )
        return [Told(seq, number, bool(failed)) for seq, number, failed in rows]

    def rows(self, id: str) -> Iterator[bytes]:
        """Rows of a task's pages; see `rows_of`."""
        return rows_of(self.path, id)

    def page(self, id: str, number: int) -> bytes | None:
        """The row of a page; None until it is read."""
        found = self._base.execute("SELECT row FROM page WHERE task = ? AND number = ?", (id, number)).fetchone()
        return None if found is None else bytes(found[0])

    def add_bytes(self, id: str, size: int) -> None:
        """Count what is kept beside a task's pages."""
        self._base.execute("UPDATE task SET bytes = bytes + ? WHERE id = ?", (size, id))

    def expired(self, before: float, most_bytes: int) -> list[Task]:
        """Tasks that ended before a time, and the oldest of those beyond so many bytes together."""
        rows = self._base.execute(f"SELECT {_COLUMNS} FROM task WHERE ended IS NOT NULL ORDER BY ended DESC, id")
        kept, found = 0, []
        for task in map(_task, rows):
            kept += task.bytes
            if (task.ended or 0.0) < before or kept > most_bytes:
                found.append(task)
        return found

    def remove(self, id: str) -> None:
        """Forget a task and its pages."""
        with self._together():
            self._base.execute("DELETE FROM page WHERE task = ?", (id,))
            self._base.execute("DELETE FROM task WHERE id = ?", (id,))

    def ids(self) -> set[str]:
        """Of all tasks."""
        return {id for (id,) in self._base.execute("SELECT id FROM task")}

    def uploads(self) -> set[str]:
        """Names of files that tasks have in the spool."""
        return {msgspec.json.decode(job, type=Job).upload for (job,) in self._base.execute("SELECT job FROM task")}


def rows_of(path: Path, id: str, first: int = 1, last: int = sys.maxsize) -> Iterator[bytes]:
    """Rows of a task's pages in the file of tasks, in the order of their numbers, from one number to another.

    One is in memory at a time; any thread or process may ask.
    """
    # Read only: a process that believes itself the last one to close the file would remove its log.
    with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as base:
        query = "SELECT row FROM page WHERE task = ? AND number BETWEEN ? AND ? ORDER BY number"
        for (row,) in base.execute(query, (id, first, last)):
            yield row


def page_of(path: Path, id: str, number: int) -> DocumentPage | None:
    """A page as its document has it: its furniture told by what is read of the pages around; None until it is read."""
    rows = rows_of(path, id, number - 2 * REACH, number + 2 * REACH)
    pages = joined_pages(page_from_json(row.decode()) for row in rows)
    return next((page for page in pages if page.number == number), None)


def _task(row: tuple[Any, ...]) -> Task:
    id, owner, job, *rest = row
    return Task(id, owner, msgspec.json.decode(job, type=Job), *rest)
