"""Functions in a child, and pools of children."""

import asyncio
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import CancelledError
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from fakes.jobs import ODD, WORKER, Odds, gone
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import Child, Died, Failed, Job, Limits, OutOfMemory, Pool, StartError, TimedOut, in_order
from sokdok.jobs.pool import AHEAD

pytestmark = pytest.mark.process

LIMITS = Limits(seconds=20, megabytes=600)


@pytest.fixture
def child() -> Iterator[Child]:
    with Child(LIMITS) as child:
        yield child


class Place(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True)
class Word:
    text: str
    places: tuple[Place, ...]


def test_plain_data_comes_back_as_what_it_is(child: Child) -> None:
    word = Word("한글 \0 ok", (Place(1, 2.5),))
    assert child.call(f"{ODD}.echo", word, kind=Word) == word
    assert child.call(f"{ODD}.echo", b"\xff" * 100_000, kind=bytes) == b"\xff" * 100_000
    pixels = child.call(f"{ODD}.echo", b"\x00\xff" * 1_000_000, kind=memoryview)
    assert pixels == b"\x00\xff" * 1_000_000 and isinstance(pixels.obj, bytearray), "a view of the message"
    with pytest.raises(Died, match="makes no sense"):
        child.call(f"{ODD}.echo", "seven", kind=int)


def test_arguments_become_what_the_function_says(child: Child) -> None:
    assert child.call(f"{ODD}.kinds", (1, 2), ["a"], {3: "b"}, kind=list[str]) == ["Place", "list", "int"]
    with pytest.raises(Failed, match="Expected `int`"):
        child.call(f"{ODD}.kinds", (1, 2), ["a"], {"b": "b"}, kind=list[str])
    assert child.call("os.path:basename", "a/b", kind=str) == "b", "any function of any module"


def test_errors_come_back_as_what_they_say(child: Child) -> None:
    with pytest.raises(InputError, match="not what it should be"):
        child.call(f"{ODD}.refuse", kind=type(None))
    with pytest.raises(Failed, match="eyes of \U0001f440"):
        child.call(f"{ODD}.fail", "eyes of \U0001f440", kind=type(None))
    with pytest.raises(RuntimeError) as caught:
        child.call(f"{ODD}.fail", "x" * 100_000, kind=type(None))
    assert len(str(caught.value)) <= 1000
    assert child.call(f"{ODD}.echo", 1, kind=int) == 1


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("abort", "SIGABRT"),
        ("leave", "broke off"),
        *((name, "makes no sense") for name in ("garbage", "chatter", "again")),
        ("flood", "broke off"),
    ],
)
def test_whatever_ends_a_child_is_said_of_this_job_and_those_behind_it(child: Child, method: str, says: str) -> None:
    child.call(f"{ODD}.keep", 7, kind=type(None))
    waiting = [child.submit(f"{ODD}.{name}", kind=type(None)) for name in (method, "recall")]
    for job in waiting:
        with pytest.raises(Died, match=says) as caught:
            child.wait(job)
        assert caught.value.answered == 1
    assert not child.running
    with pytest.raises(Died, match=says):
        child.call(f"{ODD}.recall", kind=int)


@pytest.mark.parametrize("method", ["hang", "spin"])
def test_a_child_that_takes_too_long_is_ended(method: str) -> None:
    with Child(Limits(seconds=1.0)) as child:
        child.call(f"{ODD}.echo", 1, kind=int)  # it has started
        began = time.monotonic()
        with pytest.raises(TimedOut, match="not done after 1 s"):
            child.call(f"{ODD}.{method}", kind=type(None))
        assert time.monotonic() - began < 60  # it hangs for ten minutes


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound memory reliably")
def test_memory_is_bounded(child: Child) -> None:
    assert child.call(f"{ODD}.take", 100, kind=int) == 100 << 20
    with pytest.raises(OutOfMemory, match="more memory than it may have"):
        child.call(f"{ODD}.take", 2000, kind=int)


def test_a_child_writes_no_file(child: Child, tmp_path: Path) -> None:
    with pytest.raises((Died, RuntimeError)):
        child.call(f"{ODD}.write_file", str(tmp_path / "x"), kind=type(None))
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").stat().st_size


def test_what_a_library_prints_is_no_reply(child: Child) -> None:
    assert child.call(f"{ODD}.print", kind=str) == "reply"


def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", "sk-secret")
    with Child(LIMITS) as child:
        assert "sk-secret" not in child.call(f"{ODD}.environment", kind=dict[str, str]).values()


def test_ctrl_c_is_the_parents(child: Child) -> None:
    assert child.call(f"{ODD}.interrupted", kind=bool)


def test_an_idle_child_is_lent_again_and_a_dead_one_is_not() -> None:
    with Child.borrowed(LIMITS) as child:
        first = child.call(f"{ODD}.pid", kind=int)
    with Child.borrowed(LIMITS) as child, Child.borrowed(LIMITS) as other:
        assert child.call(f"{ODD}.pid", kind=int) == first
        assert other.call(f"{ODD}.pid", kind=int) != first
        with pytest.raises(Died):
            child.call(f"{ODD}.abort", kind=type(None))
    with Child.borrowed(LIMITS) as child:
        assert child.call(f"{ODD}.pid", kind=int) != first


@pytest.mark.parametrize("limits", ["Limits()", ""])
def test_children_end_with_their_parent(limits: str) -> None:
    """Killed or not, in the middle of a job: the pipe ends, and so does whoever reads it."""
    code = (
        "import os, signal; from sokdok.jobs import Child, Limits\n"
        f"child = Child({limits})\n"
        "print(child.call('os:getpid', kind=int), flush=True)\n"
        "child.submit('time:sleep', 600.0, kind=type(None))\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    places = {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=places, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr
    assert gone([int(run.stdout)]), "it outlives its parent"


PAGE = Path(__file__).parents[2] / "docs" / "limits.md"


def test_the_limits_in_the_documentation_are_those_of_the_code() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for field in fields(Limits):
        (row,) = (line for line in lines if line.endswith(f"| `{field.name}` |"))
        assert row.split("|")[2].strip() == f"{field.default:,g}", field.name


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
