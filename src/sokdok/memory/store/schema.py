"""The tables of a store, and how an older file becomes a newer one: forward only, each step once, all or nothing.

- A file's `user_version` is the number of steps that were taken with it. A released step is never edited: the next
  change is a new one at the end.
- Turns are append-only, and triggers hold every program to that; `Store.forget` alone takes out a conversation, as a
  whole and because its owner wants it. What is worked out from a turn (its place on the streams, its summary) may be
  worked out again by a later step; role, text, time and metadata may not change.
- A turn's id holds its conversation and its number, so that a range of turns is a range of ids, in the table as in the
  search index. The index holds no texts: its tokens are those of `sokdok.memory.store.search`.
"""

from __future__ import annotations

import shlex
import sqlite3
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cache
from importlib.resources import files
from pathlib import Path

from sokdok.errors import InputError
from sokdok.memory.store.search import index_all

Step = Callable[[sqlite3.Connection], None]

APPLICATION_ID = 0x736F6B64  # The application id in the file's header: 'sokd'.


def turn_id(conversation: int, number: int) -> int:
    """Return the id of turn `number` of a conversation."""
    return conversation << 32 | number


def split_id(turn: int) -> tuple[int, int]:
    """Return (conversation, number) of a turn's id."""
    return turn >> 32, turn & 0xFFFFFFFF


def checksum(turn: int, role: str, text: str, time: str, meta: str, important: bool) -> int:
    """Return the CRC-32 of a turn's exact columns: it shows damage that leaves the file's structure whole."""
    return zlib.crc32("\0".join((str(turn), role, text, time, meta, str(int(important)))).encode())


def _step(name: str) -> Step:
    """The step whose statements stand in a file, apart by empty lines."""
    statements = files("sokdok.memory.store").joinpath(name).read_text(encoding="utf-8").split("\n\n")

    def take(connection: sqlite3.Connection) -> None:
        for statement in statements:
            connection.execute(statement)

    return take


# Every change of the schema, in order; the fourth indexed what was searched for by then.
STEPS = (*map(_step, ("step_1.sql", "step_2.sql", "step_3.sql")), lambda _: None, _step("step_5.sql"), index_all)
_STATISTICS = "sqlite_stat"  # Beginning of the names of tables in which SQLite's ANALYZE keeps what it counted.


def check_owner(connection: sqlite3.Connection, path: Path) -> None:
    """Raise InputError for a database that is another program's."""
    # In this order, since another process may be making the file: once there are tables, there is an id.
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    (owner,) = connection.execute("PRAGMA application_id").fetchone()
    if owner != APPLICATION_ID and (tables or owner):
        raise InputError(f"{path} is another program's database; it was left as it is: choose another file")


def check_objects(connection: sqlite3.Connection, path: Path, steps: Sequence[Step]) -> None:
    """Raise InputError unless a file holds the tables, indices and triggers that `steps` make, and nothing else.

    Somebody else's would run with the user's rights whenever the file is used.
    """
    found, made = _objects(connection), _made_by(tuple(steps))
    if differing := sorted(name for _, name, _, _ in found ^ made if not name.startswith(_STATISTICS)):
        raise InputError(
            f"{path} holds what sokdok did not write, or is damaged ({differing[0]!r:.80}); it was left as it is: "
            f"`sqlite3 {shlex.quote(str(path))} .recover | sqlite3 saved.db` saves what can be read"
        )


def _objects(connection: sqlite3.Connection) -> frozenset[tuple[str, ...]]:
    """Return type, name, table and SQL of everything in a file's schema, as texts with white space collapsed."""
    rows = connection.execute("SELECT type, name, tbl_name, sql FROM sqlite_schema")
    return frozenset(tuple(" ".join(str(value).split()) for value in row) for row in rows)


@cache
def _made_by(steps: tuple[Step, ...]) -> frozenset[tuple[str, ...]]:
    """Return what stands in the schema of a new file after these steps."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as connection:
        for step in steps:
            step(connection)
        return _objects(connection)


def migrate(connection: sqlite3.Connection, path: Path) -> None:
    """Take the steps that a file lacks, in one transaction. Raises InputError for a file that a later sokdok wrote."""
    check_owner(connection, path)
    with transaction(connection, "DEFERRED"):  # else another process could make the file in between
        version = _version(connection, path)
        check_objects(connection, path, STEPS[:version])
    if version == len(STEPS):
        return
    with transaction(connection):
        check_owner(connection, path)
        for step in STEPS[_version(connection, path) :]:  # asked again: another process may have been quicker
            step(connection)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(STEPS)}")


@contextmanager
def transaction(connection: sqlite3.Connection, kind: str = "IMMEDIATE") -> Iterator[None]:
    """Open a transaction, which keeps other writers out from its beginning; undone if the block raises.

    Where undoing fails, the file is closed: nobody may take the transaction for their own.
    """
    connection.execute(f"BEGIN {kind}")
    try:
        yield
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:  # a full disk has ended it already
            try:
                connection.execute("ROLLBACK")
            except (sqlite3.Error, MemoryError):
                connection.close()
        raise


def _version(connection: sqlite3.Connection, path: Path) -> int:
    """Return how many steps were taken with a file. Raises InputError for more than there are."""
    version = int(connection.execute("PRAGMA user_version").fetchone()[0])
    if version > len(STEPS):
        raise InputError(f"{path} is of a newer sokdok (schema {version}, this one knows {len(STEPS)}): update sokdok")
    return version
