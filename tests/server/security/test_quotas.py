from __future__ import annotations

import pytest

from sokdok.server.engine.refused import Busy
from sokdok.server.security.keys import Quota
from sokdok.server.security.quotas import Quotas


class Clock:
    now = 1_000.0

    def __call__(self) -> float:
        return self.now


def test_a_minutes_requests_and_no_more() -> None:
    clock = Clock()
    quotas = Quotas(Quota(requests=6), clock=clock)
    for _ in range(6):
        quotas.request("a")
    with pytest.raises(Busy, match="6 requests a minute") as caught:
        quotas.request("a")
    assert caught.value.retry_after == pytest.approx(10)
    quotas.request("b")
    clock.now += 9.9
    with pytest.raises(Busy):
        quotas.request("a")
    clock.now += 0.2
    quotas.request("a")
    clock.now += 3_600
    for _ in range(6):
        quotas.request("a")
    with pytest.raises(Busy):
        quotas.request("a")


def test_pages_beyond_a_minutes_are_a_debt() -> None:
    clock = Clock()
    quotas = Quotas(Quota(pages=60), clock=clock)
    quotas.require_pages("a", 600)
    quotas.took_pages("a", 600)
    with pytest.raises(Busy, match="60 pages a minute") as caught:
        quotas.require_pages("a", 1)
    assert caught.value.retry_after == pytest.approx(541)
    clock.now += 541
    quotas.require_pages("a", 1)
    with pytest.raises(Busy):
        quotas.require_pages("a", 2)


def test_what_is_said_of_a_key_goes_before_what_is_said_of_all() -> None:
    quotas = Quotas(Quota(requests=6, pages=60, queue=9), {"a": Quota(pages=5)})
    assert quotas.of("a") == Quota(6, 5, 9) and quotas.of("b") == Quota(6, 60, 9)
    free = Quotas(Quota())
    for _ in range(1_000):
        free.request("a")
    free.require_pages("a", 10**9)


def test_a_key_of_which_nothing_is_allowed_waits_a_minute() -> None:
    with pytest.raises(Busy) as caught:
        Quotas(Quota(requests=0)).request("a")
    assert caught.value.retry_after == 60
