"""Several children: every job is answered once, whatever becomes of those that work on it."""

import asyncio
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from pathlib import Path
from typing import Any

import pytest

from fakes.jobs import WORKER, Odds
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import Died, Job, Pool, StartError, TimedOut, in_order
from sokdok.jobs.pool import AHEAD

pytestmark = pytest.mark.process

Open = Callable[..., Pool]


@pytest.fixture
def pool(tmp_path: Path, request: pytest.FixtureRequest) -> Open:
    def opened(workers: int = 1, first: int = 100, **options: Any) -> Pool:
        pool = Pool(WORKER, (first, tmp_path / "notes"), workers=workers, **options)
        request.addfinalizer(pool.close)
        return pool

    return opened


@pytest.mark.parametrize("workers", [1, 2])
def test_answers_come_in_order_and_tasks_are_taken_as_they_are_needed(workers: int, tmp_path: Path) -> None:
    def tasks(numbers: Iterable[int]) -> Iterator[tuple[int]]:
        for number in numbers:
            taken.append(number)
            yield (number,)

    def done(numbers: Iterable[int]) -> Iterator[int]:
        return in_order(WORKER, (100, tmp_path / "x"), "add", tasks(numbers), workers=workers, kind=int)

    taken: list[int] = []
    for at, answer in enumerate(done(range(12))):
        assert answer == 100 + at and len(taken) <= at + 1 + AHEAD * workers
    assert len(taken) == 12
    with pytest.raises(InputError, match="not here"):
        list(done([1, 404, 2]))
    if workers > 1:
        with pytest.raises(SokdokError, match="a worker process died.*run the same command again, with fewer workers"):
            list(done([1, 99, 2]))


@pytest.mark.parametrize("name", ["count", "emit"])
def test_items_are_streamed_before_the_answer(pool: Open, name: str) -> None:
    heard: list[int] = []
    job = pool().submit(name, 5, kind=str | None, item=int, on_item=heard.append)
    assert job.result() == ("done" if name == "emit" else None) and heard == [0, 1, 2, 3, 4]


def test_an_error_is_what_it_was_as_far_as_that_is_known_here(pool: Open) -> None:
    with pytest.raises(InputError, match="not here") as caught:
        pool().submit("add", 404, kind=int).result()
    assert type(caught.value) is InputError
    with pytest.raises(Odds):
        pool(known=(Odds,)).submit("add", 404, kind=int).result()


def test_a_job_is_tried_once_more_after_a_death_and_no_third_time(pool: Open) -> None:
    one = pool()
    dying, behind = one.submit("die", 1, 7, kind=int), one.submit("add", 1, kind=int)
    assert (dying.result(), behind.result(), one.deaths, behind.deaths) == (7, 101, 1, 0)
    with pytest.raises(Died, match=r"died \(SIGABRT\)"):
        one.submit("die", 9, kind=int).result()
    assert one.submit("add", 1, kind=int).result() == 101


def test_who_gives_a_job_may_say_how_it_is_tried_again(pool: Open) -> None:
    seen: list[tuple[int, str]] = []

    def retry(job: Job, died: Died) -> list[int] | None:
        seen.append((job.deaths, str(died)))
        return [9, len(seen)] if len(seen) < 4 else None

    with pytest.raises(Died, match="SIGABRT"):
        pool().submit("die", 9, kind=int, retry=retry).result()
    assert seen == [(number, "died (SIGABRT)") for number in (1, 2, 3, 4)]


def test_of_several_jobs_at_once_each_is_tried_alone(pool: Open) -> None:
    one = pool(concurrency=3)
    jobs = [one.submit("count", 3, 0.2, item=int), one.submit("die", 2, 7, kind=int), one.submit("count", 3, 0.2)]
    assert jobs[1].result() == 7 and [job.result() for job in jobs] == [None, 7, None]
    assert (one.deaths, [job.deaths for job in jobs]) == (2, [0, 1, 0])


def test_one_that_is_silent_for_too_long_is_ended(pool: Open) -> None:
    one = pool(seconds=0.5)
    assert one.submit("count", 4, 0.3, item=int).result() is None, "it is not silent"
    with pytest.raises(TimedOut, match="not done after 0.5 s"):
        one.submit("count", 2, 60.0, item=int).result()
    assert one.submit("count", 1, 1.5, item=int, seconds=20).result() is None, "a job may take longer than others"


def test_a_job_that_nobody_waits_for_ends_with_its_next_item(pool: Open, tmp_path: Path) -> None:
    one, heard = pool(), threading.Event()
    job = one.submit("count", 1000, 0.05, item=int, on_item=lambda _: heard.set())
    behind = [one.submit("add", number, kind=int) for number in range(4)]
    assert heard.wait(60) and not job.cancel() and behind[0].cancel() | True and behind[3].cancel()
    with pytest.raises(CancelledError):
        job.result()
    assert [each.result() for each in behind[1:3]] == [101, 102] and one.deaths == 0
    heard.clear()
    job = one.submit("left", item=int, on_item=lambda _: heard.set())
    assert heard.wait(60) and not job.cancel()
    with pytest.raises(CancelledError):
        job.result()
    assert (tmp_path / "notes").exists(), "it was told, and ended what it waited for"


def test_a_job_is_ended_with_its_child_and_what_waited_behind_it_goes_on(pool: Open) -> None:
    one, heard = pool(), threading.Event()
    job = one.submit("count", 2, 600.0, item=int, on_item=lambda _: heard.set())
    behind = one.submit("add", 1, kind=int)
    assert heard.wait(60) and not job.kill()
    with pytest.raises(CancelledError):
        job.result()
    assert behind.result() == 101 and (one.deaths, behind.deaths) == (0, 0)


def test_an_event_loop_waits_and_leaves(pool: Open) -> None:
    async def both() -> list[int]:
        loop, one = asyncio.get_running_loop(), pool()
        queue: asyncio.Queue[int] = asyncio.Queue()
        endless = asyncio.wrap_future(
            one.submit(
                "count", 1000, 0.02, item=int, on_item=lambda item: loop.call_soon_threadsafe(queue.put_nowait, item)
            )
        )
        first = [await queue.get() for _ in range(3)]
        endless.cancel()
        return [*first, await asyncio.wrap_future(one.submit("add", 1, kind=int))]

    assert asyncio.run(both()) == [0, 1, 2, 101]


def test_children_are_replaced_after_much_work_and_tidy_up(pool: Open, tmp_path: Path) -> None:
    one = pool(recycle=3)
    pids = [one.submit("pid", kind=int).result() for _ in range(4)]
    assert len(set(pids)) == 2 and one.deaths == 0
    one.close()
    assert (tmp_path / "notes").read_text() == "tidy"


def test_children_share_the_gpus_evenly(pool: Open) -> None:
    three = pool(3, gpus=("3", "GPU-ab"), ahead=0)
    three.start()
    seen = [child.gpu for child in three._children]
    assert sorted(map(str, seen)) == ["3", "3", "GPU-ab"]
    assert three.submit("gpu", kind=str).result() in seen


def test_room_is_what_can_be_begun(pool: Open) -> None:
    two = pool(2)
    assert two.room == 4
    jobs = [two.submit("count", 1, 0.5) for _ in range(3)]
    assert two.room == 1
    assert [job.result() for job in jobs] == [None] * 3 and two.room == 4


def test_children_that_can_t_start_say_why(pool: Open) -> None:
    jobs = [pool(first=-1).submit("add", 1, kind=int) for _ in range(2)]
    for job in jobs:
        with pytest.raises(InputError, match="less than nothing"):
            job.result()
    with pytest.raises(StartError, match=r"worker processes end as they start \(died \(SIGABRT\)\)"):
        pool(first=13).submit("add", 1, kind=int).result()


def test_what_is_not_done_at_the_end_is_cancelled(pool: Open) -> None:
    one, began = pool(), time.monotonic()
    jobs = [one.submit("count", 2, 600.0, item=int) for _ in range(4)]
    one.close()
    for job in jobs:
        with pytest.raises(CancelledError):
            job.result()
    assert one.submit("add", 1, kind=int).cancelled() and time.monotonic() - began < 60
