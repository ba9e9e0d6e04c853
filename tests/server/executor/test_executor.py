from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sokdok.documents.question import Question
from sokdok.jobs import Limits
from sokdok.server.engine.messages import Setup
from sokdok.server.engine.refused import Absent, Away, Busy, Late, Stopping, Unreadable
from sokdok.server.executor.executor import MOST_OF_OWNER, WORKERS, Executor, Mistake
from sokdok.server.executor.messages import CompareTexts


def with_executor(tmp_path: Path, story: Callable[[Executor], Awaitable[None]]) -> None:
    async def run() -> None:
        executor = Executor(Setup(str(tmp_path), Limits(), Question(), reads=False), "fakes.server.executor")
        try:
            await story(executor)
        finally:
            executor.stop()

    asyncio.run(run())


async def ask(executor: Executor, says: str, seconds: float = 0.0, owner: str = "a", within: float = 60.0) -> bytes:
    return await executor.run(CompareTexts(says, str(seconds)), owner, within)


def test_a_worker_that_dies_or_hangs_takes_its_own_operation_alone(tmp_path: Path) -> None:
    async def story(executor: Executor) -> None:
        asked = [
            ask(executor, "one"),
            ask(executor, "die"),
            ask(executor, "two"),
            ask(executor, "hang", 600, within=0.2),
            ask(executor, "3"),
        ]
        one, died, two, late, three = await asyncio.gather(*asked, return_exceptions=True)
        assert (one, two, three) == (b'"one"', b'"two"', b'"3"')
        assert isinstance(died, Unreadable) and "the process that had this in hand" in str(died)
        assert isinstance(late, Late) and "0.2 s" in str(late)

    with_executor(tmp_path, story)


def test_what_goes_wrong_is_raised_as_what_it_is(tmp_path: Path) -> None:
    async def story(executor: Executor) -> None:
        for says, kind in (
            ("absent", Absent),
            ("full", OSError),
            ("locked", Away),
            ("died", Unreadable),
            ("bug", Mistake),
        ):
            with pytest.raises(kind) as raised:
                await ask(executor, says)
            assert ("secret" in str(raised.value)) == (says == "bug"), "its trace is for the log"
        assert await ask(executor, "after") == b'"after"'

    with_executor(tmp_path, story)


def test_an_owner_has_so_much_room_and_others_are_not_behind_all_of_it(tmp_path: Path) -> None:
    async def story(executor: Executor) -> None:
        done: list[str] = []

        async def told(says: str, owner: str) -> None:
            await ask(executor, says, 0.01, owner)
            done.append(owner)

        many = [asyncio.create_task(told(str(number), "greedy")) for number in range(MOST_OF_OWNER)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ask(executor, "more", owner="greedy")
        await told("mine", "other")
        assert len(done) < MOST_OF_OWNER // 2
        many[-1].cancel()
        await asyncio.gather(*many, return_exceptions=True)
        assert done.count("greedy") == MOST_OF_OWNER - 1 and len(executor._in_flight) <= WORKERS

    with_executor(tmp_path, story)


def test_who_waits_when_it_is_stopped_is_told_so(tmp_path: Path) -> None:
    async def story(executor: Executor) -> None:
        waiting = [asyncio.create_task(ask(executor, "long", 600)) for _ in range(4)]
        await asyncio.sleep(0.01)
        executor.stop()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, Stopping) for each in found), found
        with pytest.raises(Stopping):
            await ask(executor, "more")

    with_executor(tmp_path, story)
