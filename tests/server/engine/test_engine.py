import asyncio
import os
import signal
from collections.abc import Awaitable, Callable
from pathlib import Path
from typing import Any

import msgspec
import pytest
from msgspec.structs import replace

from fakes.server.serving import FAKE
from sokdok.errors import EndpointError, InputError
from sokdok.jobs import Pool
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.job import JobHandle, PictureRead, ReaderSetup, ReadJob
from sokdok.server.errors import Busy, Ended, Late, Stopping
from sokdok.server.settings import Bounds, Keys, Settings


class Bench:
    """An engine, and what its jobs have given."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.spool = engine, engine.settings.data / "spool"
        self.spool.mkdir(parents=True)
        self.pages: dict[str, list[tuple[int, bool, bytes]]] = {}

    def submit(self, says: str, owner: str = "one") -> JobHandle:
        name = f"{len(self.pages)}.txt"
        (self.spool / name).write_text(says)
        numbers = tuple(range(1, int(says.split()[0].removeprefix("pages=")) + 1))
        got = self.pages[name] = []
        job = ReadJob(kind="document", upload=name, shown_as=name, asked=self.engine.question, pages=numbers)
        return self.engine.submit(job, owner, lambda number, row, failed: got.append((number, failed, row)))

    def failed(self, handle: JobHandle) -> list[int]:
        return [number for number, failed, _ in self.pages[handle.job.upload] if failed]

    def read(self, handle: JobHandle) -> list[int]:
        return [number for number, failed, _ in self.pages[handle.job.upload] if not failed]


def with_engine(
    folder: Path, work: Callable[[Bench], Awaitable[None]], bounds: Bounds | None = None, threads: int = 1, **pool: Any
) -> None:

    async def run() -> None:
        settings = Settings(folder, bounds=bounds or Bounds(), stop_seconds=5.0, threads=threads)

        def children(setup: ReaderSetup, workers: int) -> Pool:
            return Pool(FAKE, (setup,), workers=workers, threads=setup.threads, **{"seconds": 300.0, **pool})

        engine = Engine(settings, children)
        await engine.start()
        try:
            await asyncio.wait_for(work(Bench(engine)), 120)
        finally:
            await engine.stop()

    asyncio.run(run())


def test_jobs_are_read_and_counted(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        engine = bench.engine
        assert engine.ready and engine.about.reader == "fake"
        handles = [bench.submit("pages=20"), bench.submit("pages=1", "two")]
        assert engine.queued == 21 and engine.before(handles[1]) == 20
        await asyncio.gather(*(handle.ended() for handle in handles))
        assert bench.read(handles[0]) == list(range(1, 21)) and bench.read(handles[1]) == [1]
        assert engine.counts["read"] == 21 and engine.queued == 0

    with_engine(tmp_path, work)


def test_a_page_behind_anothers_scan_waits_for_two_of_its_pages_at_most(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        scan = bench.submit("pages=30 slow=0.05 %PDF-")
        while not bench.read(scan):
            await asyncio.sleep(0.01)
        before = len(bench.read(scan))
        await bench.submit("pages=1 %PDF-", "two").ended()
        assert len(bench.read(scan)) - before <= 2

    with_engine(tmp_path, work, ahead=0)


def test_a_key_is_not_given_more_than_its_own_queue_can_hold(tmp_path: Path) -> None:
    async def run() -> None:
        key = "the-key-of-five-pages"
        engine = Engine(Settings(tmp_path, keys=(f"{key} queue=5",)))
        engine.require_room(5, Keys((key,)).owner(key) or "")
        with pytest.raises(InputError, match="10 pages are more than the 5"):
            engine.require_room(10, Keys((key,)).owner(key) or "")
        for reader in engine.readers:
            reader.children.close()

    asyncio.run(run())


def test_a_job_that_kills_two_workers_fails_and_others_go_on(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        deadly, other = bench.submit("pages=5 die=3"), bench.submit("pages=4", "two")
        await asyncio.gather(deadly.ended(), other.ended())
        assert bench.read(deadly) == [1, 2] and bench.failed(deadly) == [3, 4, 5]
        assert b"SIGSEGV" in bench.pages[deadly.job.upload][-1][2]
        assert bench.read(other) == [1, 2, 3, 4]
        assert bench.engine.readers[0].children.deaths == 2
        broken = bench.submit("pages=2 broken=2")
        with pytest.raises(EndpointError, match="does not answer"):
            await broken.ended()
        before = bench.submit("pages=30 slow=0.02")
        for read in (1, 9, 17):  # from outside: the job goes on where it stood
            while len(bench.read(before)) < read:
                await before.change()
            os.kill(bench.engine.readers[0].children.pids[0], signal.SIGKILL)
        await before.ended()
        assert sorted(bench.read(before)) == list(range(1, 31)), "each page once"

    with_engine(tmp_path, work)


def test_the_queue_is_bounded_in_pages_of_all_and_of_one(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        large = bench.submit("pages=90 slow=0.01")  # larger than a queue, but alone
        with pytest.raises(Busy, match="the queue holds 90 of 40 pages") as caught:
            bench.submit("pages=1", "two")
        assert 1 <= caught.value.retry_after <= 90
        bench.engine.cancel(large)
        with pytest.raises(Ended):
            await large.ended()
        bench.submit("pages=15 slow=0.01")
        with pytest.raises(Busy, match="of this key"):
            bench.submit("pages=6")
        await bench.submit("pages=6", "two").ended()
        assert bench.engine.counts["refused"] == 2

    with_engine(tmp_path, work, Bounds(queue_pages=40, key_pages=20))


def test_what_is_cancelled_is_left_by_its_worker(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        slow = bench.submit("pages=8 slow=0.3")
        await slow.change()
        bench.engine.cancel(slow)
        following = bench.submit("pages=1")
        await asyncio.wait_for(following.ended(), 1.5)  # not after the 2.4 s of the other
        assert len(bench.read(slow)) < 8 and slow.state == "cancelled"

    with_engine(tmp_path, work)


def test_what_hangs_is_ended(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        late = bench.submit("pages=3 hang=2")
        with pytest.raises(Late):
            await late.ended()
        assert bench.read(late) == [1]
        while not bench.engine.ready:  # another worker: its start counts, too
            await asyncio.sleep(0.02)
        await bench.submit("pages=1").ended()

    with_engine(tmp_path, work, Bounds(job_seconds=5.0))


def test_a_worker_that_says_nothing_counts_as_dead(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        hanging = bench.submit("pages=2 hang=2")
        await hanging.ended()
        assert bench.failed(hanging) == [2]
        assert b"was silent for too long" in bench.pages[hanging.job.upload][-1][2]

    with_engine(tmp_path, work, seconds=1.0)


def test_stopping_reads_what_is_in_progress_and_says_so_of_the_rest(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        handle = bench.submit("pages=40 slow=0.02")
        await handle.change()
        later = handle.change()  # from here on, whenever that is awaited
        await bench.engine.stop()
        await asyncio.wait_for(later, 60)
        with pytest.raises(Stopping):
            await handle.ended()
        assert len(bench.read(handle)) in (8, 16), "what its worker was given"
        with pytest.raises(Stopping):
            bench.submit("pages=1")
        assert not bench.engine.ready

    with_engine(tmp_path, work)


def test_a_page_that_cannot_be_kept_ends_its_job(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        (bench.spool / "x").write_text("pages=2")

        def full(number: int, row: bytes, failed: bool) -> None:
            raise OSError(28, "No space left on device")

        job = ReadJob(kind="document", upload="x", shown_as="x", asked=bench.engine.question, pages=(1, 2))
        with pytest.raises(Exception, match="disk full"):
            await bench.engine.submit(job, "one", full).ended()

    with_engine(tmp_path, work)


def test_pictures_of_several_requests_are_read_in_one_call_where_that_is_a_gain(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setenv("SOKDOK_TEST_NOTES", str(tmp_path / "notes"))

    async def work(bench: Bench) -> None:
        got: dict[str, bytes] = {}

        def picture(name: str, says: str, prompt: str) -> JobHandle:
            (bench.spool / name).write_text(says)
            asked = replace(bench.engine.question, prompt=prompt)
            job = ReadJob(kind="picture", upload=name, shown_as=name, asked=asked, pages=(1,))
            return bench.engine.submit(job, name, lambda number, row, failed: got.update({name: row}))

        handles = [picture("first", "slow", "a")]  # the others come while it is read
        while not (tmp_path / "notes").exists():
            await asyncio.sleep(0.01)
        handles += [picture(f"{number}", f"picture {number}", "b" if number == 2 else "a") for number in range(6)]
        await asyncio.gather(*(handle.ended() for handle in handles))
        told = {name: msgspec.json.decode(row, type=PictureRead).text for name, row in got.items()}
        assert told == {
            "first": "a: slow",
            **{f"{number}": f"{'b' if number == 2 else 'a'}: picture {number}" for number in range(6)},
        }
        calls = (tmp_path / "notes").read_text().splitlines()
        assert calls[0] == "1 together" and "3 together" in calls, calls
        assert max(calls) == "3 together", "as many as it has cores"

    with_engine(tmp_path, work, threads=3)


def test_a_worker_that_has_read_much_is_replaced_and_nothing_is_lost(tmp_path: Path) -> None:
    async def work(bench: Bench) -> None:
        pool = bench.engine.readers[0].children
        (before,) = pool.pids
        handles = [bench.submit("pages=8"), bench.submit("pages=8"), bench.submit("pages=8")]
        await asyncio.gather(*(handle.ended() for handle in handles))
        assert all(bench.read(handle) == list(range(1, 9)) for handle in handles)
        while before in pool.pids:
            await asyncio.sleep(0.01)
        assert bench.engine.ready and pool.deaths == 0, "it is no death"

    with_engine(tmp_path, work, recycle=10)
