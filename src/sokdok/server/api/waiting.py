"""Documents that a request waits for: tasks which are there as long as it is."""

from __future__ import annotations

import asyncio
from collections.abc import Coroutine
from typing import Any, TypeVar

import msgspec
from fastapi import Request

from sokdok.documents.write.json_file import page_from_json
from sokdok.reasons import say
from sokdok.server.api.dependencies import Parts, gone
from sokdok.server.engine.job_handle import JobHandle
from sokdok.server.engine.messages import Job
from sokdok.server.engine.refused import Ended, Late, Unreadable
from sokdok.server.executor.messages import Unlock, Upload
from sokdok.server.tasks.store import Task

_Result = TypeVar("_Result")
MOST_PASSWORD = 1_000  # characters


async def while_waited(request: Request, server: Parts, work: Coroutine[Any, Any, _Result]) -> _Result:
    """What comes of work, which is left where nobody waits for it any more.

    Raises what the work does, Late after the time that a request may wait, and Ended where the client has gone.
    """
    seconds = server.settings.bounds.wait_seconds
    left = asyncio.ensure_future(gone(request))
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({left, working}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Ended("the client has gone") if left.done() else Late(say("late", seconds=f"{seconds:g}"))
        return working.result()
    finally:
        left.cancel()
        working.cancel()


async def accepted(
    server: Parts,
    owner: str,
    upload: str,
    shown_as: str,
    *,
    pages: str | None = None,
    password: str | None = None,
    waited: bool = False,
    **asked: Any,
) -> Task:
    """Make a task of an upload, which is removed where that fails; `asked` is what a `Question` has otherwise.

    password: of a PDF, which is without it from now on. Raises Unreadable, also for a wrong password, Busy, Stopping.
    """
    try:
        if password is not None:
            unlock = Unlock(Upload(upload, shown_as), password)
            await server.executor.run(unlock, owner, server.settings.limits.file_seconds)
        numbers = await server.engine.page_numbers(upload, shown_as, pages)
        question = msgspec.structs.replace(server.engine.question, **asked)
        job = Job(kind="document", upload=upload, shown_as=shown_as, asked=question, pages=numbers, waited=waited)
        return server.tasks.create(job, owner)
    except BaseException:
        server.tasks.spool.remove(upload)
        raise


def why_unreadable(server: Parts, task: Task) -> str:
    """Why no page of a task could be read: what is said of the first."""
    rows = server.tasks.store.rows(task.id)
    return next(f"{task.job.shown_as}: {page_from_json(row.decode()).error}" for row in rows)


class Waiting:
    """A request's documents. To be closed: nothing of them is kept."""

    def __init__(self, server: Parts, owner: str) -> None:
        self.server, self.owner = server, owner
        self.tasks: list[Task] = []
        self._handles: list[JobHandle] = []

    async def add(self, upload: str, shown_as: str, pages: str | None = None, **asked: Any) -> None:
        """Have a file of the spool read. Raises as `accepted`."""
        task = await accepted(self.server, self.owner, upload, shown_as, pages=pages, waited=True, **asked)
        self.tasks.append(task)
        handle = self.server.tasks.handle(task.id)
        if handle is not None:  # None: it has ended already
            self._handles.append(handle)

    async def ended(self, request: Request) -> list[Task]:
        """Wait for all, as they stand then.

        Raises Unreadable where no page of any could be read, Late, Ended where the client has gone, and
        what ended a task.
        """
        await while_waited(request, self.server, self._read())
        self.tasks = [self.server.tasks.require(task.id, self.owner) for task in self.tasks]
        if all(task.failed == task.pages for task in self.tasks):
            raise Unreadable(why_unreadable(self.server, self.tasks[0]))
        return self.tasks

    async def _read(self) -> None:
        for handle in self._handles:
            await handle.ended()

    def close(self) -> None:
        """Nobody waits any more."""
        for task in self.tasks:
            self.server.tasks.forget(task)
