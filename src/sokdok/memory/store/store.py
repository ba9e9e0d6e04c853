"""The exact memory: every turn of many conversations in one SQLite file, append-only but for whole conversations.

- What `append` gives back is on the disk: a process killed at any instant loses nothing that was acknowledged.
- Any number of processes may write to one file, also to one conversation: they take turns, and numbers have no gaps.
- What views need of a turn is worked out when it is written (`memory.summary`) and indexed, so that a range of the
  stream, the summaries of a range or the turns that hold a word are one query each, however long the conversation is.
- A file may be damaged, or made by hand by somebody else: types, checksums and places are checked as rows are read.
- Only whole conversations are ever taken out (`Store.forget`), and nothing of them is left to be read.
"""

from __future__ import annotations

import hashlib
import json
import sqlite3
import threading
import warnings
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import fields
from datetime import UTC, datetime
from functools import partial
from pathlib import Path
from typing import Any

from sokdok.errors import EndpointError, InputError, SokdokWarning, encoded
from sokdok.memory.images import MEDIA_TYPES, TurnImage
from sokdok.memory.store import search
from sokdok.memory.store.database import NotStored, connect, damaged, explained
from sokdok.memory.store.schema import checksum, split_id, transaction, turn_id
from sokdok.memory.summary import derive
from sokdok.memory.turn import (
    ROLES,
    Conversation,
    End,
    Hit,
    NewTurn,
    PlacedTurn,
    Stats,
    Turn,
    TurnSummary,
    check_name,
    encode_meta,
    in_utc,
    speaker,
    with_images,
)

MOST_TERMS = 256  # Words of a question that are looked for, at most: the first ones.
MOST_POSTINGS = 1500  # Turns that a question's words are found in together, at most: some 2 ms.
MOST_MATCHES = 256  # Turns that match a question, at most.
EMBEDDED_TURNS = 32  # Turns whose embeddings are asked for at once: some servers take no more.
_LAST = 0xFFFFFFFF  # Highest number that a turn can have.
_CELLS_PER_BYTE = 8  # More than any text takes on a stream: an escape has seven cells at most.
_WITHIN = "grams MATCH ? AND rowid BETWEEN ? AND ?"
_GUARD = "turns_stay"  # The trigger that keeps every program from deleting turns.
_TURN = "id, role, text, time, meta, important, checksum, start, size, key_start, key_size"

Types = Sequence[type | tuple[type, ...]]  # The type of each value of a row, or those it may have.
_NONE = type(None)
TURN: Types = (str, int, str, str, str, str, int, int, int, int, int, int)  # A conversation's name, then `_TURN`.
SUMMARY: Types = (int, str, (str, int, float, _NONE), str, float, int)  # As `TurnSummary` has it.
STATS: Types = (int, int, int, (str, _NONE), (str, _NONE))  # Turns, important ones, characters, first and last time.


class Store:
    """The conversations in the file `path`, which is made if it isn't there, unless `create` is False.

    `timeout` is how long to wait for another process that writes, in seconds. Several threads may share a Store; each
    process opens its own. Close it when done with it. Raises InputError for a file that is missing, damaged, of a
    later version or not a store, StoreError if it is locked, full or not permitted; both for every method.
    `embeddings` is a model that finds turns by meaning, too (`search.Embedder`).
    """

    def __init__(
        self, path: str | Path, *, create: bool = True, timeout: float = 10.0, embeddings: str | None = None
    ) -> None:
        self.path = Path(path)
        self._lock, self._most_cells = threading.RLock(), 0  # the second: cells for which the file has room
        self._embedder = search.Embedder(embeddings) if embeddings else None
        self._connection = connect(self.path, create=create, timeout=timeout)

    def append(self, conversation: str, turns: Iterable[NewTurn]) -> list[PlacedTurn]:
        """Store turns at the end of a conversation, all or none, and return them; it begins with its first turn."""
        turns = list(turns)
        if not turns:
            return []
        with self.transaction():
            conversation_id = self._id(conversation)
            if not conversation_id:
                check_name(conversation)
                cursor = self._connection.execute("INSERT INTO conversations (name) VALUES (?)", (conversation,))
                conversation_id = self._known_id(int(cursor.lastrowid or 0))
            rows, indexed = [], []
            end = self._end(conversation_id)
            for turn in turns:
                time = in_utc(turn.time) if turn.time else datetime.now(UTC)
                key = turn_id(conversation_id, end.number + 1)
                said = with_images(turn.text, [image.info for image in turn.images])
                who = speaker(turn.role, turn.meta)
                derived = derive(said, who, end.number + 1, time, end.time, turn.important)
                written = time.isoformat(timespec="microseconds")
                exact = (key, turn.role, turn.text, written, encode_meta(turn.meta), turn.important)
                place = (end.length, derived.size, end.pinned_length, derived.pinned_size)
                rows.append((*exact, checksum(*exact), *place, derived.summary, derived.weight))
                indexed.append((key, search.tokens(turn.text)))
                end = End(end.number + 1, end.length + derived.size, end.pinned_length + derived.pinned_size, time)
            self._insert("turns", f"{_TURN}, digest, weight", rows)
            self._insert("grams", "rowid, tokens", indexed)
            for row, turn in zip(rows, turns, strict=True):
                for position, image in enumerate(turn.images):  # equal ones are stored once
                    values = (*vars(image.info).values(), image.data)
                    self._insert("images", "sha256, media_type, width, height, data", [values], ignore=True)
                    (found,) = self._rows("SELECT id FROM images WHERE sha256 = ?", (image.info.sha256,), (int,))
                    self._insert("turn_images", "turn, position, image", [(row[0], position, *found)])
            return self._turns("id BETWEEN ? AND ?", (rows[0][0], rows[-1][0]))

    def turn(self, conversation: str, number: int) -> PlacedTurn:
        """Return one turn. Raises NotStored if there is none of that number."""
        if turns := self.turns(conversation, number, number):
            return turns[0]
        last = self.end(conversation).number
        known = f"its turns are 1 to {last:,}" if last else "no conversation of that name has turns"
        raise NotStored(f"there is no turn {number} in {conversation!r}: {known}")

    def turns(self, conversation: str, first: int = 1, last: int = _LAST) -> list[PlacedTurn]:
        """Return turns number `first` to `last`, as far as they are there."""
        return self._turns("id BETWEEN ? AND ?", self._ids(conversation, first, last))

    def some(self, conversation: str, numbers: Iterable[int]) -> list[PlacedTurn]:
        """Return the turns of these numbers, in order, as far as they are there."""
        return self._turns("id IN (SELECT value FROM json_each(?))", (self._listed(conversation, numbers),))

    def all_turns(self, conversation: str) -> Iterator[PlacedTurn]:
        """Yield every turn, few of them in memory at a time; those that come while it runs are left out."""
        for first in range(1, self.end(conversation).number + 1, search.BATCH_TURNS):
            yield from self.turns(conversation, first, first + search.BATCH_TURNS - 1)

    def span(self, conversation: str, start: int, stop: int, *, pinned: bool = False) -> list[PlacedTurn]:
        """Return turns that take up cells [start, stop) of the conversation's stream, or of its pinned stream."""
        return self._turns(_PINNED_SPAN if pinned else _SPAN, self._range(conversation, start, stop))

    def summaries(
        self, conversation: str, start: int, stop: int, most: int, *, pinned: bool = False
    ) -> list[TurnSummary]:
        """Return the `most` weightiest turns of a span, or of a pinned span, as summaries, the weightiest first."""
        span = _PINNED_SPAN if pinned else _SPAN
        heaviest = f"SELECT id FROM turns WHERE {span} ORDER BY weight DESC, id LIMIT :most"
        columns = "number, role, json_extract(meta, '$.name'), digest, weight, size"
        query = f"SELECT {columns} FROM turns WHERE id IN ({heaviest}) ORDER BY weight DESC, id"
        rows = self._rows(query, self._range(conversation, start, stop) | {"most": most}, SUMMARY)
        return list(map(TurnSummary._make, rows))

    def end(self, conversation: str) -> End:
        """Return where a conversation ends; all zero if it has not begun."""
        return self._end(self._id(conversation))

    def stats(self, conversation: str) -> Stats:
        """Return a conversation in numbers; all zero if it has not begun."""
        sums = "count(*), ifnull(sum(important), 0), ifnull(sum(length(text)), 0), min(time), max(time)"
        query = f"SELECT {sums} FROM turns WHERE id BETWEEN ? AND ?"
        ((turns, important, characters, *times),) = self._rows(query, self._ids(conversation, 0, _LAST), STATS)
        first, last = (self._read_time(time) if time else None for time in times)
        return Stats(conversation, turns, important, characters, first, last, self.path.stat().st_size)

    def conversations(self) -> list[Conversation]:
        """Return all conversations by name."""
        last = f"SELECT id FROM turns WHERE id BETWEEN c.id << 32 AND c.id << 32 | {_LAST} ORDER BY id DESC LIMIT 1"
        query = f"SELECT name, number, time FROM conversations c JOIN turns t ON t.id = ({last}) ORDER BY name"
        rows = self._rows(query, (), (str, int, str))
        for name, _, _ in rows:
            try:
                check_name(name)
            except InputError:
                raise damaged(self.path, f"a conversation is called {name!r:.80}, as sokdok would call none") from None
        return [Conversation(name, number, self._read_time(time)) for name, number, time in rows]

    def search(self, query: str, conversation: str | None = None, limit: int = 10) -> list[Hit]:
        """Find turns that hold all the words of `query`, in any case and also inside longer words; the best first.

        Where there are none, find those that match any of them as terms: a question in full finds its answer.
        """
        encoded(query, name="what to search for")
        words = search.words_of(query)
        first, last = (0, turn_id(_LAST >> 1, _LAST)) if conversation is None else self._ids(conversation, 0, _LAST)
        scores = self._scores(search.all_of(words), first, last, limit)
        loose = {each for each in search.terms(query) if len(each) > 2 or each[1:].isdigit()}  # beside the mark
        if not scores and loose:
            scores = self._scores(search.any_of(loose), first, last, limit)
        near = {} if conversation is None else self._near(conversation, query, _LAST, limit)
        order = search.fuse(scores, (first + number for number in near)) if near else scores
        hits = []
        for turn in list(order)[:limit]:
            if not (turns := self._turns("id = ?", (turn,))):
                raise damaged(self.path, "its index names a turn that is not there")
            known = {each.name: getattr(turns[0], each.name) for each in fields(Turn)}
            hits.append(Hit(**known, snippet=search.snippet(turns[0].text, words), score=scores.get(turn, 0.0)))
        return hits

    def matching(self, conversation: str, question: str, before: int, most: int = MOST_MATCHES) -> dict[int, int]:
        """Find the `most` turns before number `before` that match a question best, and their cells, as `rank` has it.

        Words count from the rarest on, up to `MOST_POSTINGS` turns: those that very many turns hold choose none.
        """
        first, last = self._ids(conversation, 0, before - 1)
        counted = []
        for term in list(dict.fromkeys(search.terms(question)))[:MOST_TERMS]:
            query = f"SELECT count(*) FROM (SELECT 1 FROM grams WHERE {_WITHIN} LIMIT ?)"
            ((turns,),) = self._rows(query, (search.any_of([term]), first, last, MOST_POSTINGS + 1), (int,))
            counted.append((turns, term))
        chosen, left = [], MOST_POSTINGS
        for turns, term in sorted(counted):
            left -= turns
            chosen += [term] if turns and left >= 0 else []
        most = min(most, MOST_MATCHES)
        found = self._scores(search.any_of(chosen), first, last, most) if chosen else {}
        scores = {split_id(turn)[1]: score for turn, score in found.items()}
        sizes = partial(self._sizes, conversation, before)
        by_words = search.rank(scores, sizes)
        by_meaning = search.rank(self._near(conversation, question, before, most), sizes)
        cells = by_words | by_meaning
        return {number: cells[number] for number in search.fuse(by_words, by_meaning)}

    def _near(self, conversation: str, question: str, before: int, most: int) -> dict[int, float]:
        """Return the `most` turns before number `before` that are nearest to a question in meaning, and how near.

        None without a model, or, with a warning, where its endpoint fails. Vectors that the file lacks are asked for.
        """
        embedder = self._embedder
        if embedder is None or not question.strip():
            return {}
        before = min(before, self.end(conversation).number + 1)
        first, last = self._ids(conversation, 1, before - 1)
        query = "SELECT turn, vector FROM embeddings WHERE model = ? AND length(vector) = ? AND turn BETWEEN ? AND ?"
        try:
            (wanted,) = embedder.embed([question])
            vectors = dict(self._rows(query, (embedder.name, len(wanted), first, last), (int, bytes)))
            missing = [number for number in range(1, before) if first + number - 1 not in vectors]
            batches = (missing[start : start + EMBEDDED_TURNS] for start in range(0, len(missing), EMBEDDED_TURNS))
            for numbers in search.reported(batches, len(missing), "asking for embeddings"):
                turns = self.some(conversation, numbers)
                said = [f"{speaker(turn.role, turn.meta)}: {with_images(turn.text, turn.images)}" for turn in turns]
                new = dict(zip([first + turn.number - 1 for turn in turns], embedder.embed(said), strict=True))
                rows = [(turn, embedder.name, vector) for turn, vector in new.items()]
                with self.transaction():
                    self._connection.executemany("INSERT OR REPLACE INTO embeddings VALUES (?, ?, ?)", rows)
                vectors |= new
        except EndpointError as error:
            warnings.warn(f"{error}; the memory is searched by words alone", SokdokWarning, stacklevel=2)
            return {}
        return {split_id(turn)[1]: score for turn, score in embedder.nearest(wanted, vectors, most).items()}

    def _sizes(self, conversation: str, before: int, numbers: Iterable[int]) -> dict[int, int]:
        """Return the cells of those of some turns that are there and before number `before`."""
        query = "SELECT id, size FROM turns WHERE id IN (SELECT value FROM json_each(?))"
        listed = self._listed(conversation, (number for number in numbers if 0 < number < before))
        return {split_id(turn)[1]: size for turn, size in self._rows(query, (listed,), (int, int))}

    def _listed(self, conversation: str, numbers: Iterable[int]) -> str:
        """Return the ids of turns as a list in JSON, for a query."""
        start = self._ids(conversation, 0, 0)[0]
        return json.dumps([start + number for number in numbers])

    def newest(self, conversation: str, role: str) -> PlacedTurn | None:
        """Return the newest turn of a role; None if there is none."""
        turns = self._turns(
            "id = (SELECT max(id) FROM turns WHERE role = ? AND id BETWEEN ? AND ?)",
            (role, *self._ids(conversation, 0, _LAST)),
        )
        return turns[0] if turns else None

    def _scores(self, match: str, first: int, last: int, most: int) -> dict[int, float]:
        """Return the BM25 of the turns with ids `first` to `last` that match best, the best first."""
        query = f"SELECT rowid, -rank FROM grams WHERE {_WITHIN} ORDER BY rank, rowid DESC LIMIT ?"
        return dict(self._rows(query, (match, first, last, most), (int, float)))

    def image(self, sha256: str) -> bytes:
        """Return the bytes of a stored image. Raises NotStored if there is none of that name."""
        rows = self._rows("SELECT data FROM images WHERE sha256 = ?", (sha256,), (bytes,))
        if not rows:
            raise NotStored(f"there is no image {sha256} in {self.path}")
        if hashlib.sha256(rows[0][0]).hexdigest() != sha256:
            raise damaged(self.path, f"image {sha256} is not what was stored")
        return rows[0][0]

    def mark_recalled(self, conversation: str, numbers: Iterable[int]) -> None:
        """Remember that turns were recalled now, at this length of the conversation."""
        with self.transaction():
            conversation_id = self._id(conversation)
            at = self._end(conversation_id).number
            rows = [(conversation_id, at, number) for number in numbers]
            if unknown := [number for _, _, number in rows if not 1 <= number <= at]:
                raise InputError(f"there is no turn {unknown[0]} in {conversation!r}")
            self._insert("recalls", "conversation, at, number", rows, ignore=True)

    def recalled(self, conversation: str, since: int) -> list[int]:
        """Return numbers of the turns that were recalled when the conversation had `since` turns or more."""
        query = "SELECT DISTINCT number FROM recalls WHERE conversation = ? AND at >= ? ORDER BY number"
        return [number for (number,) in self._rows(query, (self._id(conversation), since), (int,))]

    def forget(self, conversation: str) -> int:
        """Take a whole conversation out, its images with it, and return how many turns it had.

        - It is one transaction: killed at any moment, the conversation is there as it was, or it is gone. Other
          processes may have the file open meanwhile; that is why no new one is written beside the old one, whose last
          turns would be lost.
        - Nothing of it is left to be read: SQLite overwrites what is freed, the search index is rebuilt from what
          stays, and the log is emptied; where another process is just reading, when the last one closes the file.
        - The room that it had is used for what comes. Its name may begin a new one.

        Raises NotStored if it is not there.
        """
        with self._lock, explained(self.path):
            self._connection.execute("PRAGMA secure_delete = ON")  # overwrites what is freed from now on
            with self.transaction():
                conversation_id = self._id(conversation)
                if not conversation_id:
                    raise NotStored(f"there is no conversation {conversation!r} in {self.path}")
                turns = self._end(conversation_id).number
                self._delete(conversation_id)
            with suppress(sqlite3.Error):
                self._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        return turns

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """Store what the block stores as a whole, or, if it raises, not at all; other writers wait."""
        with self._lock, explained(self.path):
            within = self._connection.in_transaction  # then the block is part of it
            with nullcontext() if within else transaction(self._connection):
                yield

    def close(self) -> None:
        """Close the file, having moved from its log what can be moved: what then stands in it can be copied."""
        with suppress(sqlite3.Error, MemoryError):  # what others that read it keep in the log is found there
            self._connection.execute("PRAGMA wal_checkpoint(PASSIVE)")
        self._connection.close()
        if self._embedder:
            self._embedder.close()

    def __enter__(self) -> Store:
        return self

    def __exit__(self, *error: object) -> None:
        self.close()

    def _delete(self, conversation_id: int) -> None:
        """Delete a conversation, images that no other has, and its words in the index. Within a transaction."""
        execute = self._connection.execute
        turns = turn_id(conversation_id, 0), turn_id(conversation_id, _LAST)
        # The guard is gone for the length of this transaction, which nobody else sees, and stands again with its end.
        (guard,) = execute("SELECT sql FROM sqlite_schema WHERE name = ?", (_GUARD,)).fetchone()
        execute(f"DROP TRIGGER {_GUARD}")
        for table, column in (("turns", "id"), ("turn_images", "turn"), ("embeddings", "turn")):
            execute(f"DELETE FROM {table} WHERE {column} BETWEEN ? AND ?", turns)
        execute("DELETE FROM recalls WHERE conversation = ?", (conversation_id,))
        execute("DELETE FROM conversations WHERE id = ?", (conversation_id,))
        execute("DELETE FROM images WHERE id NOT IN (SELECT image FROM turn_images)")
        # What stays is indexed again: taken out turn by turn, tokens of what went would stay in older segments.
        search.index_all(self._connection)
        execute(guard)

    def _rows(self, query: str, values: Sequence[Any] | dict[str, Any], types: Types) -> list[Any]:
        """Return the rows that a query finds. Raises InputError for values of other types than these."""
        with self._lock, explained(self.path):
            rows = self._connection.execute(query, values).fetchall()
        for column, kind in zip(zip(*rows, strict=True), types, strict=bool(rows)):
            if not all(issubclass(found, kind) for found in set(map(type, column))):
                raise damaged(self.path, "a value is of another type than was stored")
        return rows

    def _insert(self, table: str, columns: str, rows: list[Any], *, ignore: bool = False) -> None:
        if rows:
            marks = ", ".join("?" * len(rows[0]))
            verb = "INSERT OR IGNORE" if ignore else "INSERT"
            self._connection.executemany(f"{verb} INTO {table} ({columns}) VALUES ({marks})", rows)

    def _id(self, conversation: str) -> int:
        """Return the id of a conversation; 0, which none has, if it has not begun."""
        encoded(conversation, name="the conversation's name")
        rows = self._rows("SELECT id FROM conversations WHERE name = ?", (conversation,), (int,))
        return self._known_id(rows[0][0]) if rows else 0

    def _known_id(self, conversation_id: int) -> int:
        """Return an id, whose turns' ids have 64 bits. Raises InputError for any other: the file was made by hand."""
        if not 0 < conversation_id <= _LAST >> 1:
            raise damaged(self.path, f"a conversation has the number {conversation_id}, which sokdok would give none")
        return conversation_id

    def _end(self, conversation_id: int) -> End:
        columns = "number, start + size, key_start + key_size, time"
        query = f"SELECT {columns} FROM turns WHERE id BETWEEN ? AND ? ORDER BY id DESC LIMIT 1"
        ids = turn_id(conversation_id, 0), turn_id(conversation_id, _LAST)
        for number, length, pinned_length, time in self._rows(query, ids, (int, int, int, str)):
            self._check_places(length, pinned_length)
            return End(number, length, pinned_length, self._read_time(time))
        return End(0, 0, 0, None)

    def _check_places(self, *cells: int) -> None:
        """Raise InputError for places on a stream that is longer than the file has room for: a view would never end."""
        if max(cells) > self._most_cells:  # as far as is known: the file may have grown
            ((pages, page_bytes),) = self._rows("SELECT * FROM pragma_page_count, pragma_page_size", (), (int, int))
            self._most_cells = pages * page_bytes * _CELLS_PER_BYTE
        if not 0 <= min(cells) <= max(cells) <= self._most_cells:
            raise damaged(self.path, "a turn has a place where no text can have led")

    def _ids(self, conversation: str, first: int, last: int) -> tuple[int, int]:
        """Return the ids of turns number `first` and `last`, whether they are there or not."""
        first, last = (min(max(number, 0), _LAST) for number in (first, last))
        conversation_id = self._id(conversation)
        return turn_id(conversation_id, first), turn_id(conversation_id, last)

    def _range(self, conversation: str, start: int, stop: int) -> dict[str, int]:
        """Return the values of `_SPAN` and `_PINNED_SPAN`."""
        return {"conversation": self._id(conversation), "start": start, "stop": stop}

    def _turns(self, condition: str, values: Sequence[Any] | dict[str, Any]) -> list[PlacedTurn]:
        """Return the turns that meet a condition in SQL, in order."""
        query = f"SELECT c.name, t.* FROM (SELECT {_TURN} FROM turns WHERE {condition} ORDER BY id) t "
        rows = self._rows(f"{query} JOIN conversations c ON c.id = t.id >> 32 ORDER BY t.id", values, TURN)
        images = self._images(rows[0][1], rows[-1][1]) if rows else {}
        self._check_places(0, *(cells for row in rows for cells in (*row[-4:], row[-4] + row[-3])))
        return [self._read_turn(row, tuple(images.get(row[1], ()))) for row in rows]

    def _read_turn(self, row: Sequence[Any], images: tuple[TurnImage, ...]) -> PlacedTurn:
        """Return a row as a turn. Raises InputError for one that is not what was stored."""
        name, turn, role, text, time, meta, important, stored, *place = row
        number = split_id(turn)[1]
        if checksum(turn, role, text, time, meta, important) != stored:
            raise damaged(self.path, f"turn {number} of {name!r} is not what was stored")
        # The checksum is no secret: a file from somebody else may hold what `NewTurn` would have refused.
        try:
            known = json.loads(meta)
        except (ValueError, RecursionError):
            known = None
        if role not in ROLES or not isinstance(known, dict):
            raise damaged(self.path, f"turn {number} of {name!r} is none that sokdok would store")
        return PlacedTurn(name, number, role, text, self._read_time(time), bool(important), known, images, *place)

    def _read_time(self, text: str) -> datetime:
        try:
            return in_utc(datetime.fromisoformat(text))
        except (ValueError, InputError):
            raise damaged(self.path, "the time of a turn is not what was stored") from None

    def _images(self, first: int, last: int) -> dict[int, list[TurnImage]]:
        """Return the images of the turns in a range of ids, by turn."""
        query = (
            "SELECT turn, sha256, media_type, width, height FROM turn_images JOIN images ON images.id = image "
            "WHERE turn BETWEEN ? AND ? ORDER BY turn, position"
        )
        found: dict[int, list[TurnImage]] = {}
        for turn, *info in self._rows(query, (first, last), (int, str, str, int, int)):
            image = TurnImage(*info)
            if image.media_type not in MEDIA_TYPES.values() or min(image.width, image.height) < 1:
                raise damaged(self.path, f"an image of turn {split_id(turn)[1]} is none that sokdok would store")
            found.setdefault(turn, []).append(image)
        return found


def _overlap(start: str, size: str) -> str:
    """Return SQL for the turns that take up cells [:start, :stop) of a stream.

    The index finds the last turn that starts at or before :start; from there on the scan is as long as its result.
    """
    first = f"SELECT max({start}) FROM turns WHERE conversation = :conversation AND {size} > 0 AND {start} <= :start"
    return (
        f"conversation = :conversation AND {size} > 0 AND {start} < :stop AND {start} + {size} > :start "
        f"AND {start} >= ifnull(({first}), 0)"
    )


_SPAN = _overlap("start", "size")
_PINNED_SPAN = _overlap("key_start", "key_size")
