"""Turns between owners, children and their deaths, endpoints that share the load."""

import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path
from typing import cast

import msgspec
import pytest
from PIL import Image

from fakes.remote import FakeEndpoint, Reply, Request, completion
from fakes.server.uploads import pdf_saying
from sokdok.documents.question import Question
from sokdok.errors import EndpointError
from sokdok.jobs import Died, Failed, Job, Limits, Pool
from sokdok.memory.store.database import StoreError
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.fair_queue import FairQueue
from sokdok.server.engine.job import JobHandle, PageRead, PictureRead, ReaderSetup, ReadJob
from sokdok.server.engine.readers import Batch, PageSpeed, ServedReader, Unit
from sokdok.server.engine.tools import MOST_OF_OWNER, Tools
from sokdok.server.errors import Absent, Away, Busy, DiskFull, Ended, Late, Stopping, Unreadable
from sokdok.server.settings import Settings
from sokdok.server.work.files import Files, _refused

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


def test_who_fails_rests_longer_each_time_and_is_tried_once(reader: ServedReader, monkeypatch) -> None:
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
    assert speed.page_seconds == pytest.approx(0.5) and speed.wait(100) == pytest.approx(25.0)
    for _ in range(100):
        speed.read(3.0)
    assert speed.page_seconds == pytest.approx(3.0, rel=0.01)
    assert speed.wait(0) == 1.0 and speed.wait(10**9) == 3600.0, "nobody waits for nothing, or for ever"


def order(queue: FairQueue[str]) -> str:
    taken = []
    while (thing := queue.take()) is not None:
        taken.append(thing)
    return "".join(taken)


@pytest.mark.parametrize(
    ("waiting", "taken"),
    [
        ([("large", "L", 8)] * 4 + [("small", "s", 2)] * 4, "LssssLLL"),  # owners, by pages
        ([("one", "a", 8)] * 3 + [("one", "b", 1)], "abaa"),  # jobs of an owner
    ],
)
def test_owners_take_turns_and_so_do_jobs_of_each(waiting: list[tuple[str, str, int]], taken: str) -> None:
    queue: FairQueue[str] = FairQueue()
    for owner, job, pages in waiting:
        queue.put(owner, job, job, pages)
    assert order(queue) == taken


def test_who_comes_later_has_no_claim_on_what_is_past() -> None:
    queue: FairQueue[str] = FairQueue()
    for _ in range(4):
        queue.put("early", "e", "e", 1)
    assert queue.take() == "e" and queue.take() == "e"
    for _ in range(4):
        queue.put("late", "l", "l", 1)
    assert order(queue)[:4].count("e") == 2, "they share from now on"


def test_what_goes_back_is_first_and_what_is_dropped_is_gone() -> None:
    queue: FairQueue[str] = FairQueue()
    queue.put("one", "a", "2", 1)
    queue.put("one", "a", "1", 1, first=True)
    queue.put("one", "b", "x", 1)
    queue.drop("one", "b")
    queue.drop("nobody", "b")
    assert order(queue) == "12"
    assert queue.take() is None


class FakeFiles(Files):
    """What a child does as it is asked: dies, sleeps, raises, or says what it was given."""

    @_refused
    def echo(self, says: str, shown_as: str, seconds: float) -> str:
        if says == "die":
            os.kill(os.getpid(), signal.SIGSEGV)
        errors: dict[str, Exception] = {
            "absent": Absent("there is none"),
            "full": OSError(28, "no space"),
            "died": Died("was killed"),
            "bug": ValueError("secret"),
        }
        if says in errors:
            raise errors[says]
        time.sleep(seconds)
        return says

    def locked(self) -> None:
        raise StoreError("the memory is locked")


def with_tools(tmp_path: Path, story: Callable[[Tools], Awaitable[None]]) -> None:
    async def run() -> None:
        tools = Tools(tmp_path, Limits(), 2, f"{__name__}:FakeFiles")
        try:
            await story(tools)
        finally:
            tools.stop()

    asyncio.run(run())


async def ask(tools: Tools, says: str, seconds: float = 0.0, owner: str = "a", within: float = 60.0) -> str:
    return str(await tools.run("echo", says, "a.pdf", seconds, owner=owner, seconds=within, kind=str))


def test_a_child_that_dies_or_hangs_takes_its_own_job_alone(tmp_path: Path) -> None:
    async def story(tools: Tools) -> None:
        says = [ask(tools, "one"), ask(tools, "die"), ask(tools, "two"), ask(tools, "hang", 600, within=0.5)]
        one, died, two, late, three = await asyncio.gather(*says, ask(tools, "3"), return_exceptions=True)
        assert (one, two, three) == ("one", "two", "3")
        assert isinstance(died, Unreadable) and "SIGSEGV" in str(died)
        assert isinstance(late, Late) and "0.5 s" in str(late)

    with_tools(tmp_path, story)


def test_a_file_is_kept_open_for_the_next_page(tmp_path: Path) -> None:
    (tmp_path / "plain.pdf").write_bytes(pdf_saying("", 2))
    files = Files(str(tmp_path), Limits())
    with files.opened("plain.pdf") as first, files.opened("plain.pdf") as second:
        assert first is second
    files.close()


def test_what_goes_wrong_is_raised_as_what_it_is(tmp_path: Path) -> None:
    async def story(tools: Tools) -> None:
        kinds = {"absent": Absent, "full": DiskFull, "died": Unreadable, "bug": Failed}
        for says, kind in kinds.items():
            with pytest.raises(kind):
                await ask(tools, says)
        with pytest.raises(Away, match="locked"):
            await tools.run("locked", owner="a", seconds=60)
        assert await ask(tools, "after") == "after"

    with_tools(tmp_path, story)


def test_an_owner_has_so_much_room_and_others_are_not_behind_all_of_it(tmp_path: Path) -> None:
    async def story(tools: Tools) -> None:
        done: list[str] = []

        async def noted(says: str, owner: str) -> None:
            await ask(tools, says, 0.01, owner)
            done.append(owner)

        many = [asyncio.create_task(noted(str(number), "greedy")) for number in range(MOST_OF_OWNER)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await asyncio.gather(*(ask(tools, "more", owner="greedy") for _ in range(3)))  # two may be begun
        await noted("mine", "other")
        assert len(done) < MOST_OF_OWNER // 2
        many[-1].cancel()
        await asyncio.gather(*many, return_exceptions=True)
        assert done.count("greedy") == MOST_OF_OWNER - 1

    with_tools(tmp_path, story)


def test_who_waits_when_it_is_stopped_gets_to_know(tmp_path: Path) -> None:
    async def story(tools: Tools) -> None:
        waiting = [asyncio.create_task(ask(tools, "long", 600)) for _ in range(4)]
        await asyncio.sleep(0.01)
        tools.stop()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, Stopping) for each in found), found
        with pytest.raises(Stopping):
            await ask(tools, "more")

    with_tools(tmp_path, story)


@pytest.fixture
def endpoints() -> Iterator[tuple[FakeEndpoint, FakeEndpoint]]:
    one, two = FakeEndpoint(), FakeEndpoint()
    yield one, two
    for endpoint in (one, two):
        endpoint.close()


class Gateway:
    """An engine before endpoints, and what it was told of pictures."""

    def __init__(self, engine: Engine) -> None:
        self.engine, self.spool = engine, engine.settings.data / "spool"
        self.spool.mkdir(parents=True)
        self.told: dict[int, PictureRead] = {}

    def submit(self, number: int, patient: bool = False) -> JobHandle:
        """A picture that an endpoint knows by its number."""
        name = f"{number}.png"
        Image.new("RGB", (64, 64), (number, 0, 0)).save(self.spool / name)
        job = ReadJob(kind="picture", upload=name, shown_as=name, asked=self.engine.question, pages=(1,))

        def keep(page: int, row: bytes, failed: bool) -> None:
            self.told[number] = msgspec.json.decode(row, type=PictureRead)

        return self.engine.submit(job, "one", keep, patient=patient)

    @property
    def backoff_s(self) -> float:
        return min(reader.backoff_s for reader in self.engine.readers)

    async def read(self, *numbers: int) -> list[str]:
        await asyncio.gather(*(self.submit(number).ended() for number in numbers))
        return [self.told[number].text for number in numbers]


def before(folder: Path, urls: list[str], work: Callable[[Gateway], Awaitable[None]], concurrency: int = 4) -> None:

    async def run() -> None:
        settings = Settings(folder, reader=urls[0], others=tuple(urls[1:]), concurrency=concurrency, stop_seconds=1.0)
        engine = Engine(settings)
        await engine.start()
        try:
            while not all(reader.healthy for reader in engine.readers):
                await asyncio.sleep(0.02)
            await asyncio.wait_for(work(Gateway(engine)), 300)
        finally:
            await engine.stop()

    asyncio.run(run())


def slowly(request: Request) -> Reply:
    return Reply(completion(f"page {request.page}"), delay=0.3)


def bad(request: Request) -> Reply:
    return Reply({"error": "it is too much"}, 400)


def test_two_endpoints_share_the_load_and_one_that_fails_is_left_out_and_tried_again(
    tmp_path: Path, endpoints: tuple[FakeEndpoint, FakeEndpoint]
) -> None:
    one, two = endpoints
    one.answer = two.answer = slowly

    async def work(gateway: Gateway) -> None:
        numbers = range(1, 17)
        assert await gateway.read(*numbers) == [f"page {number}" for number in numbers]
        assert len(one.asked) == len(two.asked) == 8, "the least loaded one is asked"
        assert one.peak == two.peak == 4, "as many at a time as may be under way at each"
        await fails_at_pages(gateway)
        await dies(gateway)

    async def fails_at_pages(gateway: Gateway) -> None:
        one.answer, asked = bad, len(one.asked)
        assert await gateway.read(17, 18, 19, 20) == [f"page {number}" for number in range(17, 21)], "by the other one"
        assert len(one.asked) > asked
        two.answer = bad
        with pytest.raises(EndpointError, match="it is too much") as caught:
            await gateway.submit(21).ended()
        assert "127.0.0.1" not in f"{caught.value} {gateway.told[21].error}", "their addresses are nobody's business"
        one.answer = two.answer = slowly

    async def dies(gateway: Gateway) -> None:
        one.drop_everybody()
        numbers = range(22, 38)
        assert await gateway.read(*numbers) == [f"page {number}" for number in numbers], "none has failed"
        two.drop_everybody()
        with pytest.raises(EndpointError) as caught:
            await gateway.submit(40).ended()
        assert "127.0.0.1" not in str(caught.value)
        while not gateway.backoff_s:
            await asyncio.sleep(0.02)
        assert not gateway.engine.ready
        with pytest.raises(Away) as away:
            gateway.submit(41)
        assert 0 < away.value.retry_after <= 30
        again = FakeEndpoint(one.port)
        try:
            while gateway.backoff_s:
                await asyncio.sleep(0.05)
            assert await gateway.read(42) == ["page 42"]
        finally:
            again.close()

    before(tmp_path, [one.url, two.url], work)


def test_one_endpoint_is_waited_for_and_what_nobody_wants_is_taken_back_from_it(tmp_path: Path) -> None:
    one = FakeEndpoint()

    async def work(gateway: Gateway) -> None:
        one.answer = lambda request: Reply(completion("late"), delay=60.0)
        handle = gateway.submit(1)
        while not one.asked:
            await asyncio.sleep(0.02)
        gateway.engine.cancel(handle)
        with pytest.raises(Ended):
            await handle.ended()
        end = time.monotonic() + 120
        while not one.hung_up:
            assert time.monotonic() < end, "the endpoint still reads it"
            await asyncio.sleep(0.05)
        one.answer = lambda request: Reply({"error": "no such model"}, 404)
        handle = gateway.submit(2, patient=True)
        await handle.change()
        while not gateway.backoff_s:
            await asyncio.wait_for(handle.change(), 60)
        assert "no such model" in gateway.engine.why_stalled(handle)
        given_up = gateway.engine.submit(handle.job, "one", handle.keep, missing=(1,), patient=True)
        gateway.engine._time_out(given_up)
        with pytest.raises(Late, match=r"within 3600 s: .*no such model"):
            await given_up.ended()
        one.answer = slowly
        await handle.ended()
        assert gateway.told[2].text == "page 2", "what is journaled waits"
        assert not gateway.engine.last_error

    try:
        before(tmp_path, [one.url], work)
    finally:
        one.close()
