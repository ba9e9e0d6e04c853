"""How far a run has come: what is planned, what became of it so far, who reads and how fast; what others will take.

An estimate is pages ÷ measured pages a second × price. The speed is that of a node, a machine with its workers, from a
run's results; starts and lost nodes are not known.
"""

from __future__ import annotations

import time
from collections import Counter, defaultdict
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from math import ceil
from typing import Any

import msgspec

from sokdok.bulk.lease import RENEWED_S, read_lease
from sokdok.bulk.plan import Plan, find_plan, planned_units, question_of, read_skipped, require_plan
from sokdok.bulk.results import Header, Tally, add_up, attempts, read_header, reason_of
from sokdok.bulk.store import Store
from sokdok.errors import InputError

_RECENT_S = 6 * RENEWED_S  # since a lease was renewed by a driver that is taken to live
_AT_ONCE = 32  # results that are opened: a bucket takes its time for each


class Status(msgspec.Struct):
    """Numbers of a run."""

    plan: Plan
    tally: Tally  # of all results, the last attempt of each unit
    units: int = 0  # that have a result
    skipped: dict[str, int] = {}  # files that have no unit, by reason
    skipped_first: dict[str, str] = {}  # the first of them of each reason
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


def status_of(store: Store) -> Status:
    """The numbers of a run as they are now. Raises InputError where nothing is planned."""
    lease = read_lease(store)
    if lease is not None and abs(time.time() - lease.renewed) >= _RECENT_S:  # of a run that was killed
        lease = None
    if find_plan(store) is None and lease:
        raise InputError(f"{store.address} is being planned by {lease.driver}: ask again in a while")
    status = Status(require_plan(store), Tally())
    skipped = Counter[str]()
    for row in read_skipped(store):
        reason = reason_of(row.reason, row.path)
        skipped[reason] += 1
        status.skipped_first.setdefault(reason, row.path)
    status.skipped = dict(skipped.most_common())
    found = attempts(store, planned_units(store, status.plan))
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        while some := list(islice(found, 100 * _AT_ONCE)):
            for header in pool.map(lambda each: read_header(store, *each), some):
                add_up(status.tally, header.tally)
            status.units += len(some)
    if lease:
        pages = lease.done + lease.failed
        status.driver = lease.driver
        status.pages_per_second = pages / lease.seconds if pages and lease.seconds else None
    return status


def speed_of_run(store: Store) -> dict[str, Any]:
    """Pages a second that a run has had on one node, and what was measured. Raises InputError where nothing was.

    Where the machine itself computes, seconds are those of its cores: on a busy one the clock says more. A worker's
    first unit, in which it opens what it needs, does not count where each has three.
    """
    question, by_worker = question_of(require_plan(store)), defaultdict[str, list[Header]](list)
    for header in sorted((read_header(store, *found) for found in attempts(store)), key=lambda header: header.started):
        by_worker[header.worker].append(header)
    passed = int(all(len(row) >= 3 for row in by_worker.values()))
    counted = [header for row in by_worker.values() for header in row[passed:]]
    computes = (not question.needs_reader or question.reader == "nano") and all(one.processor for one in counted)
    pages = sum(header.tally.pages for header in counted)
    seconds = sum(header.processor if computes else header.seconds for header in counted)
    if not pages or not seconds:
        raise InputError(f"{store.address}: no page was read: nothing is measured")
    speed = pages / seconds * len(by_worker)
    return {"pages_per_second": speed, "workers": len(by_worker), "pages": pages, "by": ("clock", "cores")[computes]}


def estimate(speed: float, pages: int, hours: float | None = None, price: float | None = None) -> dict[str, Any]:
    """What so many pages take of one node, or of as few as finish within `hours`; `price` is of a node and hour."""
    node_hours = pages / speed / 3600
    nodes = max(1, ceil(node_hours / hours)) if hours is not None else 1
    dollars = None if price is None else node_hours * price
    return {"pages": pages, "nodes": nodes, "hours": node_hours / nodes, "node_hours": node_hours, "dollars": dollars}
