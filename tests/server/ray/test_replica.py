"""A replica without Ray: its worker, which it starts, loses and starts again."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator
from contextlib import aclosing
from pathlib import Path

import msgspec

from sokdok.documents.question import Question
from sokdok.jobs import Limits
from sokdok.server.engine.messages import Done, Job, PageRead, Read, Ready, Setup
from sokdok.server.ray.replica import SAID, Gone, Replica, Said


def asked(id: int, says: str, pages: int) -> tuple[bytes, bytes]:
    job = Job(kind="document", upload=f"{id}.txt", shown_as="a", asked=Question(), pages=tuple(range(1, pages + 1)))
    return msgspec.msgpack.encode(Read(id, job, job.pages)), says.encode()


async def answers(replica: Replica, id: int, says: str, pages: int) -> AsyncGenerator[Said, None]:
    async with aclosing(replica.read(*asked(id, says, pages))) as stream:
        async for data in stream:
            yield SAID.decode(data)


def test_it_reads_leaves_and_goes_on_after_its_worker_died(tmp_path: Path) -> None:
    setup = msgspec.msgpack.encode(Setup(str(tmp_path / "of another machine"), Limits(), Question()))

    async def run() -> None:
        replica = Replica(setup, "fakes.server.work")
        assert isinstance(SAID.decode(await replica.ready()), Ready)
        got = [answer async for answer in answers(replica, 1, "pages=2", 2)]
        assert [type(answer) for answer in got] == [PageRead, PageRead, Done]
        async with aclosing(answers(replica, 2, "pages=9 slow=0.1", 9)) as stream:  # whose client goes
            assert isinstance(await anext(stream), PageRead)
        got = [answer async for answer in answers(replica, 3, "pages=1 die=1", 1)]
        assert isinstance(got[-1], Gone) and "SIGSEGV" in got[-1].how
        got = [answer async for answer in answers(replica, 4, "pages=1", 1)]
        assert [answer.id for answer in got if not isinstance(answer, Gone | Ready)] == [4, 4]

    asyncio.run(run())


def test_a_worker_that_has_read_many_pages_is_replaced(tmp_path: Path) -> None:
    setup = msgspec.msgpack.encode(Setup(str(tmp_path), Limits(), Question()))

    async def run() -> None:
        replica = Replica(setup, "fakes.server.work", recycled_pages=3)
        for id, worker_stays in ((1, True), (2, False), (3, True)):
            got = [answer async for answer in answers(replica, id, "pages=2", 2)]
            assert [type(answer) for answer in got] == [PageRead, PageRead, Done]
            assert (replica._process is not None) is worker_stays

    asyncio.run(run())


def test_it_keeps_the_last_uploads_only(tmp_path: Path) -> None:
    setup = msgspec.msgpack.encode(Setup(str(tmp_path), Limits(), Question()))
    replica = Replica(setup, "fakes.server.work")
    for number in range(20):
        replica._keep(f"../{number}.txt", b"x")
    kept = {path.name for path in replica._spool.iterdir()}
    assert len(kept) == 8 and "19.txt" in kept and not (replica._spool.parent / "19.txt").exists()
