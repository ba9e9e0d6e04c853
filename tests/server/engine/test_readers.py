import time
from typing import cast

import pytest

from sokdok.documents.question import Question
from sokdok.jobs import Died, Job, Limits, Pool
from sokdok.server.engine.job import JobHandle, PageRead, ReaderSetup, ReadJob
from sokdok.server.engine.readers import Batch, PageSpeed, ServedReader, Unit

QUESTION = Question()


class NoChildren:
    """A pool that begins nothing."""

    deaths, ready, room = 0, 1, 1

    def start(self) -> None:
        pass

    def submit(self, name: str, *arguments: object, **how: object) -> Job:
        return Job(name, arguments, None)

    def close(self) -> None:
        pass


def unit(*pages: int) -> Unit:
    job = ReadJob(kind="document", upload="u", shown_as="u", asked=QUESTION, pages=pages)
    return Unit(JobHandle("t", "one", job, lambda number, row, failed: None), pages)


@pytest.fixture
def reader() -> ServedReader:
    return ServedReader(ReaderSetup("spool", Limits(), QUESTION), cast("Pool", NoChildren()))


def test_a_death_is_a_units_fault_once_it_happens_twice_at_one_page(reader: ServedReader) -> None:
    suspect = unit(1, 2, 3)
    batch = Batch(reader, [suspect])
    job = Job("read", (), None)
    assert batch.retry(job, Died("died")) == ([suspect.handle.job], [1, 2, 3], True), "page by page"
    batch.streamed(PageRead(1, b""))
    again = batch.retry(job, Died("died"))
    assert again is not None and again[1] == [2, 3], "it died somewhere else, and page 1 is read"
    assert batch.retry(job, Died("died")) is None and batch.deaths == 2


def test_which_of_several_pictures_is_to_blame_is_not_known(reader: ServedReader) -> None:
    batch = Batch(reader, [unit(1), unit(1)])
    assert batch.retry(Job("read", (), None), Died("died")) is None and batch.deaths == 1


def test_who_fails_rests_longer_each_time_and_is_tried_once(
    reader: ServedReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = 1000.0
    monkeypatch.setattr(time, "monotonic", lambda: now)
    pauses = []
    for _ in range(8):
        pauses.append(reader.back_off("it fails"))
        assert reader.back_off("it fails") == pauses[-1] and not reader.healthy, "it rests already"
        now += pauses[-1]
    assert pauses == [1, 2, 4, 8, 16, 30, 30, 30]
    room = [reader.has_room]
    reader.begin([unit(1)], lambda batch, page: None)
    room.append(reader.has_room)
    reader.page(good=True)
    assert [*room, reader.has_room] == [True, False, True], "one thing will show"


def test_an_endpoint_that_fails_at_three_pages_in_a_row_is_left_out() -> None:
    endpoint = ServedReader(
        ReaderSetup("spool", Limits(), Question(reader="http://one/v1")), cast("Pool", NoChildren())
    )
    assert [endpoint.page(good) for good in (False, False, True, False, False, False)] == [False] * 5 + [True]


def test_what_was_measured_says_how_long_a_queue_takes() -> None:
    speed = PageSpeed(2)
    for _ in range(4):
        speed.read(0.5)
    assert speed.page_seconds == pytest.approx(0.5)
    assert speed.wait(100) == pytest.approx(25.0)
    for _ in range(100):
        speed.read(3.0)
    assert speed.page_seconds == pytest.approx(3.0, rel=0.01)
    assert speed.wait(0) == 1.0 and speed.wait(10**9) == 3600.0, "nobody waits for nothing, or for ever"
