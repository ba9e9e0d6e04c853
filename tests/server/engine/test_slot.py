from __future__ import annotations

import time

import pytest

from sokdok.documents.question import Question
from sokdok.jobs import Limits
from sokdok.server.engine.job_handle import JobHandle
from sokdok.server.engine.messages import Job, Setup
from sokdok.server.engine.slot import Slot, Unit

QUESTION = Question()


def unit(*pages: int) -> Unit:
    job = Job(kind="document", upload="u", shown_as="u", asked=QUESTION, pages=pages)
    return Unit(JobHandle("t", "one", job, lambda number, row, failed: None), pages)


class FakeWorker:
    ready, heard = True, 0.0

    def __init__(self) -> None:
        self.sent: list[object] = []

    def send(self, message: object) -> None:
        self.sent.append(message)


@pytest.fixture
def slot() -> Slot:
    return Slot(Setup("spool", Limits(), QUESTION), worker=FakeWorker())  # type: ignore[arg-type]


def test_a_death_is_a_units_fault_once_it_happens_twice_at_one_page_with_nothing_else_given() -> None:
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


def test_a_worker_is_given_a_little_more_than_it_works_on(slot: Slot) -> None:
    assert slot.has_room(100)
    slot.give(unit(*range(1, 9)), 1)
    assert slot.load == 8 and not slot.has_room(100)
    slot.units[1].handle.missing = {8}
    assert slot.has_room(100), "its last page: it need not wait for what is next"
    slot.give(unit(1), 2)
    assert not slot.has_room(100)
    assert [each.id for each in slot.begun] == [1]
    slot.concurrency = 4
    assert slot.has_room(100) and [each.id for each in slot.begun] == [1, 2]
    assert not slot.has_room(0), "it has read enough, and is replaced"


def test_what_a_worker_died_at_is_given_alone_to_the_next_one(slot: Slot) -> None:
    suspect = unit(1)
    suspect.blame(surely=True)
    slot.concurrency = 8
    slot.give(suspect, 1)
    assert not slot.has_room(100) and slot.worker is not None
    (sent,) = slot.worker.sent  # type: ignore[attr-defined]
    assert sent.singly


def test_who_fails_rests_longer_each_time_and_is_tried_once(slot: Slot, monkeypatch: pytest.MonkeyPatch) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pauses = []
    for _ in range(8):
        pauses.append(slot.back_off("it fails"))
        assert slot.back_off("it fails") == pauses[-1] and not slot.healthy, "it rests already"
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    slot.concurrency = 8
    assert slot.has_room(100)
    slot.give(unit(1), 1)
    assert not slot.has_room(100), "one thing will show"
    slot.page(good=True)
    assert slot.has_room(100)
    for good in (False, False, True, False, False, False):
        assert not slot.is_bad
        slot.page(good)
    assert slot.is_bad, "three pages in a row"
