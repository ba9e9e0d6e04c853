from __future__ import annotations

import pytest

from sokdok.server.engine.speed import Speed


def test_what_was_measured_says_how_long_a_queue_takes() -> None:
    speed = Speed(2)
    speed.read(4, 2.0)
    assert speed.page_seconds == pytest.approx(0.5)
    assert speed.wait(100) == pytest.approx(25.0)
    for _ in range(100):
        speed.read(1, 3.0)
    assert speed.page_seconds == pytest.approx(3.0, rel=0.01)


def test_nobody_is_told_to_wait_for_nothing_or_for_ever() -> None:
    assert Speed(1).wait(0) == 1.0
    assert Speed(1).wait(10**9) == 3600.0
