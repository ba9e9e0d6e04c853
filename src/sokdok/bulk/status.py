"""How far a run has come: what is planned, what became of it so far, who is at it and how fast."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable, Mapping

import msgspec

from sokdok.bulk.lease import RENEWED_S, Lease, read_lease
from sokdok.bulk.plan.plan import Plan, find_plan, read_skipped, require_plan
from sokdok.bulk.results import Tally, attempts, read_header, reason_of
from sokdok.bulk.seen import Segment, read_segments
from sokdok.bulk.store import Store
from sokdok.errors import InputError

_RECENT_S = 6 * RENEWED_S  # since a lease was renewed by a driver that is taken to live


class Status(msgspec.Struct):
    """Numbers of a run."""

    plan: Plan
    tally: Tally  # of all results, the last attempt of each unit
    units: int  # that have a result
    skipped: dict[str, int]  # files that have no unit, by reason
    skipped_first: dict[str, str]  # the first of them of each reason
    driver: str = ""  # who reads now; empty if nobody does
    pages_per_second: float | None = None  # of the driver's run

    @property
    def missing(self) -> int:
        """Pages that have no result."""
        return self.plan.pages - self.tally.pages

    @property
    def seconds_left(self) -> float | None:
        """As long as it will take at this pace; None where nobody is at it."""
        return self.missing / self.pages_per_second if self.pages_per_second else None


class Following:
    """Looks at a destination again and again; each result is read once. Raises InputError where nothing is planned."""

    def __init__(self, store: Store) -> None:
        self.store = store
        if find_plan(store) is None and (lease := self._living()):
            raise InputError(f"{store.address} is being planned by {lease.driver}: ask again in a while")
        self.plan = require_plan(store)
        self.skipped, self.skipped_first = _skipped(store)
        self._seen: dict[str, int] = {}
        """attempts that are counted"""
        self._tallies: dict[str, Tally] = {}
        """of units that had failed pages: a later attempt takes their place"""
        self._sum = Tally()
        """of all others"""

    def status(self) -> Status:
        """The numbers as they are now."""
        for unit, attempt in self._listed():
            if self._seen.get(unit) == attempt:
                continue
            tally = read_header(self.store, unit, attempt).tally
            self._seen[unit] = attempt
            self._tallies.pop(unit, None)
            if tally.failed:
                self._tallies[unit] = tally
            else:
                self._sum.add(tally)
        total = Tally()
        for tally in (self._sum, *self._tallies.values()):
            total.add(tally)
        status = Status(self.plan, total, len(self._seen), self.skipped, self.skipped_first)
        if lease := self._living():
            pages = lease.done + lease.failed
            status.driver = lease.driver
            status.pages_per_second = pages / lease.seconds if pages and lease.seconds else None
        return status

    def _listed(self) -> Iterable[tuple[str, int]]:
        """Units that have results, and their last attempts; the first time what the driver says of them is counted."""
        if self._seen:
            return attempts(self.store)
        segments = list(read_segments(self.store))  # before the list, which then has all that they name
        if not segments:
            return attempts(self.store)
        listed = dict(attempts(self.store))
        for segment in segments:
            if segment.fits(listed, self._seen):
                self._take_over(segment, listed)
        return listed.items()

    def _take_over(self, segment: Segment, listed: Mapping[str, int]) -> None:
        """Count what a segment says."""
        self._seen |= segment.whole
        self._sum.add(segment.tally)
        for unit, (attempt, tally) in segment.failed.items():
            if listed.get(unit) == attempt and unit not in self._seen:
                self._seen[unit], self._tallies[unit] = attempt, tally

    def _living(self) -> Lease | None:
        """Who drives, as far as this clock tells: a lease of some time ago is that of a run that was killed."""
        lease = read_lease(self.store)
        return lease if lease is not None and abs(time.time() - lease.renewed) < _RECENT_S else None


def _skipped(store: Store) -> tuple[dict[str, int], dict[str, str]]:
    """How many files have no unit by reason, the most frequent first, and the first such file of each."""
    counts, first = Counter[str](), dict[str, str]()
    for row in read_skipped(store):
        reason = reason_of(row.reason, row.path)
        counts[reason] += 1
        first.setdefault(reason, row.path)
    return dict(counts.most_common()), first
