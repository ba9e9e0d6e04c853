"""One node, page by page."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.bulk.simulate.draws import draw_pages, draw_units
from sokdok.bulk.simulate.inputs import Corpus, Inputs, Node, Run
from sokdok.bulk.simulate.node import NodeSimulation, speed
from sokdok.bulk.simulate.rate import node_rate

CALM = Run(retry_share=0.0)


def _run(corpus: Corpus, node: Node, pages: int, units: int, seed: int = 0) -> tuple[np.ndarray, float]:
    drawn = draw_units(corpus, pages, np.random.default_rng(seed))
    run = NodeSimulation(node, draw_pages(corpus, drawn, 0.0, seed), units).run()
    return run.order, run.seconds


@settings(max_examples=25, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    exact=st.floats(0, 1),
    cores=st.integers(1, 4),
    servers=st.integers(0, 3),
    at_once=st.integers(1, 40),
    queue=st.integers(1, 8),
    units=st.integers(1, 12),
    serial=st.booleans(),
)
def test_every_page_is_done_once(
    seed: int, exact: float, cores: int, servers: int, at_once: int, queue: int, units: int, serial: bool
) -> None:
    """Whatever is full or few: nothing is lost, nothing waits for ever, nothing comes twice."""
    corpus = Corpus(exact_share=exact)
    node = Node(cores=cores, api_servers=servers, most_at_once=at_once, queue=queue, serial=serial)
    order, _ = _run(corpus, node, 300, units, seed)
    assert sorted(order.tolist()) == list(range(300))


@pytest.mark.parametrize(
    ("node", "bottleneck", "pages_per_second"),
    [
        (Node(api_servers=1, prepare_s=0.1, curve=((1, 1e6),)), "API servers", 10.0),
        (Node(api_servers=3, prepare_s=0.1, curve=((1, 1e6),)), "API servers", 30.0),
        (Node(cores=2, render_s=0.15, post_s=0.05, unit_s=0.0, api_servers=0, curve=((1, 1e6),)), "cores", 10.0),
        (Node(api_servers=4, curve=((1, 100.0), (64, 3_000.0)), units=64), "reader", 4.0),
    ],
)
def test_the_narrowest_stage_says_how_fast_a_node_is(node: Node, bottleneck: str, pages_per_second: float) -> None:
    inputs = Inputs(corpus=Corpus(tokens_per_page=750.0, loop_share=0.0), node=node, run=CALM)
    rate = node_rate(inputs, 0)
    assert rate.bottleneck == bottleneck
    assert rate.pages_per_second == pytest.approx(pages_per_second, rel=0.05)


def test_workers_that_read_by_themselves_read_a_page_each_at_a_time() -> None:
    """Two workers, half a second a page, and nothing else: four pages a second, with one unit in hand two."""
    corpus = Corpus(tokens_per_page=500.0, tokens_spread=0.0, loop_share=0.0)
    node = Node(
        cores=2, render_s=0, post_s=0, unit_s=0, api_servers=0, curve=((1, 1_000.0), (2, 2_000.0)), serial=True, units=2
    )
    _, two = _run(corpus, node, 400, 2)
    _, one = _run(corpus, node, 400, 1)
    assert two == pytest.approx(100.0, rel=0.1)  # the last unit has one worker
    assert one == pytest.approx(200.0, rel=0.01)


def test_pages_that_no_reader_sees_take_cores_only() -> None:
    inputs = Inputs(corpus=Corpus(exact_share=1.0), node=Node(cores=4, exact_s=0.1, unit_s=0.0), run=CALM)
    rate = node_rate(inputs, 0)
    assert rate.pages_per_second == pytest.approx(40.0, rel=0.02)
    assert rate.tokens_per_second == 0


def test_a_curve_is_a_power_law_between_its_points() -> None:
    curve = ((1, 100.0), (100, 1_000.0))
    assert [speed(curve, at_once) for at_once in (1, 10, 100, 1_000)] == pytest.approx(
        [100, 100 * 10**0.5, 1_000, 1_000]
    )
    assert speed(((4, 400.0),), 1) == 100.0
