"""From inputs to nodes, hours and dollars, for any number of pages.

- How fast a node is, a simulation page by page says (`rate`); what a run of many makes of it, one unit by unit.
- Errors are those of the simulation: how far a run may end from its answer with other dice. That the inputs hold is
  assumed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import ceil, sqrt

import numpy as np

from sokdok.bulk.simulate.cluster import Block, ClusterRun, ClusterSimulation
from sokdok.bulk.simulate.draws import draw_pages, draw_units
from sokdok.bulk.simulate.inputs import Inputs
from sokdok.bulk.simulate.rate import NodeRate, node_rate, page_work
from sokdok.errors import InputError

MOST_PAGES = 10**12
EXACT_UNITS = 6_000
"""of a run that is simulated unit by unit"""
MOST_NODES = 20
"""simulated; of more nodes these, with their part of the pages"""
LANES = 8
"""blocks in hand of a node where there are more units than can be simulated, each of them for several units in hand"""
MOST_HELD = 100_000
"""nodes that a plan may take"""
_SAMPLE_PAGES = 40_000
"""drawn to know what a corpus's units are like"""
_SHARE = 3
"""a block takes this part of a slot's share of what is left: 1/3"""
_SEEDS = 5
_STUDENT = 2.776
"""two-sided 95 % of Student's distribution with four degrees of freedom"""
_TRIES = 6


@dataclass(frozen=True)
class Row:
    """What so many pages take."""

    pages: int
    nodes: int
    hours: float
    node_hours: float
    """paid for"""
    dollars: float
    pages_per_day: float
    error: float
    """half the interval in which 95 of 100 such runs end, as a share: of the simulation, for these inputs"""
    done: int
    failed: int
    losses: int
    crashes: int
    simulated_nodes: int
    """of `nodes`; the others are taken to fare alike"""
    run: ClusterRun
    """of the simulated nodes"""

    @property
    def dollars_per_thousand(self) -> float:
        """Dollars for a thousand pages."""
        return self.dollars / self.pages * 1_000


@dataclass(frozen=True)
class Plan:
    """The answer, with what it rests on."""

    inputs: Inputs
    rate: NodeRate
    rows: list[Row]
    seed: int


def make_plan(inputs: Inputs, pages: Sequence[int], nodes: int | None, hours: float | None, seed: int = 0) -> Plan:
    """Simulate each number of pages on so many nodes, or on as few as finish within so many hours.

    Raises InputError where no number of nodes finishes in time.
    """
    rate = node_rate(inputs, seed)
    simulator = _Simulator(inputs, rate, seed)
    rows = [simulator.row(count, nodes or simulator.nodes_for(count, hours or 24.0)) for count in pages]
    return Plan(inputs, rate, rows, seed)


class _Simulator:
    """Runs of one corpus by one kind of node."""

    def __init__(self, inputs: Inputs, rate: NodeRate, seed: int) -> None:
        self.inputs, self.rate, self.seed = inputs, rate, seed
        generator = np.random.default_rng(seed)
        self._units, self._works = self._drawn(_SAMPLE_PAGES, generator)
        self._pages_per_unit = float(self._units.mean())
        residual = self._works - self._units / rate.pages_per_second
        self._spread = float((residual / np.sqrt(self._units)).std())
        """standard deviation of a page's work, seconds"""

    def row(self, pages: int, nodes: int) -> Row:
        """Simulate with several seeds."""
        runs = [self._simulate(pages, nodes, self.seed + number) for number in range(_SEEDS)]
        seconds = np.array([run.seconds for run in runs])
        hours = (float(seconds.mean()) + self.inputs.run.fixed_s) / 3_600
        part = min(nodes, MOST_NODES)
        paid = float(np.mean([run.node_seconds for run in runs])) * nodes / part
        node_hours = (paid + self.inputs.run.fixed_s * nodes) / 3_600
        spread = _STUDENT * float(seconds.std(ddof=1)) * sqrt(1 + 1 / _SEEDS) / float(seconds.mean())  # of one more run
        run = runs[0]
        failed = round(run.failed / (run.done + run.failed) * pages) if part < nodes else run.failed
        scaled = nodes / part
        return Row(
            pages,
            nodes,
            hours,
            node_hours,
            node_hours * self.inputs.node.price_per_hour,
            pages / hours * 24,
            sqrt(spread**2 + self.rate.error**2),
            pages - failed,
            failed,
            round(run.losses * scaled),
            round(run.crashes * scaled),
            part,
            run,
        )

    def nodes_for(self, pages: int, hours: float) -> int:
        """The fewest nodes that finish in time, as one simulation of each number says."""
        run = self.inputs.run
        seconds = hours * 3_600 - run.start_s - run.fixed_s
        if seconds <= 0:
            raise InputError(f"a node takes longer to start than {hours:g} hours: give it more")
        nodes = max(1, ceil(pages / self.rate.pages_per_second / seconds))
        for _ in range(_TRIES):
            if nodes > MOST_HELD:
                raise InputError(
                    f"{pages:,} pages in {hours:g} hours take more than {MOST_HELD:,} nodes: give more hours"
                )
            took = self._simulate(pages, nodes, self.seed).seconds
            if took + run.fixed_s <= hours * 3_600:
                return nodes
            nodes = max(nodes + 1, ceil(nodes * (took - run.start_s) / seconds))
        raise InputError(f"{pages:,} pages do not finish in {hours:g} hours on {nodes:,} nodes: give more hours")

    def _simulate(self, pages: int, nodes: int, seed: int) -> ClusterRun:
        part = min(nodes, MOST_NODES)
        generator = np.random.default_rng(seed)
        # Each simulated node gets the pages that it would have among all of them.
        theirs = pages if part == nodes else round(pages * part / nodes)
        units = slots = self.inputs.node.units
        if theirs / self._pages_per_unit <= EXACT_UNITS:
            blocks = self._single(*self._drawn(theirs, generator), generator)
        else:
            slots = min(units, LANES)
            blocks = self._grouped(theirs, part * slots, generator)
        shares = [self.rate.share(number * units / slots) for number in range(slots + 1)]
        return ClusterSimulation(blocks, part, shares, self.inputs.run, seed).simulate()

    def _single(self, units: np.ndarray, works: np.ndarray, generator: np.random.Generator) -> list[Block]:
        order = np.argsort(-units, kind="stable") if self.inputs.run.largest_first else np.arange(len(units))
        return [
            self._block(number, int(units[unit]), float(works[unit]), 1, generator)
            for number, unit in enumerate(order.tolist())
        ]

    def _grouped(self, pages: int, slots: int, generator: np.random.Generator) -> list[Block]:
        """Blocks whose size falls with what is left, down to single units."""
        units = np.sort(self._units)[::-1] if self.inputs.run.largest_first else self._units
        total = pages / self._pages_per_unit
        ends = np.cumsum(units) * (pages / float(units.sum()))
        places = np.arange(1, len(units) + 1) / len(units) * total
        blocks: list[Block] = []
        begun, taken = 0.0, 0
        while taken < pages:
            # A part of the pages that are left, and one unit at least.
            one = float(np.interp(min(begun + 1.0, total), places, ends)) - taken
            count = min(pages - taken, max(round(one), round((pages - taken) / slots / _SHARE), 1))
            taken += count
            ended = float(np.interp(taken, ends, places))
            mean = count / self.rate.pages_per_second
            work = max(mean + self._spread * sqrt(count) * float(generator.standard_normal()), mean / 4)
            blocks.append(self._block(len(blocks), count, work, max(round(ended - begun), 1), generator))
            begun = ended
        return blocks

    def _block(self, number: int, pages: int, work: float, units: int, generator: np.random.Generator) -> Block:
        run, corpus = self.inputs.run, self.inputs.corpus
        failed = int(generator.binomial(pages, corpus.bad_page_share))
        deadly = int(generator.binomial(units, run.deadly_share)) if run.deadly_share else 0
        if deadly:  # both attempts end halfway, with a start of the reader each
            work += deadly * (2 * run.restart_s)
            failed = min(pages, max(failed, round(pages * deadly / units)))
        return Block(number, pages, failed, work, units)

    def _drawn(self, pages: int, generator: np.random.Generator) -> tuple[np.ndarray, np.ndarray]:
        """Units of so many pages, and what each takes of a whole node in seconds."""
        inputs = self.inputs
        units = draw_units(inputs.corpus, pages, generator)
        drawn = draw_pages(inputs.corpus, units, inputs.run.retry_share, int(generator.integers(2**32)))
        work = page_work(inputs, drawn)
        starts = np.concatenate([[0], np.cumsum(units)[:-1]])
        works = np.add.reduceat(work, starts)
        return units, works / work.mean() / self.rate.pages_per_second
