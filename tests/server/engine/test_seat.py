from __future__ import annotations

import time

import pytest

from sokdok.bulk.question import Question
from sokdok.isolation import Limits
from sokdok.server.engine.messages import Job, Setup
from sokdok.server.engine.seat import Seat, Unit
from sokdok.server.engine.ticket import Ticket

QUESTION = Question()


def unit(*pages: int) -> Unit:
    job = Job(kind="document", upload="u", shown_as="u", asked=QUESTION, pages=pages)
    return Unit(Ticket("t", "one", job, lambda number, row, failed: None), pages)


class FakeHand:
    ready, heard = True, 0.0

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, message: object) -> None:
        self.sent.append(message)


@pytest.fixture
def seat() -> Seat:
    return Seat(Setup("spool", Limits(), QUESTION), hand=FakeHand())  # type: ignore[arg-type]


def test_a_death_is_a_units_fault_once_it_happens_twice_at_one_page_with_nothing_else_in_hand() -> None:
    suspect = unit(1, 2, 3)
    suspect.blame(surely=False)
    assert suspect.alone and suspect.deaths == 0, "another one may have been the reason"
    suspect.blame(surely=True)
    assert suspect.deaths == 1
    suspect.told = True  # page 1 was read before the next one died
    suspect.blame(surely=True)
    assert suspect.deaths == 1, "it died somewhere else"
    suspect.told = False
    suspect.blame(surely=True)
    assert suspect.deaths == 2


def test_a_worker_has_a_little_more_in_hand_than_it_works_on(seat: Seat) -> None:
    assert seat.has_room(100)
    seat.give(unit(*range(1, 9)), 1)
    assert seat.load == 8 and not seat.has_room(100)
    seat.units[1].ticket.missing = {8}
    assert seat.has_room(100), "its last page: it need not wait for what is next"
    seat.give(unit(1), 2)
    assert not seat.has_room(100)
    assert [each.id for each in seat.begun] == [1]
    seat.lanes = 4
    assert seat.has_room(100) and [each.id for each in seat.begun] == [1, 2]
    assert not seat.has_room(0), "it has read enough, and is replaced"


def test_what_a_worker_died_at_is_alone_in_the_next_ones_hand(seat: Seat) -> None:
    suspect = unit(1)
    suspect.blame(surely=True)
    seat.lanes = 8
    seat.give(suspect, 1)
    assert not seat.has_room(100) and seat.hand is not None
    (sent,) = seat.hand.sent  # type: ignore[attr-defined]
    assert sent.singly


def test_who_fails_rests_longer_each_time_and_is_tried_once(seat: Seat, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pauses = []
    for _ in range(8):
        pauses.append(seat.rest("it fails"))
        assert seat.rest("it fails") == pauses[-1] and not seat.well, "it rests already"
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    seat.lanes = 8
    assert seat.has_room(100)
    seat.give(unit(1), 1)
    assert not seat.has_room(100), "one thing will show"
    seat.page(good=True)
    assert seat.has_room(100)
    for good in (False, False, True, False, False, False):
        assert not seat.is_bad
        seat.page(good)
    assert seat.is_bad, "three pages in a row"
