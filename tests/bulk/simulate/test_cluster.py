"""The nodes of a run: whatever happens to them, every page ends as done or failed, once."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.bulk.simulate.cluster import Block, ClusterRun, ClusterSimulation
from sokdok.bulk.simulate.inputs import Run
from sokdok.errors import InputError

CALM = Run(start_s=0.0, spot_losses=0.0, crashes=0.0, slow_share=0.0, twice_share=0.0)
ALONE = (0.0, 1.0)
"""a node does one unit at a time"""


def _blocks(works: list[float]) -> list[Block]:
    return [Block(number, 10, number % 3, work) for number, work in enumerate(works)]


def _run(works: list[float], nodes: int, run: Run, shares: tuple[float, ...] = ALONE, seed: int = 0) -> ClusterRun:
    return ClusterSimulation(_blocks(works), nodes, shares, run, seed).simulate()


@settings(max_examples=20, deadline=None)
@given(
    seed=st.integers(0, 10_000),
    units=st.integers(0, 150),
    nodes=st.integers(1, 6),
    slots=st.integers(1, 4),
    losses=st.floats(0, 40),
    crashes=st.floats(0, 40),
    twice=st.floats(0, 1),
)
def test_done_and_failed_are_what_went_in(
    seed: int, units: int, nodes: int, slots: int, losses: float, crashes: float, twice: float
) -> None:
    works = np.random.default_rng(seed).exponential(5.0, units).tolist()
    run = Run(
        start_s=5.0,
        spot_losses=losses,
        crashes=crashes,
        twice_share=twice,
        replace_s=20.0,
        restart_s=3.0,
        slow_share=0.3,
    )
    shares = (0.0, *((number + 1) / slots for number in range(slots)))
    result = _run(works, nodes, run, shares, seed)
    assert result.done + result.failed == 10 * units
    assert result.failed == sum(number % 3 for number in range(units))
    assert len(result.results) == units and all(begun <= ended for begun, ended, _ in result.results)
    assert result.node_seconds <= nodes * result.seconds + 1e-6


def test_without_trouble_a_run_takes_what_arithmetic_says() -> None:
    assert _run([10.0] * 12, 3, CALM).seconds == pytest.approx(40.0)
    assert _run([10.0] * 12, 3, Run(start_s=5.0, spot_losses=0, crashes=0, slow_share=0)).seconds == pytest.approx(45.0)


def test_the_largest_units_first_end_earlier() -> None:
    works = [1.0] * 30 + [20.0]
    assert _run(sorted(works, reverse=True), 3, CALM).seconds < _run(works, 3, CALM).seconds


def test_what_a_slow_node_has_in_hand_at_the_end_is_done_by_another_too() -> None:
    slow = Run(start_s=0.0, spot_losses=0.0, crashes=0.0, slow_share=0.25, slow_speed=0.05, twice_share=0.0)
    twice = Run(start_s=0.0, spot_losses=0.0, crashes=0.0, slow_share=0.25, slow_speed=0.05, twice_share=0.1)
    works = [10.0] * 40
    alone, helped = _run(works, 4, slow), _run(works, 4, twice)
    assert helped.twice > 0
    assert helped.seconds < alone.seconds
    assert helped.done + helped.failed == 400


def test_a_lost_node_is_not_paid_for_until_its_successor_starts() -> None:
    run = Run(start_s=0.0, spot_losses=20.0, replace_s=100.0, crashes=0.0, slow_share=0.0, twice_share=0.0)
    result = _run([30.0] * 40, 1, run, seed=4)
    assert result.losses > 0
    assert result.node_seconds == pytest.approx(result.seconds - 100.0 * result.losses)


def test_nodes_lost_before_any_unit_is_done_are_refused() -> None:
    run = Run(start_s=0.0, spot_losses=60.0, crashes=0.0, slow_share=0.0, twice_share=0.0)
    with pytest.raises(InputError, match="60 losses and 0 crashes of a node an hour no unit would ever be done"):
        _run([36_000.0], 2, run)


def test_what_is_done_of_a_block_of_many_units_is_kept_but_for_one() -> None:
    """Of 100 units of 10 s in one block a loss costs at most one, beside the time without a node."""
    run = Run(start_s=0.0, spot_losses=10.0, replace_s=60.0, crashes=0.0, slow_share=0.0, twice_share=0.0)
    block = Block(0, 1_000, 0, 1_000.0, units=100)
    result = ClusterSimulation([block], 1, ALONE, run, 5).simulate()
    assert result.losses > 0
    assert result.seconds == pytest.approx(1_000.0 + 70.0 * result.losses, abs=10.0 * result.losses)
