"""Planning: workers look at every file, and each stands in the plan where its source has it.

What was found out about files is kept (`looked/`) and taken over as long as their stamps are the same: by the planning
that goes on after one that was killed, and by one that brings the plan up to date. Both look at what is new or changed.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import ExitStack, closing, suppress
from pathlib import Path
from tempfile import TemporaryDirectory, gettempdir

import msgspec

from sokdok.bulk.engine import NO_DOCUMENT, Look, Looked
from sokdok.bulk.plan import (
    NAME,
    SKIPPED,
    UNITS,
    VERSION,
    Plan,
    Skipped,
    Unit,
    page_ranges,
    rows_of,
    unit_id,
    write_rows,
)
from sokdok.bulk.sources import Item, Source, Unusable
from sokdok.bulk.store import Store
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError
from sokdok.files.zstd import packing

Looking = Callable[[Iterable[Look]], Iterator[tuple[Look, Looked]]]  # looks at files; answers come in any order
DUPLICATE = "a file with the same bytes is in the plan"
LOOKED, SEGMENT = "looked", 2_000  # folder of what was found out about files, and rows that are written at a time
_TABLES = Path(__file__).with_suffix(".sql").read_text(encoding="utf-8")
_FOUND: msgspec.msgpack.Decoder[Look | Unusable] = msgspec.msgpack.Decoder(Look | Unusable)
_LOOKED = msgspec.msgpack.Decoder(Looked)


def build_plan(
    store: Store,
    question: Question,
    sources: Sequence[Source],
    look: Looking,
    seen: Callable[[int], None] = lambda files: None,
    lost: Callable[[str, str], None] = lambda path, reason: None,
    *,
    update: bool = False,
) -> Plan:
    """Plan all documents of all sources, each once. Raises InputError where there are none.

    `seen` gets the number of files so far, `lost` those that may be documents and can't be read, and why: they are
    tried again each time. `update` puts the plan in an earlier one's place.
    """
    names = tuple(source.name for source in sources)
    with PlanWriter(store, question, names, update=update) as writer, closing(Register(store)) as register:
        for count, (job, answer) in enumerate(look(register.missing(sources))):
            register.keep(job, answer, sources[job.source].name)
            seen(count + 1)
        register.write()
        for found, looked in register.listed():
            if isinstance(found, Unusable):
                writer.skip(Skipped(found.path, found.reason))
                if found.lost:
                    lost(found.path, found.reason)
            elif looked is not None:
                item = found.item
                first = register.first(looked.sha256, item.path) if looked.sha256 else None
                if looked.reason or first is not None:
                    writer.skip(Skipped(item.path, looked.reason or DUPLICATE, looked.sha256, first or ""))
                else:
                    writer.add(item, found.source, looked)
                if looked.reason not in ("", NO_DOCUMENT):
                    lost(item.path, looked.reason)
        if not writer.documents:
            count = writer.skipped
            left = f"; {count:,} {'file is' if count == 1 else 'files are'} none that can be opened" if count else ""
            raise InputError(f"there are no documents in {', '.join(names)}{left}")
        return writer.finish()


def changes(store: Store, plan: Plan, sources: Sequence[Source]) -> tuple[int, int]:
    """How many files are new since they were planned, and how many are gone; one that has changed is both."""
    if not any(store.names(f"{LOOKED}/")):
        return 0, 0  # nobody knows what was there
    with closing(Register(store)) as register:
        new = sum(1 for _ in register.missing(sources, lost=False))
        return new, max(plan.documents + plan.skipped - (register.files - new), 0)


class _Row(msgspec.Struct, frozen=True):
    """A file, and what it looked like."""

    source: str
    place: str
    stamp: str
    looked: Looked


class Register:
    """All files of a planning, on the disk: what is known of them, and which bytes were there first."""

    def __init__(self, store: Store) -> None:
        self.store, self.files = store, 0
        self._rows: list[_Row] = []  # that are not written yet
        self._database = sqlite3.connect("", isolation_level=None)  # a temporary file of this connection alone
        self._database.executescript(_TABLES)
        self._segments = list(store.names(f"{LOOKED}/"))
        for name in self._segments:
            with suppress(InputError):  # a damaged one: what it held is looked at again
                for row in rows_of(store, name, _Row):
                    values = _key(row.source, row.place, row.stamp), msgspec.msgpack.encode(row.looked)
                    self._do("INSERT OR REPLACE INTO known VALUES (?, ?)", *values)

    def close(self) -> None:
        """Forget them."""
        self._database.close()

    def missing(self, sources: Sequence[Source], *, lost: bool = True) -> Iterator[Look]:
        """List all files; yield those still to be looked at, and with `lost` those that could not be opened before."""
        for at, item in ((at, item) for at, source in enumerate(sources) for item in source.items()):
            found, known = Look(self.files, at, item) if isinstance(item, Item) else item, None
            if isinstance(item, Item):
                key = _key(sources[at].name, item.place, item.stamp)
                row = self._do("SELECT looked FROM known WHERE file = ?", key).fetchone() if item.stamp else None
                if row and not (lost and _LOOKED.decode(row[0]).reason not in ("", NO_DOCUMENT)):
                    known = row[0]
            self._do("INSERT INTO listed VALUES (?, ?, ?)", self.files, msgspec.msgpack.encode(found), known)
            self.files += 1
            if isinstance(found, Look) and known is None:
                yield found

    def keep(self, job: Look, looked: Looked, source: str) -> None:
        """Keep what a file looks like."""
        self._do("UPDATE listed SET looked = ? WHERE number = ?", msgspec.msgpack.encode(looked), job.number)
        self._rows.append(_Row(source, job.item.place, job.item.stamp, looked))
        if len(self._rows) >= SEGMENT:
            self.write()

    def write(self) -> None:
        """Write what is not written yet, if there is room."""
        if self._rows:
            self._segments.append(f"{LOOKED}/{len(self._segments):06}.jsonl.zst")
            with suppress(OSError, SokdokError):
                write_rows(self.store, self._segments[-1], self._rows)
            self._rows = []

    def listed(self) -> Iterator[tuple[Look | Unusable, Looked | None]]:
        """All files in their order, and what they look like; None of what can't be listed."""
        for found, looked in self._do("SELECT found, looked FROM listed ORDER BY number"):
            yield _FOUND.decode(found), _LOOKED.decode(looked) if looked else None

    def first(self, sha256: str, path: str) -> str | None:
        """The path of the first file with this hash; None if this is the first."""
        key = bytes.fromhex(sha256)
        if self._do("INSERT OR IGNORE INTO first VALUES (?, ?)", key, path).rowcount:
            return None
        return str(self._do("SELECT path FROM first WHERE hash = ?", key).fetchone()[0])

    def _do(self, line: str, *values: object) -> sqlite3.Cursor:
        try:
            return self._database.execute(line, values)
        except sqlite3.OperationalError as error:
            raise SokdokError(f"what is known of files can't be kept in {gettempdir()} ({error}): make room") from None


def _key(source: str, place: str, stamp: str) -> str:
    return f"{source}\n{place}\n{stamp}".encode("utf-8", "backslashreplace").decode()


class PlanWriter:
    """Takes documents in the order of their sources, one in memory at a time; `finish` puts the plan into its store."""

    def __init__(self, store: Store, question: Question, sources: tuple[str, ...], *, update: bool = False) -> None:
        self.store, self.question, self.sources, self.update = store, question, sources, update
        self.documents = self.units = self.pages = self.skipped = 0
        self._id = question.id
        self._encoder = msgspec.json.Encoder()
        self._stack = ExitStack()
        self._folder = Path(self._stack.enter_context(TemporaryDirectory(prefix="sokdok-plan-")))
        raw = {name: self._stack.enter_context((self._folder / name).open("wb")) for name in (UNITS, SKIPPED)}
        self._files = {name: self._stack.enter_context(packing(file)) for name, file in raw.items()}

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
        if self.update:
            self.store.remove(NAME)  # without it there is no plan, and the next run plans again
        for name, file in self._files.items():
            file.close()
            self.store.replace(name, self._folder / name)
        counts = {name: getattr(self, name) for name in ("documents", "units", "pages", "skipped")}
        plan = Plan(
            version=VERSION, question=self.question.as_json(), sources=self.sources, updated=self.update, **counts
        )
        if not self.store.create(NAME, msgspec.json.format(msgspec.json.encode(plan)) + b"\n"):
            raise InputError(f"{self.store.address} was planned by another sokdok meanwhile: start again")
        return plan

    def _write(self, name: str, row: Unit | Skipped) -> None:
        self._files[name].write(self._encoder.encode(row) + b"\n")
