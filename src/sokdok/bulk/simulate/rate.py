"""How fast one node is, and why not faster: a stretch of its work simulated page by page."""

from __future__ import annotations

from dataclasses import dataclass
from math import log, sqrt

import numpy as np

from sokdok.bulk.simulate.draws import Pages, draw_pages, draw_units
from sokdok.bulk.simulate.inputs import Inputs
from sokdok.bulk.simulate.node import NodeRun, NodeSimulation

STRETCH_PAGES = 6_000
"""simulated with all units in hand"""
PARTIAL_PAGES = 1_200
"""simulated with fewer units in hand, each time"""
_BATCHES = 10
"""of a stretch, whose rates say how sure the whole is"""
_EDGE = 0.12
"""of the pages at both ends of a stretch, while queues fill and empty"""
_STUDENT = 2.262
"""two-sided 95 % of Student's distribution with nine degrees of freedom"""


@dataclass(frozen=True)
class NodeRate:
    """One node with its hands full."""

    pages_per_second: float
    error: float
    """half the 95 % interval of that, as a share: of the simulation alone, for these inputs"""
    tokens_per_second: float
    bottleneck: str
    """cores, API servers or reader"""
    core_share: float
    server_share: float
    reader_share: float
    """of the time in which each worked; of the reader: of its speed with all pages it takes"""
    at_once: float
    """pages that the reader had"""
    shares: tuple[tuple[int, float], ...]
    """(units in hand, share of the full speed)"""

    def share(self, units: float) -> float:
        """Share of the full speed with so many units in hand, 0 with none."""
        if not units:
            return 0.0
        counts, shares = zip(*self.shares, strict=True)
        return float(np.interp(log(units), [log(count) for count in counts], shares))


def node_rate(inputs: Inputs, seed: int) -> NodeRate:
    """Simulate a node with its hands full, and with fewer units in them."""
    units = inputs.node.units
    run, rate, error = simulate_stretch(inputs, STRETCH_PAGES, units, seed)
    shares = [(units, 1.0)]
    while units := units // 2:
        partial = simulate_stretch(inputs, PARTIAL_PAGES, units, seed)[1]
        shares.append((units, min(partial / rate, shares[-1][1])))
    reader_share = run.tokens_per_second / inputs.node.curve[-1][1]
    loads = {"cores": run.core_share, "API servers": run.server_share, "reader": reader_share}
    return NodeRate(
        rate,
        error,
        rate * inputs.corpus.tokens_per_page * (1 - inputs.corpus.exact_share),
        max(loads, key=lambda name: loads[name]),
        run.core_share,
        run.server_share,
        reader_share,
        run.at_once,
        tuple(reversed(shares)),
    )


def simulate_stretch(inputs: Inputs, pages: int, units: int, seed: int) -> tuple[NodeRun, float, float]:
    """One node, so many pages, so many units in hand: the run, its pages/s, and half their 95 % interval as a share."""
    generator = np.random.default_rng(seed)
    drawn = draw_units(inputs.corpus, pages, generator)
    generator.shuffle(drawn)
    stretch = draw_pages(inputs.corpus, drawn, inputs.run.retry_share, seed)
    run = NodeSimulation(inputs.node, stretch, units).run()
    return run, *steady_rate(run, page_work(inputs, stretch))


def steady_rate(run: NodeRun, work: np.ndarray) -> tuple[float, float]:
    """Pages/s in the middle of a stretch, and half its 95 % interval as a share, from the rates of its batches.

    What is measured is work a second, where `work` is of each page; the mean page is known. So a batch of short pages
    is not taken for a fast node.
    """
    edge = int(len(run.order) * _EDGE)
    size = (len(run.order) - 2 * edge - 1) // _BATCHES
    borders = edge + size * np.arange(_BATCHES + 1)
    seconds = np.diff(run.done_at[borders])
    done = np.add.reduceat(work[run.order], borders + 1)[:_BATCHES]
    pages = done / work.mean()
    rate = pages.sum() / seconds.sum()
    error = _STUDENT * (pages / seconds).std(ddof=1) / sqrt(_BATCHES) / rate
    return float(rate), float(error)


def page_work(inputs: Inputs, pages: Pages) -> np.ndarray:
    """What each page takes of the stage that limits the node; seconds."""
    node = inputs.node
    read = ~pages.exact
    times = np.where(pages.again, 2.0, 1.0)
    cores = np.where(read, node.render_s + node.post_s, node.exact_s) / node.cores
    servers = read * node.prepare_s / max(node.api_servers, 1) * (node.api_servers > 0)
    reader = times * pages.tokens / node.curve[-1][1]
    stages = (cores, servers, reader)
    return max(stages, key=lambda stage: float(stage.mean()))
