"""What a run takes: pages ÷ measured pages a second × price, with the spread of what was measured.

The speed is that of a node, which is a machine with its workers, from the results of a run: a short one over some of a
corpus is a sample of it. A run of many nodes is taken to divide its pages among them; starts, lost nodes and stragglers
are not known.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from sokdok.bulk.results import Header, attempts, read_header
from sokdok.bulk.store import Store
from sokdok.errors import InputError

NORMAL_95 = 1.96  # standard deviations on either side that hold 95 % of a normal distribution


@dataclass(frozen=True)
class Speed:
    """Pages a second of one node."""

    pages_per_second: float
    error: float  # half the 95 % interval of that, as a share
    workers: int
    pages: int  # that were measured


@dataclass(frozen=True)
class Estimate:
    """What so many pages take."""

    pages: int
    nodes: int
    hours: float
    node_hours: float
    dollars: float | None  # None where no price is known
    error: float  # half the 95 % interval of hours and dollars, as a share


def speed_of_run(store: Store) -> Speed:
    """The speed that a run of bulk has had. Raises InputError where it has no results."""
    headers = [read_header(store, unit, attempt) for unit, attempt in attempts(store)]
    if not headers:
        raise InputError(f"{store.address} has no results: nothing is measured")
    return speed_of(headers)


def speed_of(headers: Sequence[Header]) -> Speed:
    """The speed of the workers that wrote these results, all at once. Raises InputError where no page was read.

    Pages over seconds of all units; its spread is the ratio estimator's (Cochran, Sampling Techniques, 6.4). A worker's
    first unit, in which it opens what it needs, does not count where each has three.
    """
    by_worker: dict[str, list[Header]] = {}
    for header in sorted(headers, key=lambda header: header.started):
        by_worker.setdefault(header.worker, []).append(header)
    passed = int(all(len(row) >= 3 for row in by_worker.values()))
    counted = [header for row in by_worker.values() for header in row[passed:]]
    pages = np.array([header.tally.pages for header in counted], float)
    seconds = np.array([header.seconds for header in counted])
    if not pages.sum() or not seconds.sum():
        raise InputError("no page was read: nothing is measured")
    rate, count = pages.sum() / seconds.sum(), len(counted)
    spread = sqrt(((pages - rate * seconds) ** 2).sum() * count / max(count - 1, 1)) / pages.sum()
    error = float(NORMAL_95 * spread) if count > 1 else 1.0
    return Speed(float(rate * len(by_worker)), error, len(by_worker), int(pages.sum()))


def estimate(speed: Speed, pages: int, hours: float | None = None, price: float | None = None) -> Estimate:
    """What so many pages take of one node, or of as few as finish within `hours`; `price` is of a node and hour."""
    node_hours = pages / speed.pages_per_second / 3600
    nodes = max(1, ceil(node_hours / hours)) if hours is not None else 1
    dollars = None if price is None else node_hours * price
    return Estimate(pages, nodes, node_hours / nodes, node_hours, dollars, speed.error)
