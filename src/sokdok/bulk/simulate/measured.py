"""Figures measured by a run of bulk: what its results say of pages, routes, tokens and seconds.

- The reader is one within each worker, so a node is so many workers that read a page each at a time.
- Seconds are the workers' own, as they ran beside each other: what they lose to each other is in them.
- What a worker opens within its first unit (vocabulary, reader, the process that opens files) belongs to the start.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from itertools import chain, pairwise
from statistics import mean, pstdev

import numpy as np

from sokdok.bulk.results import Cost, Header, attempts, read_result, route_of
from sokdok.bulk.simulate.inputs import Corpus, Inputs, Node, Run
from sokdok.bulk.store import Store
from sokdok.bulk.unit import Unit
from sokdok.documents.document import DocumentPage
from sokdok.documents.write.markdown import plain_text
from sokdok.errors import InputError
from sokdok.tokens.deepseek import count_text

UNSEEN = ("text-layer", "file")
"""routes on which no reader sees the page"""
_LONGEST_GAP_S = 5.0
"""between a worker's units; longer ones are pauses of the run"""
_ENOUGH = 3
"""units of every worker, so that each one's first, in which it opens its reader, need not count"""


@dataclass
class Seen:
    """What results say."""

    headers: list[Header] = field(default_factory=list)
    tokens: list[int] = field(default_factory=list)
    """of each page that a reader saw and that is no failure"""
    pages: int = 0
    failed: int = 0
    warmed: bool = False
    """whether workers had all open before the first of these"""

    def add(self, header: Header, pages: Sequence[DocumentPage]) -> None:
        """Count a result."""
        self.headers.append(header)
        self.pages += len(pages)
        self.failed += sum(page.status == "FAILURE" for page in pages)
        read = (page for page in pages if page.status != "FAILURE" and route_of(page) not in UNSEEN)
        self.tokens += [count_text(plain_text(page)) for page in read]

    @property
    def by_worker(self) -> list[list[Header]]:
        """Each worker's units, in the order in which it began them."""
        rows: defaultdict[str, list[Header]] = defaultdict(list)
        for header in sorted(self.headers, key=lambda header: header.started):
            rows[header.worker].append(header)
        return list(rows.values())

    @property
    def begun_cold(self) -> list[list[Header]]:
        """Units of workers that open what they need in the first one; none where there are too few others."""
        rows = self.by_worker
        return rows if not self.warmed and all(len(row) >= _ENOUGH for row in rows) else []

    @property
    def by_warm_worker(self) -> list[list[Header]]:
        """Each worker's units, without such a first one."""
        return [row[1:] for row in self.begun_cold] or self.by_worker


def measured_inputs(
    store: Store, units: Iterable[Unit], begun: float | None = None, *, warm: float | None = None
) -> Inputs:
    """The corpus, and this machine's workers, as a run has found them; `begun` is when it began, seconds since 1970.

    `warm` is when its workers had all open that they need: what was begun before does not count. Raises InputError
    where nothing was read.
    """
    seen = Seen(warmed=warm is not None)
    for unit, attempt in attempts(store):
        header, pages = read_result(store, unit, attempt)
        if warm is None or header.started >= warm:
            seen.add(header, pages)
    everything = _costs(seen.headers)
    steady = _costs(chain.from_iterable(seen.by_warm_worker))
    unseen, read = everything
    if not unseen.pages + read.pages:
        raise InputError(f"{store.address} has no page that was read: nothing is measured")
    corpus = _corpus(units, seen, unseen, read)
    costs = tuple(part if part.pages else whole for part, whole in zip(steady, everything, strict=True))
    return Inputs(corpus=corpus, node=_node(seen, corpus, *costs), run=_run(seen, begun, *costs))


def _corpus(units: Iterable[Unit], seen: Seen, unseen: Cost, read: Cost) -> Corpus:
    documents = {unit.document: unit.pages for unit in units}
    tokens = [max(count, 1) for count in seen.tokens]
    return Corpus(
        pages_per_document=round(mean(documents.values()), 3),
        document_pages=tuple(documents.values()),
        exact_share=unseen.pages / (unseen.pages + read.pages),
        tokens_per_page=float(mean(tokens)) if tokens else 1.0,
        tokens_spread=pstdev(np.log(tokens).tolist()) if tokens else 0.0,
        token_cap=max(tokens, default=1) * 2,
        loop_share=0.0,  # what looped is among what was measured
        bad_page_share=seen.failed / seen.pages,
    )


def _node(seen: Seen, corpus: Corpus, unseen: Cost, read: Cost) -> Node:
    workers = len(seen.by_worker)
    rate = corpus.tokens_per_page * read.pages / read.seconds if read.seconds else 1e6
    return Node(
        name=f"this machine, {workers} {'worker' if workers == 1 else 'workers'}",
        cores=workers,
        units=workers,
        serial=True,
        api_servers=0,
        render_s=0.0,
        post_s=0.0,
        exact_s=_each(unseen),
        unit_s=_gap(seen),
        curve=((1, rate),) if workers == 1 else ((1, rate), (workers, workers * rate)),
        most_at_once=workers,
        price_per_hour=0.0,
    )


def _run(seen: Seen, begun: float | None, unseen: Cost, read: Cost) -> Run:
    """A run on one's own machine: nothing is lost, and what failed has been counted."""
    first = min(header.started for header in seen.headers)
    start_s = first - begun + _opening(seen, unseen, read) if begun is not None else 0.0
    return Run(
        start_s=max(start_s, 0.0),
        largest_first=False,
        twice_share=0.0,
        spot_losses=0.0,
        crashes=0.0,
        retry_share=0.0,
        slow_share=0.0,
    )


def _costs(headers: Iterable[Header]) -> tuple[Cost, Cost]:
    """What pages took that no reader sees, and the others."""
    unseen, read = Cost(), Cost()
    for header in headers:
        for route, cost in header.tally.routes.items():
            (unseen if route in UNSEEN else read).add(cost)
    return unseen, read


def _opening(seen: Seen, unseen: Cost, read: Cost) -> float:
    """Seconds until a worker's second unit that its first one would not take later."""
    seconds = [row[1].started - row[0].started - _later(row[0], unseen, read) - _gap(seen) for row in seen.begun_cold]
    return max(mean(seconds), 0.0) if seconds else 0.0


def _later(header: Header, unseen: Cost, read: Cost) -> float:
    """Seconds that a unit's pages would take of a worker that has all open."""
    routes = header.tally.routes.items()
    return sum(_each(unseen if route in UNSEEN else read) * cost.pages for route, cost in routes)


def _each(cost: Cost) -> float:
    return cost.seconds / cost.pages if cost.pages else 0.0


def _gap(seen: Seen) -> float:
    """Seconds of a worker beside a unit's pages: its file is closed, its result put, and the next job comes."""
    pairs = [pair for row in seen.by_warm_worker for pair in pairwise(row)]
    gaps = [later.started - earlier.started - _page_seconds(earlier) for earlier, later in pairs]
    return max(mean([gap for gap in gaps if gap < _LONGEST_GAP_S] or [0.0]), 0.0)


def _page_seconds(header: Header) -> float:
    return sum(cost.seconds for cost in header.tally.routes.values())
