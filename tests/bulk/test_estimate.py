"""The speed of a node, from what its workers wrote."""

from __future__ import annotations

import pytest

from sokdok.bulk.estimate import estimate, speed_of
from sokdok.bulk.results import Header, Tally


def units(worker: str, *seconds: float, pages: int = 10) -> list[Header]:
    """Results of one worker, each of so many pages."""
    return [
        Header(str(at), 1, "nano", "q", started=at, seconds=each, worker=worker, tally=Tally(done=pages))
        for at, each in enumerate(seconds)
    ]


def test_workers_read_beside_each_other_and_open_their_reader_once() -> None:
    speed = speed_of([*units("a", 30, 5, 5, 5), *units("b", 30, 5, 5)])
    assert speed.pages_per_second == pytest.approx(4) and speed.workers == 2 and speed.error == 0


def test_the_spread_of_units_is_that_of_the_estimate() -> None:
    even, uneven = speed_of(units("a", *[5.0] * 50)), speed_of(units("a", *[2.0, 8.0] * 25))
    assert even.error == 0 and 0.1 < uneven.error < 0.4
    assert estimate(uneven, 1000).error == uneven.error
    assert speed_of(units("a", 5.0)).error == 1  # one unit says nothing of how units differ
