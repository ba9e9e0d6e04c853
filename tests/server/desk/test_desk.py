from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sokdok.bulk.question import Question
from sokdok.isolation import Limits
from sokdok.server.desk.desk import MOST_OF_OWNER, WORKERS, Desk, Mistake
from sokdok.server.desk.messages import CompareTexts
from sokdok.server.engine.messages import Setup
from sokdok.server.engine.refused import Absent, Away, Busy, Late, Stopping, Unreadable


def with_desk(tmp_path: Path, story: Callable[[Desk], Awaitable[None]]) -> None:
    async def run() -> None:
        desk = Desk(Setup(str(tmp_path), Limits(), Question(), reads=False), "fakes.server.desk")
        try:
            await story(desk)
        finally:
            desk.stop()

    asyncio.run(run())


async def ask(desk: Desk, says: str, seconds: float = 0.0, owner: str = "a", within: float = 60.0) -> bytes:
    return await desk.ask(CompareTexts(says, str(seconds)), owner, within)


def test_a_worker_that_dies_or_hangs_takes_its_own_chore_alone(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        asked = [
            ask(desk, "one"),
            ask(desk, "die"),
            ask(desk, "two"),
            ask(desk, "hang", 600, within=0.2),
            ask(desk, "3"),
        ]
        one, died, two, late, three = await asyncio.gather(*asked, return_exceptions=True)
        assert (one, two, three) == (b'"one"', b'"two"', b'"3"')
        assert isinstance(died, Unreadable) and "the process that had this in hand" in str(died)
        assert isinstance(late, Late) and "0.2 s" in str(late)

    with_desk(tmp_path, story)


def test_what_goes_wrong_is_raised_as_what_it_is(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        for says, kind in (
            ("absent", Absent),
            ("full", OSError),
            ("locked", Away),
            ("died", Unreadable),
            ("bug", Mistake),
        ):
            with pytest.raises(kind) as raised:
                await ask(desk, says)
            assert ("secret" in str(raised.value)) == (says == "bug"), "its trace is for the log"
        assert await ask(desk, "after") == b'"after"'

    with_desk(tmp_path, story)


def test_an_owner_has_so_much_room_and_others_are_not_behind_all_of_it(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        done: list[str] = []

        async def told(says: str, owner: str) -> None:
            await ask(desk, says, 0.01, owner)
            done.append(owner)

        many = [asyncio.create_task(told(str(number), "greedy")) for number in range(MOST_OF_OWNER)]
        await asyncio.sleep(0)
        with pytest.raises(Busy):
            await ask(desk, "more", owner="greedy")
        await told("mine", "other")
        assert len(done) < MOST_OF_OWNER // 2
        many[-1].cancel()
        await asyncio.gather(*many, return_exceptions=True)
        assert done.count("greedy") == MOST_OF_OWNER - 1 and len(desk._in_hand) <= WORKERS

    with_desk(tmp_path, story)


def test_who_waits_when_it_is_stopped_is_told_so(tmp_path: Path) -> None:
    async def story(desk: Desk) -> None:
        waiting = [asyncio.create_task(ask(desk, "long", 600)) for _ in range(4)]
        await asyncio.sleep(0.01)
        desk.stop()
        found = await asyncio.gather(*waiting, return_exceptions=True)
        assert all(isinstance(each, Stopping) for each in found), found
        with pytest.raises(Stopping):
            await ask(desk, "more")

    with_desk(tmp_path, story)
