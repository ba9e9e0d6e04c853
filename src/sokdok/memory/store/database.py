"""Opening the store's SQLite file: never another program's, never a damaged one, and errors that say what to do.

- The application id in the file's header says whose it is. It is looked up read-only, so that a file which is refused
  stays as it was, byte for byte.
- A commit is on the disk when it returns: write-ahead log with synchronous=FULL.
- A new file is its owner's alone (0600), and SQLite gives its log the same rights. While it is open a part of it is in
  the log (`FILE-wal`): a copy of the file alone lacks that, one of a file that was closed is whole.
"""

from __future__ import annotations

import os
import shlex
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import platformdirs

from sokdok.errors import InputError, SokdokError
from sokdok.memory.store.schema import check_owner, migrate

NAME = "memory.db"  # Name of a memory's file where none is given.
PAGE_SIZE = 4096  # Bytes of a page: SQLite's default, fixed so that a file whose header is lost can still be read.
RETRY_S = 0.01  # Pause between two attempts to switch to the write-ahead log, in seconds.


class StoreError(SokdokError):
    """The file is all right but can't be read or written now: locked, no space, no permission."""


class NotStored(InputError):
    """The file is all right, and what is asked for is not in it."""


def default_file() -> Path:
    """`memory.db` in the current folder if there is one, else in the folder of the user's data, which is made.

    Raises InputError if that can't be made.
    """
    here = Path(NAME)
    if here.is_file():
        return here
    folder = platformdirs.user_data_path("sokdok", appauthor=False)
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    except OSError as error:
        reason = f"{folder} can't be made ({error.strerror})"
        raise InputError(f"{reason}: name another file for the memory with --file or SOKDOK_MEMORY") from None
    return folder / NAME


def connect(path: Path, *, create: bool, timeout: float) -> sqlite3.Connection:
    """Open a store's file and bring it up to date; `timeout` is how long to wait for another process, in seconds.

    Raises InputError for a file that is missing, damaged, too new or not a store, StoreError.
    """
    new = _is_new(path)
    if new and not create:
        raise InputError(f"there is no memory in {path}: nothing was stored there yet")
    with explained(path):
        if new:  # an empty file that only its owner may read
            try:
                os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600))
            except OSError as error:
                reason = f"{path} can't be made ({error.strerror})"
                raise StoreError(f"{reason}: check its folder's permissions and space") from None
        else:
            _refuse_foreign(path)
        connection = _open(path, "rw", timeout)
        try:
            connection.execute("PRAGMA trusted_schema = OFF")  # the file may be somebody else's
            connection.execute(f"PRAGMA page_size = {PAGE_SIZE}")
            migrate(connection, path)
            _use_log(connection, timeout)
            connection.execute("PRAGMA synchronous = FULL")
        except BaseException:
            connection.close()
            raise
    return connection


def _is_new(path: Path) -> bool:
    """Whether nothing is there yet, without opening the file: closing it would drop this process's locks on it."""
    try:
        if path.is_dir():
            raise InputError(f"{path} is a folder; name a file in it")
        if not path.parent.is_dir():
            raise InputError(f"{path} can't be made: there is no folder {path.parent}")
        if path.exists() and not path.is_file():
            raise InputError(f"{path} is no regular file")
        return not path.exists() or not path.stat().st_size
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        raise InputError(f"{path} can't be opened ({getattr(error, 'strerror', None) or error})") from None


def _refuse_foreign(path: Path) -> None:
    """Raise InputError for another program's file, having opened it for reading only."""
    with closing(_open(path, "ro", timeout=1)) as connection:
        try:
            check_owner(connection, path)
        except sqlite3.OperationalError as error:
            # Its creation is under way or was cut off: opening it for writing waits, or clears it up.
            busy = error.sqlite_errorcode & 0xFF == sqlite3.SQLITE_BUSY
            if not busy and error.sqlite_errorcode != sqlite3.SQLITE_READONLY_ROLLBACK:
                raise


def _open(path: Path, mode: str, timeout: float) -> sqlite3.Connection:
    """Open a file in a mode of SQLite's URIs: ro or rw."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(uri, timeout=timeout, isolation_level=None, check_same_thread=False, uri=True)


def _use_log(connection: sqlite3.Connection, timeout: float) -> None:
    """Switch to the write-ahead log. SQLite doesn't wait for others here, such as one that switches too."""
    deadline = time.monotonic() + timeout
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL")
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode & 0xFF != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(RETRY_S)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Turn SQLite's errors into ones that say what to do."""
    try:
        yield
    except MemoryError:
        raise StoreError(f"not enough memory for {path}; what was just to be stored is not") from None
    except UnicodeDecodeError:  # SQLite's own message quotes what stands there
        raise damaged(path, "a text is not UTF-8") from None
    except sqlite3.ProgrammingError as error:
        if "closed" in str(error):
            raise StoreError(f"{path} is closed, perhaps after an error; open it again") from None
        raise
    except sqlite3.Error as error:
        code = getattr(error, "sqlite_errorcode", None)
        if code is not None:
            raise _explanation(path, error, code & 0xFF) from None
        if isinstance(error, sqlite3.OperationalError):  # Python's own: all texts that were stored can be decoded
            raise damaged(path, "a text is not UTF-8") from None
        raise  # a mistake of the caller's, such as a closed connection


def damaged(path: Path, reason: str) -> InputError:
    """Return the error for a file that can't be relied on any more: what is wrong and how to save the rest."""
    return InputError(
        f"{path} is damaged or no database ({' '.join(reason.split())}); it was left as it is: "
        f"`sqlite3 {shlex.quote(str(path))} .recover | sqlite3 saved.db` saves what can be read"
    )


def _explanation(path: Path, error: sqlite3.Error, code: int) -> SokdokError:
    """Return the error to raise for SQLite's primary result code."""
    if code in (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CONSTRAINT):
        return damaged(path, str(error))
    if code in (sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED):
        return StoreError(
            f"{path} is locked by another process, which `fuser {shlex.quote(str(path))}` names: "
            f"wait until it is done (a large import takes minutes) or stop it, then try again"
        )
    if code == sqlite3.SQLITE_FULL:
        return StoreError(f"no room for {path}: what was just to be stored is not; free some space and try again")
    if code in (sqlite3.SQLITE_READONLY, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM):
        return StoreError(f"{path} can't be written ({error}): check the rights of file and folder, and free space")
    if code == sqlite3.SQLITE_TOOBIG:
        return InputError("a turn is too large: SQLite holds texts and images of up to a gigabyte")
    return StoreError(f"{path} can't be used ({error}); what was just to be stored is not")
