import asyncio
import os
import signal
import time
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest

from sokdok.jobs import Died, Failed, Limits
from sokdok.memory.store.database import StoreError
from sokdok.server.engine.tools import MOST_OF_OWNER, Tools
from sokdok.server.errors import Absent, Away, Busy, DiskFull, Late, Stopping, Unreadable
from sokdok.server.work.files import Files, _refused


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
