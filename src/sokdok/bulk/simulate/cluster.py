"""The nodes of a run, unit by unit: stragglers, losses, restarts, and what is done twice.

- A node serves its units in hand at once; how fast with so many of them, the simulation of one node has found.
- Where there are more units than can be simulated, the early ones are put together in blocks, the larger the earlier,
  and the last ones stand alone: the end of a run decides how long nodes idle. Of many nodes a part is simulated, with
  its part of the pages.
- A lost node's block keeps what is done of it, but for one unit.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from functools import partial

import numpy as np

from sokdok.bulk.simulate.events import Clock, Shared
from sokdok.bulk.simulate.inputs import Run
from sokdok.errors import InputError

MOST_IN_VAIN = 10_000
"""losses and crashes, one after the other, between which no unit is done"""


@dataclass
class Block:
    """Units that are handed out together; most are one unit."""

    number: int
    pages: int
    failed: int
    """of its pages"""
    work: float
    """seconds of a whole node"""
    units: int = 1
    begun: float = -1.0
    copies: int = 0
    """of it, in hand of nodes"""
    done: bool = False


@dataclass(frozen=True)
class ClusterRun:
    """What became of a run."""

    seconds: float
    """from renting the nodes to the last result"""
    node_seconds: float
    """paid for, of all nodes"""
    done: int
    failed: int
    """pages"""
    losses: int
    crashes: int
    twice: int
    """blocks begun a second time at the end"""
    results: list[tuple[float, float, int]] = field(repr=False)
    """of each block: when it was begun and when its result came, seconds, and its pages"""


class _Member:
    """A node of the cluster."""

    def __init__(self, cluster: ClusterSimulation, speed: float) -> None:
        speeds = [share * speed for share in cluster.shares]
        self.serving = Shared(speeds.__getitem__, cluster.clock)
        self.blocks: dict[int, tuple[Block, float]] = {}
        """in hand by name, with what they had been given when they came"""
        self.up = False
        self.life = 0
        """raised when it goes down: what was planned for it before does not happen"""


class ClusterSimulation:
    """So many nodes work off blocks, in their order.

    `shares[n]` is the part of its full speed that a node has with n blocks in hand; the last n is the most it takes.
    """

    def __init__(self, blocks: list[Block], nodes: int, shares: Sequence[float], run: Run, seed: int) -> None:
        self.clock, self.run_, self.shares, self.slots = Clock(), run, shares, len(shares) - 1
        self._generator = np.random.default_rng(seed)
        self._waiting = deque(blocks)
        self._all = blocks
        self._left = len(blocks)
        self._single = sum(block.units for block in blocks) * run.twice_share
        self._left_units = sum(block.units for block in blocks)
        self._running: dict[int, Block] = {}
        slow = int(nodes * run.slow_share + self._generator.random())
        self._members = [_Member(self, run.slow_speed if number < slow else 1.0) for number in range(nodes)]
        self._idle: set[_Member] = set()
        self._free_s = 0.0
        """node seconds that nobody paid for: between a lost node and its successor"""
        self._absent: dict[_Member, float] = {}
        self._counts = {"losses": 0, "crashes": 0, "twice": 0}
        self._in_vain = 0
        """losses and crashes since something was done"""
        self._done = self._failed = 0
        self._results: list[tuple[float, float, int]] = []
        self._names = 0

    def simulate(self) -> ClusterRun:
        """Until every block has its result. Raises InputError where that would never be."""
        for member in self._members:
            self.clock.after(self.run_.start_s, partial(self._rise, member))
        self.clock.ended = not self._left
        self.clock.run()
        seconds = self.clock.now
        free = self._free_s + sum(max(seconds - since, 0.0) for since in self._absent.values())
        paid = seconds * len(self._members) - free
        return ClusterRun(seconds, paid, self._done, self._failed, **self._counts, results=self._results)

    def _rise(self, member: _Member) -> None:
        member.up = True
        self._plan_trouble(member, self.run_.spot_losses, self._lose)
        self._plan_trouble(member, self.run_.crashes, self._crash)
        self._fill(member)

    def _plan_trouble(self, member: _Member, per_hour: float, trouble: Callable[[_Member], None]) -> None:
        if not per_hour:
            return
        life = member.life
        seconds = self._generator.exponential(3_600 / per_hour)
        self.clock.after(seconds, lambda: trouble(member) if member.life == life else None)

    def _fill(self, member: _Member) -> None:
        """Give a node blocks until it has its hands full."""
        while member.up and len(member.blocks) < self.slots:
            block = self._waiting.popleft() if self._waiting else self._straggler(member)
            if block is None:
                self._idle.add(member)
                return
            if not block.done:
                self._begin(member, block)

    def _straggler(self, member: _Member) -> Block | None:
        """The unit that has been in hand longest, if few are left: a second node does it too."""
        if self._left_units > self._single:
            return None
        mine = {block.number for block, _ in member.blocks.values()}
        able = (block for block in self._running.values() if block.copies == 1 and block.number not in mine)
        oldest = min(able, key=lambda block: block.begun, default=None)
        self._counts["twice"] += oldest is not None
        return oldest

    def _begin(self, member: _Member, block: Block) -> None:
        block.copies += 1
        if block.copies == 1:
            block.begun = self.clock.now
        self._running[block.number] = block
        self._names += 1
        name = self._names
        member.blocks[name] = block, member.serving.given
        member.serving.add(block.work, partial(self._end, member, name))

    def _end(self, member: _Member, name: int) -> None:
        block, _ = member.blocks.pop(name)
        block.copies -= 1
        if not block.done:  # the first result counts
            block.done = True
            self._in_vain = 0
            self._running.pop(block.number, None)
            self._left -= 1
            self._left_units -= block.units
            self._done += block.pages - block.failed
            self._failed += block.failed
            self._results.append((block.begun, self.clock.now, block.pages))
            if not self._left:
                self.clock.ended = True
                return
        self._fill(member)
        if not self._waiting and self._left_units <= self._single:
            self._wake()

    def _lose(self, member: _Member) -> None:
        """The node goes, and nobody pays until its successor is there and starts."""
        self._counts["losses"] += 1
        self._drop(member)
        self._absent[member] = self.clock.now

        def succeed() -> None:
            self._free_s += self.clock.now - self._absent.pop(member)
            self.clock.after(self.run_.start_s, partial(self._rise, member))

        self.clock.after(self.run_.replace_s, succeed)
        self._wake()

    def _crash(self, member: _Member) -> None:
        """The reader goes and is started again, on the same node."""
        self._counts["crashes"] += 1
        self._drop(member)
        self.clock.after(self.run_.restart_s, partial(self._rise, member))
        self._wake()

    def _drop(self, member: _Member) -> None:
        self._in_vain += 1
        if self._in_vain > MOST_IN_VAIN:
            raise InputError(
                f"with {self.run_.spot_losses:g} losses and {self.run_.crashes:g} crashes of a node an hour no unit "
                "would ever be done: fewer of them, or faster nodes"
            )
        member.up = False
        member.life += 1
        self._idle.discard(member)
        member.serving.stop()
        for block, before in reversed(member.blocks.values()):
            block.copies -= 1
            if block.done or block.copies:
                continue
            unit = block.work / block.units
            kept = max(member.serving.given - before - unit, 0.0) if block.units > 1 else 0.0
            block.work -= min(kept, block.work - unit)
            if kept:
                self._in_vain = 0
            self._running.pop(block.number, None)
            self._waiting.appendleft(block)
        member.blocks.clear()

    def _wake(self) -> None:
        """Nodes that had nothing to do look again."""
        idle, self._idle = list(self._idle), set()
        for member in idle:
            self._fill(member)
