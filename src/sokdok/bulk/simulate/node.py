"""One node, page by page: a discrete-event simulation of what happens between a unit's file and its results.

    cores: open the unit → render → [queue] → API servers: prepare → [queue] → reader: generate → cores: put together

- Each stage has so many servers, and each queue so much room: who finds it full waits, and serves nobody meanwhile.
- The reader serves all its pages at once and shares its speed among them, which depends on how many they are (`curve`).
- A heap of events, each at its time; nothing happens in between.
"""

from __future__ import annotations

from bisect import bisect_left
from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial
from math import exp, inf, log

import numpy as np

from sokdok.bulk.simulate.draws import Pages
from sokdok.bulk.simulate.events import Clock, Servers, Shared
from sokdok.bulk.simulate.inputs import Node


@dataclass(frozen=True)
class NodeRun:
    """What a simulated node did."""

    seconds: float
    done_at: np.ndarray
    """when each page was done, in the order in which they were; seconds"""
    order: np.ndarray
    """those pages"""
    failed: int
    """pages that ended as failed rows"""
    core_share: float
    """of the time in which cores worked"""
    server_share: float
    """of the time in which API servers worked"""
    at_once: float
    """pages that the reader had at once, on average"""
    tokens_per_second: float


def speed(curve: Sequence[tuple[int, float]], at_once: int) -> float:
    """Tokens/s of the reader with so many pages at once: a power law between two points of its curve."""
    counts = [count for count, _ in curve]
    place = bisect_left(counts, at_once)
    if place == len(curve):
        return curve[-1][1]
    if place == 0:  # fewer than were ever measured: as much a page
        return curve[0][1] * at_once / curve[0][0]
    (below, slow), (above, fast) = curve[place - 1], curve[place]
    share = (log(at_once) - log(below)) / (log(above) - log(below))
    return exp(log(slow) + share * (log(fast) - log(slow)))


class NodeSimulation:
    """A node that is handed units, one after the other, with so many in hand as `units` says."""

    def __init__(self, node: Node, pages: Pages, units: int) -> None:
        self.node, self.pages, self.units = node, pages, units
        self.clock = Clock()
        self.cores = Servers(node.cores, inf, self.clock)
        self.servers = Servers(max(node.api_servers, 1), node.queue, self.clock)
        speeds = [0.0, *(speed(node.curve, number) for number in range(1, node.most_at_once + 1))]
        self.reader = Shared(speeds.__getitem__, self.clock)
        self.prepared: deque[int] = deque()
        self._following: dict[int, Callable[[], bool]] = {}
        self.servers.freed = self.cores.retry
        bounds = np.searchsorted(pages.unit, np.arange(int(pages.unit[-1]) + 2))
        self._bounds = bounds.tolist()
        self._tokens = np.where(pages.again, 2, 1) * pages.tokens
        self._left = [0] * (len(bounds) - 1)
        self._next_unit = 0
        self._done: list[float] = []
        self._order: list[int] = []

    def run(self) -> NodeRun:
        """Simulate until all units are done."""
        for _ in range(self.units):
            self._take()
        self.clock.run()
        seconds = self.clock.now or 1.0
        return NodeRun(
            self.clock.now,
            np.array(self._done),
            np.array(self._order),
            int(self.pages.bad.sum()),
            self.cores.worked / seconds / self.node.cores,
            self.servers.worked / seconds / self.servers.number,
            self.reader.area / seconds,
            self.reader.served / seconds,
        )

    def _take(self) -> None:
        if self._next_unit == len(self._left):
            return
        unit = self._next_unit
        self._next_unit += 1
        first, last = self._bounds[unit], self._bounds[unit + 1]
        self._left[unit] = last - first
        waiting = iter(range(first, last))

        def begin() -> bool:
            # A worker reads a unit's pages one by one; where the reader is beside it, all are on their way at once.
            for page in waiting:
                self._begin(page, begin)
                if self.node.serial:
                    break
            return True

        self.cores.put(self.node.unit_s, begin)

    def _begin(self, page: int, following: Callable[[], bool]) -> None:
        if self.pages.exact[page]:
            self.cores.put(self.node.exact_s, lambda: self._end(page, following))
        else:
            self.cores.put(self.node.render_s, lambda: self._prepare(page, following))

    def _prepare(self, page: int, following: Callable[[], bool]) -> bool:
        if not self.node.api_servers:
            return self._offer(page, following)
        return self.servers.put(self.node.prepare_s, lambda: self._offer(page, following))

    def _offer(self, page: int, following: Callable[[], bool]) -> bool:
        """Into the queue before the reader, if there is room."""
        if len(self.prepared) >= self.node.queue:
            return False
        self.prepared.append(page)
        self._following[page] = following
        self._admit()
        return True

    def _admit(self) -> None:
        while self.prepared and len(self.reader) < self.node.most_at_once:
            page = self.prepared.popleft()
            self.reader.add(float(self._tokens[page]), partial(self._read, page))

    def _read(self, page: int) -> None:
        following = self._following.pop(page)
        self.cores.put(self.node.post_s, lambda: self._end(page, following), first=True)
        self._admit()
        self.servers.retry()
        if not self.node.api_servers:
            self.cores.retry()

    def _end(self, page: int, following: Callable[[], bool]) -> bool:
        self._done.append(self.clock.now)
        self._order.append(page)
        unit = int(self.pages.unit[page])
        self._left[unit] -= 1
        if not self._left[unit]:
            self._take()
        elif self.node.serial:
            following()
        return True
