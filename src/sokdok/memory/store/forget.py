"""Taking a conversation out of a store: the one thing that is ever taken out of it, and always as a whole.

- It is one transaction: killed at any moment, the conversation is there as it was, or it is gone. Other processes may
  have the file open meanwhile; that is why it is not written anew beside the old one, whose last turns would be lost.
- Nothing of it is left to be read: SQLite overwrites what is freed (`secure_delete`), the search index is made anew
  from what stays, and the log is emptied. Where another process is just reading, the log is emptied when the last one
  closes the file.
- The room that it had is used for what comes.
"""

from __future__ import annotations

import sqlite3
from contextlib import suppress

from sokdok.memory.store.schema import turn_id
from sokdok.memory.store.search import grams

_GUARD = "turns_stay"  # the trigger that keeps every program from deleting turns
_LAST = 0xFFFFFFFF
_BATCH_TURNS = 1000


def overwrite_freed(connection: sqlite3.Connection) -> None:
    """Have SQLite overwrite what is deleted from now on. Outside a transaction."""
    connection.execute("PRAGMA secure_delete = ON")


def forget(connection: sqlite3.Connection, conversation: int) -> None:
    """Delete a conversation by its id, and images that no other has. Within a transaction."""
    turns = turn_id(conversation, 0), turn_id(conversation, _LAST)
    # The guard is gone for the length of this transaction, which nobody else sees, and stands again with its end.
    (guard,) = connection.execute("SELECT sql FROM sqlite_schema WHERE name = ?", (_GUARD,)).fetchone()
    connection.execute(f"DROP TRIGGER {_GUARD}")
    for table, column in (("turns", "id"), ("facts", "turn"), ("turn_images", "turn")):
        connection.execute(f"DELETE FROM {table} WHERE {column} BETWEEN ? AND ?", turns)
    connection.execute("DELETE FROM recalls WHERE conversation = ?", (conversation,))
    connection.execute("DELETE FROM conversations WHERE id = ?", (conversation,))
    connection.execute("DELETE FROM images WHERE id NOT IN (SELECT image FROM turn_images)")
    _index_anew(connection)
    connection.execute(guard)


def empty_log(connection: sqlite3.Connection) -> None:
    """Move what is in the log into the file and cut it off, as far as others that read allow. Outside a transaction."""
    with suppress(sqlite3.Error):
        connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")


def _index_anew(connection: sqlite3.Connection) -> None:
    """Index what stays: taken out of the index turn by turn, tokens of what went would stay in its older segments."""
    connection.execute("INSERT INTO grams (grams) VALUES ('delete-all')")
    last = -1
    while rows := connection.execute(
        "SELECT id, text FROM turns WHERE id > ? ORDER BY id LIMIT ?", (last, _BATCH_TURNS)
    ).fetchall():
        connection.executemany(
            "INSERT INTO grams (rowid, tokens) VALUES (?, ?)", ((id, grams(text)) for id, text in rows)
        )
        last = rows[-1][0]
