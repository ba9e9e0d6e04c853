"""Which file had the same bytes first, however many there are: on disk, in a few megabytes of memory."""

from __future__ import annotations

import sqlite3
from tempfile import gettempdir
from types import TracebackType

from sokdok.errors import SokdokError


class FirstFiles:
    """Paths by hashes of what is in a file."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a temporary file that nobody else sees
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute("PRAGMA cache_size = -65536")
        self._database.execute("CREATE TABLE first (hash BLOB PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def __enter__(self) -> FirstFiles:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._database.close()

    def first(self, sha256: str, path: str) -> str | None:
        """The path of the first file with this hash; None if this is the first."""
        try:
            return self._first(bytes.fromhex(sha256), path)
        except sqlite3.OperationalError as error:
            raise SokdokError(f"hashes of files can't be kept in {gettempdir()} ({error}): make room there") from None

    def _first(self, key: bytes, path: str) -> str | None:
        if self._database.execute("INSERT OR IGNORE INTO first VALUES (?, ?)", (key, path)).rowcount:
            return None
        return str(self._database.execute("SELECT path FROM first WHERE hash = ?", (key,)).fetchone()[0])
