"""Planning: workers look at every file, and each stands in the plan where its source has it.

Answers come back in any order and wait for those before them; everything else is a stream. What was found out by a
planning that was killed is taken over, as far as the sources list the same files.
"""

from __future__ import annotations

import hashlib
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack
from itertools import chain
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir
from typing import BinaryIO

import msgspec

from sokdok.bulk.engine import NO_DOCUMENT, Look, Looked
from sokdok.bulk.plan import NAME, SKIPPED, UNITS, VERSION, Plan, Skipped, Unit, page_ranges, unit_id
from sokdok.bulk.segments import Segments
from sokdok.bulk.sources import Item, Source, Unusable
from sokdok.bulk.store import Store
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError
from sokdok.files.zstd import packing
from sokdok.jobs import DEFAULTS, Limits

Looking = Callable[[Iterable[Look]], Iterator[tuple[Look, Looked]]]  # looks at files; answers come in any order
Found = tuple[Look | Unusable, Looked | None]  # a file and what it looks like; None for what can't be listed
DUPLICATE = "a file with the same bytes is in the plan"
LOOKED = "looked"  # folder of what was found out about files, until the plan is complete
_CACHE_KB = 65_536  # memory for the hashes of files; the others are on the disk


def build_plan(
    store: Store,
    question: Question,
    sources: Sequence[Source],
    look: Looking,
    seen: Callable[[int], None] = lambda files: None,
    limits: Limits = DEFAULTS,
    lost: Callable[[str, str], None] = lambda path, reason: None,
) -> Plan:
    """Plan all documents of all sources, each once. Raises InputError where there are none.

    `seen` gets the number of files so far, `lost` those that may be documents and can't be read, and why; `limits` are
    what `look` has: what was found out under others is not taken over.
    """
    names = tuple(source.name for source in sources)
    earlier = _Earlier(store, hashlib.sha256(f"{question.id} {limits}".encode()).hexdigest()[:16])
    with PlanWriter(store, question, names) as writer, FirstFiles() as files:
        for found, looked in _in_order(sources, look, earlier):
            if isinstance(found, Unusable):
                writer.skip(Skipped(found.path, found.reason))
                if found.lost:
                    lost(found.path, found.reason)
            elif looked is not None:
                item = found.item
                first = files.first(looked.sha256, item.path) if looked.sha256 else None
                if looked.reason or first is not None:
                    writer.skip(Skipped(item.path, looked.reason or DUPLICATE, looked.sha256, first or ""))
                else:
                    writer.add(item, found.source, looked)
                if looked.reason not in ("", NO_DOCUMENT):
                    lost(found.item.path, looked.reason)
                earlier.keep(found, looked)
            seen(writer.documents + writer.skipped)
        if not writer.documents:
            count = writer.skipped
            left = f"; {count:,} {'file is' if count == 1 else 'files are'} none that can be opened" if count else ""
            raise InputError(f"there are no documents in {', '.join(names)}{left}")
        plan = writer.finish()
    earlier.forget()
    return plan


def _in_order(sources: Sequence[Source], look: Looking, earlier: _Earlier) -> Iterator[Found]:
    """What the sources list, in their order, each with what it looks like."""
    items = ((at, item) for at, source in enumerate(sources) for item in source.items())
    listed = (
        (number, Look(number, at, item) if isinstance(item, Item) else item) for number, (at, item) in enumerate(items)
    )
    # 1. What is known, up to the first file of which nothing is.
    for following, found in listed:  # noqa: B007 - it is where step 2 begins
        looked = earlier.recall(found) if isinstance(found, Look) else None
        if isinstance(found, Look) and looked is None:
            break
        yield found, looked
    else:
        return
    # 2. The others, looked at by the workers.
    first, waiting = (following, found), dict[int, Found]()

    def jobs() -> Iterator[Look]:
        for number, file in chain([first], listed):
            if isinstance(file, Look):
                yield file
            else:
                waiting[number] = file, None

    for job, looked in look(jobs()):
        waiting[job.number] = job, looked
        while following in waiting:
            yield waiting.pop(following)
            following += 1
    yield from (waiting[number] for number in sorted(waiting))  # what can't be listed is all there is at the end


class _Row(msgspec.Struct, frozen=True):
    """A file, and what it looked like."""

    source: int
    place: str
    size: int
    looked: Looked


class _Earlier:
    """What a planning that was killed has found out, and what this one does; `key` names all that it depends on.

    Rows count again in their order, up to the first file that the sources list differently.
    """

    def __init__(self, store: Store, key: str) -> None:
        self.store, self._segments = store, Segments(store, f"{LOOKED}/{key}", _Row)
        self._earlier = self._segments.rows()

    def recall(self, file: Look) -> Looked | None:
        """What the next file looked like; None if that is not known. Then nothing that follows is known either."""
        row = next(self._earlier, None)
        if row is None or (row.source, row.place, row.size) != (file.source, file.item.place, file.item.size):
            self._earlier = iter(())
            return None
        return row.looked

    def keep(self, file: Look, looked: Looked) -> None:
        """Keep what the next file looks like."""
        self._segments.add(_Row(file.source, file.item.place, file.item.size, looked))

    def forget(self) -> None:
        """The plan is complete."""
        for name in list(self.store.names(f"{LOOKED}/")):
            self.store.remove(name)


class FirstFiles:
    """Which file had the same bytes first, however many there are: on disk, in a few megabytes of memory."""

    def __init__(self) -> None:
        self._database = sqlite3.connect("", isolation_level=None)  # a temporary file of this connection alone
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(f"PRAGMA cache_size = -{_CACHE_KB}")
        self._database.execute("CREATE TABLE first (hash BLOB PRIMARY KEY, path TEXT NOT NULL) WITHOUT ROWID")
        self._database.execute("BEGIN")

    def __enter__(self) -> FirstFiles:
        return self

    def __exit__(self, *error: object) -> None:
        self._database.close()

    def first(self, sha256: str, path: str) -> str | None:
        """The path of the first file with this hash; None if this is the first."""
        key = bytes.fromhex(sha256)
        try:
            if self._database.execute("INSERT OR IGNORE INTO first VALUES (?, ?)", (key, path)).rowcount:
                return None
            return str(self._database.execute("SELECT path FROM first WHERE hash = ?", (key,)).fetchone()[0])
        except sqlite3.OperationalError as error:
            raise SokdokError(f"hashes of files can't be kept in {gettempdir()} ({error}): make room there") from None


class PlanWriter:
    """Takes documents in the order of their sources, one in memory at a time; `finish` puts the plan into its store."""

    def __init__(self, store: Store, question: Question, sources: tuple[str, ...]) -> None:
        self.store, self.question, self.sources = store, question, sources
        self.documents = self.units = self.pages = self.skipped = 0
        self._id = question.id
        self._encoder = msgspec.json.Encoder()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="sokdok-plan-")))
        self._files = {name: self._opened(name) for name in (UNITS, SKIPPED)}

    def __enter__(self) -> PlanWriter:
        return self

    def __exit__(self, *error: object) -> None:
        self._stack.close()

    def add(self, item: Item, source: int, looked: Looked) -> None:
        """Plan a document."""
        for first, last in page_ranges(looked.pages):
            unit = Unit(
                id=unit_id(looked.sha256, first, last, self._id),
                document=looked.sha256[:32],
                path=item.path,
                place=item.place,
                source=source,
                sha256=looked.sha256,
                size=looked.size,
                first=first,
                last=last,
                pages=looked.pages,
                meta=item.meta,
            )
            self._write(UNITS, unit)
            self.units += 1
        self.documents += 1
        self.pages += looked.pages

    def skip(self, skipped: Skipped) -> None:
        """Plan nothing for a file, and say why."""
        self._write(SKIPPED, skipped)
        self.skipped += 1

    def finish(self) -> Plan:
        """Put the plan into its store. Raises InputError if another run has put one there meanwhile."""
        for name, file in self._files.items():
            file.close()
            self.store.replace(name, self._folder / name)
        counts = {name: getattr(self, name) for name in ("documents", "units", "pages", "skipped")}
        plan = Plan(version=VERSION, question=self.question.as_json(), sources=self.sources, **counts)
        if not self.store.create(NAME, msgspec.json.format(msgspec.json.encode(plan)) + b"\n"):
            raise InputError(f"{self.store.address} was planned by another sokdok meanwhile: start again")
        return plan

    def _opened(self, name: str) -> BinaryIO:
        raw = self._stack.enter_context((self._folder / name).open("wb"))
        return self._stack.enter_context(packing(raw))

    def _write(self, name: str, row: Unit | Skipped) -> None:
        self._files[name].write(self._encoder.encode(row) + b"\n")
