"""Nodes, hours and dollars for any number of pages."""

from __future__ import annotations

import time

import numpy as np
import pytest

from sokdok.bulk.simulate import plan as plans
from sokdok.bulk.simulate.inputs import Corpus, Inputs, Node, Run
from sokdok.bulk.simulate.plan import make_plan
from sokdok.errors import InputError


def test_every_number_of_pages_finishes_in_time_and_every_page_is_accounted_for() -> None:
    plan = make_plan(Inputs(), [1_000, 100_000, 10**7], None, 24.0)
    for row in plan.rows:
        assert row.done + row.failed == row.pages
        assert row.hours <= 24.0 * 1.02
        assert 0 < row.error < 0.15
    assert [row.nodes for row in plan.rows] == sorted(row.nodes for row in plan.rows)
    small, _, large = plan.rows
    assert large.dollars_per_thousand == pytest.approx(
        small.dollars_per_thousand, rel=0.8
    )  # what differs is start and end


def test_a_billion_pages_are_planned_in_seconds() -> None:
    begun = time.process_time()
    (row,) = make_plan(Inputs(), [10**9], None, 24.0 * 30).rows
    assert time.process_time() - begun < 10
    assert row.simulated_nodes < row.nodes
    # 3.25 pages/s a card, less what trouble costs.
    assert row.nodes == pytest.approx(10**9 / (3.25 * 0.97 * 86_400 * 30), rel=0.03)


def test_a_stretch_scales_to_what_a_whole_simulation_says(monkeypatch: pytest.MonkeyPatch) -> None:
    """The same run unit by unit, and in blocks."""
    inputs = Inputs(run=Run(spot_losses=0.5, crashes=0.5))
    scaled = make_plan(inputs, [60_000], 3, None).rows[0]
    monkeypatch.setattr(plans, "EXACT_UNITS", 10**6)
    whole = make_plan(inputs, [60_000], 3, None).rows[0]
    assert scaled.hours == pytest.approx(whole.hours, rel=0.04)
    assert scaled.dollars == pytest.approx(whole.dollars, rel=0.04)


def test_part_of_the_nodes_stands_for_all(monkeypatch: pytest.MonkeyPatch) -> None:
    part = make_plan(Inputs(), [3_000_000], 60, None).rows[0]
    monkeypatch.setattr(plans, "MOST_NODES", 60)
    whole = make_plan(Inputs(), [3_000_000], 60, None).rows[0]
    assert part.hours == pytest.approx(whole.hours, rel=0.04)


def test_other_dice_give_an_answer_within_the_stated_error() -> None:
    """The interval is of 95 %: of ten answers one or two may lie outside, and none far."""
    base = Inputs()
    answers = [make_plan(base, [200_000], 2, None, seed).rows[0] for seed in range(10)]
    mean = np.mean([row.hours for row in answers])
    outside = [row for row in answers if abs(row.hours / mean - 1) > row.error]
    assert len(outside) <= 2


def test_the_same_seed_gives_the_same_plan() -> None:
    assert make_plan(Inputs(), [50_000], None, 5.0, 3) == make_plan(Inputs(), [50_000], None, 5.0, 3)


@pytest.mark.parametrize(
    ("worse", "than"),
    [
        (Run(spot_losses=3.0), Run(spot_losses=0.0)),
        (Run(crashes=10.0, restart_s=300.0), Run(crashes=0.0)),
        (Run(retry_share=0.3), Run(retry_share=0.0)),
        (Run(slow_share=0.5), Run(slow_share=0.0)),
        (Run(deadly_share=0.02), Run()),
    ],
    ids=["losses", "crashes", "retries", "slow nodes", "deadly files"],
)
def test_trouble_takes_time(worse: Run, than: Run) -> None:
    hours = [make_plan(Inputs(run=run), [200_000], 4, None).rows[0].hours for run in (worse, than)]
    assert hours[0] > hours[1] * 1.02


def test_files_that_end_their_reader_are_failed_pages() -> None:
    row = make_plan(Inputs(run=Run(deadly_share=0.05)), [20_000], 2, None).rows[0]
    assert row.failed / row.pages == pytest.approx(0.05, abs=0.02)


def test_more_pages_with_text_layers_cost_less() -> None:
    prices = [
        make_plan(Inputs(corpus=Corpus(exact_share=share)), [100_000], 2, None).rows[0].dollars for share in (0.0, 0.8)
    ]
    assert prices[1] < prices[0] / 2


def test_what_can_not_be_done_in_time_is_refused() -> None:
    with pytest.raises(InputError, match="longer to start"):
        make_plan(Inputs(), [1_000], None, 0.01)
    with pytest.raises(InputError, match="more hours"):
        make_plan(Inputs(node=Node(curve=((1, 0.01),))), [10**9], None, 1.0)
