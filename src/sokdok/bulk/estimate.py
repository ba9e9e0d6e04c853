"""What a run takes: pages ÷ measured pages a second × price.

The speed is that of a node, a machine with its workers, from a run's results. Starts and lost nodes are not known.
"""

from __future__ import annotations

from collections import defaultdict
from math import ceil
from typing import Any

from sokdok.bulk.plan import question_of, require_plan
from sokdok.bulk.results import Header, attempts, read_header
from sokdok.bulk.store import Store
from sokdok.errors import InputError


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
