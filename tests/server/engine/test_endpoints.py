"""The engine before endpoints: workers that ask them, and endpoints that die."""

import asyncio
import time
from collections.abc import Awaitable, Callable, Iterator
from pathlib import Path

import msgspec
import pytest
from PIL import Image

from fakes.remote import FakeEndpoint, Reply, Request, completion
from sokdok.errors import EndpointError
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.job import JobHandle, PictureRead, ReadJob
from sokdok.server.errors import Away, Ended, Late
from sokdok.server.settings import Settings


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
    """Do something with a server's engine before endpoints."""

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
        gateway.engine._late(given_up)
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
