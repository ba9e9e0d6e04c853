"""How far a run has come: what is planned, what became of it so far, who reads and how fast.

The driver sums up now and then what became of units (`seen/000000.json.zst` …), so that a million results need not be
opened. These segments only save work: what none covers, such as the last units before a kill, is read from the results,
and one that does not fit the results that are there is left out.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress

import msgspec

from sokdok.bulk.lease import RENEWED_S, Lease, read_lease
from sokdok.bulk.plan import Plan, find_plan, read_skipped, require_plan
from sokdok.bulk.results import Tally, add_up, attempts, read_header, reason_of
from sokdok.bulk.store import Store
from sokdok.errors import InputError, SokdokError
from sokdok.files.zstd import compressed, decompressed

FOLDER = "seen"
SEGMENT = 2_000  # units: what is left to read after a kill
_RECENT_S = 6 * RENEWED_S  # since a lease was renewed by a driver that is taken to live


class Segment(msgspec.Struct):
    """Results of some units."""

    whole: dict[str, int] = {}  # attempts by unit, of those without a failed page: no later attempt is made of them
    tally: Tally = msgspec.field(default_factory=Tally)  # of all those
    failed: dict[str, tuple[int, Tally]] = {}  # attempt and tally of each other unit


class SeenWriter:
    """Takes what became of units, and writes a segment of every `SEGMENT`."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._segment = Segment()
        self._number: int | None = None

    def add(self, unit: str, attempt: int, tally: Tally) -> None:
        """A unit has its result."""
        if tally.failed:
            self._segment.failed[unit] = attempt, tally
        else:
            self._segment.whole[unit] = attempt
            add_up(self._segment.tally, tally)
        if len(self._segment.whole) + len(self._segment.failed) >= SEGMENT:
            self.write()

    def write(self) -> None:
        """Write what is not written yet; where that can't be done, the results say it."""
        segment, self._segment = self._segment, Segment()
        if not (segment.whole or segment.failed):
            return
        data = compressed(msgspec.json.encode(segment))
        with suppress(OSError, SokdokError):
            if self._number is None:
                self._number = sum(1 for _ in self.store.names(f"{FOLDER}/"))
            while not self.store.create(f"{FOLDER}/{self._number:06}.json.zst", data):
                self._number += 1


class Status(msgspec.Struct):
    """Numbers of a run."""

    plan: Plan
    tally: Tally  # of all results, the last attempt of each unit
    units: int  # that have a result
    skipped: dict[str, int]  # files that have no unit, by reason
    skipped_first: dict[str, str]  # the first of them of each reason
    driver: str = ""  # what process reads now; empty if none does
    pages_per_second: float | None = None  # of the driver's run

    @property
    def missing(self) -> int:
        """Pages that have no result."""
        return self.plan.pages - self.tally.pages

    @property
    def seconds_left(self) -> float | None:
        """As long as it will take at this pace; None where no process reads."""
        return self.missing / self.pages_per_second if self.pages_per_second else None


class Following:
    """Looks at a destination again and again; each result is read once. Raises InputError where nothing is planned."""

    def __init__(self, store: Store) -> None:
        self.store = store
        if find_plan(store) is None and (lease := self._living()):
            raise InputError(f"{store.address} is being planned by {lease.driver}: ask again in a while")
        self.plan = require_plan(store)
        self._skipped, self._skipped_first = Counter[str](), dict[str, str]()
        for row in read_skipped(store):
            reason = reason_of(row.reason, row.path)
            self._skipped[reason] += 1
            self._skipped_first.setdefault(reason, row.path)
        self._seen: dict[str, int] = {}  # attempts that are counted, by unit
        self._tallies: dict[str, Tally] = {}  # of units with failed pages: a later attempt takes their place
        self._sum = Tally()  # of all others

    def status(self) -> Status:
        """The numbers as they are now."""
        for unit, attempt in self._listed():
            if self._seen.get(unit) != attempt:
                self._count(unit, attempt, read_header(self.store, unit, attempt).tally)
        total = Tally()
        for tally in (self._sum, *self._tallies.values()):
            add_up(total, tally)
        skipped = dict(self._skipped.most_common())
        status = Status(self.plan, total, len(self._seen), skipped, self._skipped_first)
        if lease := self._living():
            pages = lease.done + lease.failed
            status.driver = lease.driver
            status.pages_per_second = pages / lease.seconds if pages and lease.seconds else None
        return status

    def _count(self, unit: str, attempt: int, tally: Tally) -> None:
        self._seen[unit] = attempt
        self._tallies.pop(unit, None)
        if tally.failed:
            self._tallies[unit] = tally
        else:
            add_up(self._sum, tally)

    def _listed(self) -> Iterable[tuple[str, int]]:
        """Units that have results, and their last attempts; the first time what the segments say is counted."""
        segments = [] if self._seen else list(_read_segments(self.store))  # before the list, which has all they name
        if not segments:
            return attempts(self.store)
        listed = dict(attempts(self.store))
        for segment in segments:
            self._take_over(segment, listed)
        return listed.items()

    def _take_over(self, segment: Segment, listed: Mapping[str, int]) -> None:
        """Count a segment whose results are all there, the last attempts of their units, and not counted already."""
        if all(listed.get(unit) == attempt and unit not in self._seen for unit, attempt in segment.whole.items()):
            self._seen |= segment.whole
            add_up(self._sum, segment.tally)
            for unit, (attempt, tally) in segment.failed.items():
                if listed.get(unit) == attempt and unit not in self._seen:
                    self._count(unit, attempt, tally)

    def _living(self) -> Lease | None:
        """Who drives, as far as this clock shows: a lease of some time ago is that of a run that was killed."""
        lease = read_lease(self.store)
        return lease if lease is not None and abs(time.time() - lease.renewed) < _RECENT_S else None


def _read_segments(store: Store) -> Iterator[Segment]:
    """All segments, the last first; those that are damaged are left out."""
    for name in reversed(list(store.names(f"{FOLDER}/"))):
        with suppress(FileNotFoundError, InputError, msgspec.DecodeError, UnicodeDecodeError):
            yield msgspec.json.decode(decompressed(store.read(name), name), type=Segment)
