"""Servers with queues, and what shares its speed among all it serves."""

from __future__ import annotations

import pytest

from sokdok.bulk.simulate.events import Clock, Servers, Shared


def test_what_is_shared_equally_ends_when_arithmetic_says() -> None:
    """Two begin with work 4 and 8 at speed 1 each half; then one is alone: ends at 8 and 12."""
    clock, ends = Clock(), []
    shared = Shared(lambda number: 1.0, clock)
    shared.add(4.0, lambda: ends.append(clock.now))
    shared.add(8.0, lambda: ends.append(clock.now))
    clock.run()
    assert ends == pytest.approx([8.0, 12.0])
    assert shared.served == pytest.approx(12.0)
    assert shared.area == pytest.approx(8 * 2 + 4 * 1)


def test_who_comes_later_slows_the_others_from_then_on() -> None:
    clock, ends = Clock(), []
    shared = Shared(lambda number: 1.0, clock)
    shared.add(4.0, lambda: ends.append(("first", clock.now)))
    clock.after(2.0, lambda: shared.add(1.0, lambda: ends.append(("second", clock.now))))
    clock.run()
    assert ends == [("second", pytest.approx(4.0)), ("first", pytest.approx(5.0))]


def test_a_server_before_a_full_queue_waits_and_serves_nobody() -> None:
    """One behind takes 10 s and has room for one more: the server before it, 1 s each, is stuck with its third."""
    clock, done = Clock(), []
    behind = Servers(1, 1, clock)
    before = Servers(1, float("inf"), clock)
    behind.freed = before.retry

    def end(name: int) -> bool:
        done.append((name, clock.now))
        return True

    for name in range(4):
        before.put(1.0, lambda name=name: behind.put(10.0, lambda: end(name)))
    clock.run()
    assert done == [(0, 11.0), (1, 21.0), (2, 31.0), (3, 41.0)]
    assert before.worked == 4.0  # being stuck is no work


def test_a_queue_takes_no_more_than_it_has_room_for() -> None:
    clock = Clock()
    servers = Servers(1, 2, clock)
    assert [servers.put(1.0, lambda: True) for _ in range(5)] == [True, True, True, False, False]
