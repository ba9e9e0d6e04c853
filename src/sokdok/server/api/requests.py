"""What requests bring and wait for: files for the spool, documents that are tasks, pictures that are jobs.

A file is sent as it is or within a data URL. A picture is read as long as its request is there.
"""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import mimetypes
import os
import shutil
from collections.abc import Coroutine, Iterator, Sequence
from pathlib import Path
from typing import IO, Any, BinaryIO, TypeVar

import msgspec
from fastapi import HTTPException, Request
from fastapi.responses import StreamingResponse
from msgspec.structs import replace

from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.reasons import say
from sokdok.server.api.common import Parts
from sokdok.server.engine.job import FigureOptions, JobHandle, Kind, ReadJob
from sokdok.server.errors import Ended, Late, Unreadable
from sokdok.server.tasks.files import pages_in, shown_name
from sokdok.server.tasks.store import Task

_Result = TypeVar("_Result")
_PIECE = 1 << 18
_POLL_S = 0.1  # between looks at whether a client is still there
_SCHEMA_S = 30.0  # for a look at a schema
PING_S = 15.0  # between signs of life of a stream in which nothing happens
PING = b": still here\n\n"
STREAM_HEADERS = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}


async def spooled(server: Parts, source: BinaryIO, shown_as: str, alone: bool = True) -> str:
    """Put an upload into the spool; its name there. Raises HTTPException 422 for an empty one if it is `alone`."""
    with server.tasks.spool.new(shown_as) as path, path.open("wb") as file:
        await asyncio.to_thread(shutil.copyfileobj, source, file, 1 << 20)
        if alone and not file.tell():
            raise HTTPException(422, say("empty", file=shown_as))
        return path.name


async def from_url(server: Parts, url: str, name: str) -> tuple[str, str]:
    """Put what a data URL is into the spool: its name there, and the one for people, `name` by default.

    Raises InputError for any other, which would have to be fetched, and HTTPException 422 for an empty one.
    """
    data = await asyncio.to_thread(data_of, url, name)
    shown_as = shown_name(name)
    if not Path(shown_as).suffix:  # it distinguishes texts
        kind = url[5:100].partition(";")[0].strip().lower()
        shown_as += mimetypes.guess_extension(kind) or ""
    return await spooled(server, io.BytesIO(data), shown_as), shown_as


def data_of(url: str, name: str) -> bytes:
    """The content of a data URL. Raises InputError for anything else."""
    if not url.startswith("data:"):
        raise InputError(f"{name}: the server fetches nothing from there; send the file itself, as a data URL")
    kind, comma, content = url[5:].partition(",")
    if not comma or not kind.endswith(";base64"):
        raise InputError(f"{name} is no data URL with base64: data:image/png;base64,...")
    return from_base64(content, name)


def from_base64(content: str, name: str) -> bytes:
    """What a text in base64 says. Raises InputError for any other."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise InputError(f"{name} is no valid base64") from None


def sent(file: IO[bytes], media_type: str = "application/json", name: str = "") -> StreamingResponse:
    """What is in an open file piece by piece, saved under a name if there is one; it is closed then."""
    headers = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece


async def while_waited(request: Request, server: Parts, work: Coroutine[Any, Any, _Result]) -> _Result:
    """What comes of work, which is left where nobody waits for it any more.

    Raises what the work does, Late after the time that a request may wait, and Ended where the client has gone.
    """
    seconds = server.settings.bounds.wait_seconds
    left = asyncio.ensure_future(_disconnected(request))
    working = asyncio.ensure_future(work)
    try:
        await asyncio.wait({left, working}, timeout=seconds, return_when=asyncio.FIRST_COMPLETED)
        if not working.done():
            raise Ended("the client has gone") if left.done() else Late(say("late", seconds=f"{seconds:g}"))
        return working.result()
    finally:
        left.cancel()
        working.cancel()


async def _disconnected(request: Request) -> None:
    """Wait until the client has gone."""
    while not await request.is_disconnected():
        await asyncio.sleep(_POLL_S)


async def accepted(
    server: Parts, owner: str, upload: str, shown_as: str, asked: Question, *, waited: bool = False, alone: bool = True
) -> Task:
    """Make a task of an upload, which is removed where that fails.

    A PDF is unlocked by the asked password, which is kept nowhere; the range of pages becomes the task's numbers.
    Raises Unreadable, also for a wrong password, Busy, Stopping. A file that can't be used, and need not be `alone` in
    its request, is a task that has ended and says why.
    """
    refused = ""
    try:
        try:
            if asked.password is not None:
                locked, seconds = (upload, shown_as, asked.password), server.settings.limits.file_seconds
                await server.tools.run("unlock", *locked, owner=owner, seconds=seconds, kind=None)
            numbers = await server.page_numbers(upload, shown_as, asked.pages)
        except Unreadable as error:
            if alone:
                raise
            numbers, refused = (1,), str(error)
        asked = replace(asked, password=None, pages=None)
        job = ReadJob(kind="document", upload=upload, shown_as=shown_as, asked=asked, pages=numbers, waited=waited)
        return server.tasks.create(job, owner, refused)
    except BaseException:
        server.tasks.spool.remove(upload)
        raise


async def checked_schema(server: Parts, owner: str, schema: Any, field: str, status: int = 422) -> str:
    """A JSON schema whose fields a language model is to find. Raises HTTPException where there is no model, and
    Unreadable for what is no schema, so that no document is read for it."""
    if server.settings.extractor is None:
        raise HTTPException(status, f"{field}: this server has no language model, which finds the fields")
    schema = schema if isinstance(schema, str) else msgspec.json.encode(schema).decode()
    check = "sokdok.server.work.texts:checked_schema"
    await server.tools.run(check, schema, owner=owner, seconds=_SCHEMA_S, kind=dict[str, Any])
    return schema


async def extracted(server: Parts, task: Task, schema: str) -> bytes:
    """What `/v1/extract` answers of a document that has ended. Raises EndpointError."""
    assert server.settings.extractor is not None
    seconds = server.settings.bounds.wait_seconds
    return await server.results.answer(task, "extract", schema, *server.settings.extractor, seconds=seconds)


async def fields_of(server: Parts, task: Task, schema: str) -> Any:
    """The fields alone. Raises EndpointError."""
    return msgspec.json.decode(await extracted(server, task, schema))["data"]


def why_unreadable(server: Parts, task: Task) -> str:
    """Why no page of a task could be read: what ended it, or what is said of the first."""
    why = task.reason or "the task was cancelled"
    if task.state == "done":
        why = next(page.error for page in pages_in(server.tasks.log(task.id)))
    return why if why.startswith(task.job.shown_as) else f"{task.job.shown_as}: {why}"


class WaitedDocuments:
    """A request's documents. To be closed: nothing of them is kept."""

    def __init__(self, server: Parts, owner: str) -> None:
        self.server, self.owner = server, owner
        self.tasks: list[Task] = []
        self._handles: list[JobHandle] = []

    async def add(self, upload: str, shown_as: str, question: Question) -> None:
        """Have a file of the spool read. Raises as `accepted`."""
        task = await accepted(self.server, self.owner, upload, shown_as, question, waited=True, alone=False)
        self.tasks.append(task)
        if (handle := self.server.tasks.handle(task.id)) is not None:  # None: it has ended already
            self._handles.append(handle)

    async def ended(self) -> list[Task]:
        """Wait for all, as they stand then. Raises Unreadable where no page of any could be read, or what ended one."""
        await _until_ended(self._handles)
        found = (self.server.tasks.find(task.id, self.owner) for task in self.tasks)
        self.tasks = [task for task in found if task is not None]
        if self.tasks and all(task.failed == task.pages for task in self.tasks):
            raise Unreadable(why_unreadable(self.server, self.tasks[0]))
        return self.tasks

    def close(self) -> None:
        """Nobody waits any more."""
        for task in self.tasks:
            self.server.tasks.forget(task)


class WaitedPictures:
    """A request's pictures: jobs of one page each, which end with it. To be closed."""

    def __init__(self, server: Parts, owner: str) -> None:
        self.server, self.owner = server, owner
        self._handles: list[JobHandle] = []
        self._rows: dict[int, bytes] = {}

    def add(
        self,
        upload: str,
        shown_as: str,
        asked: Question | None = None,
        kind: Kind = "picture",
        figure: FigureOptions | None = None,
    ) -> None:
        """Have one of the spool read, which is removed at the end. Raises what the engine refuses."""
        place, asked = len(self._handles), asked or self.server.engine.question
        job = ReadJob(kind=kind, upload=upload, shown_as=shown_as, asked=asked, pages=(1,), figure=figure)

        def keep(number: int, row: bytes, failed: bool) -> None:
            self._rows[place] = row

        try:
            self._handles.append(self.server.engine.submit(job, self.owner, keep))
        except BaseException:
            self.server.tasks.spool.remove(upload)
            raise

    async def rows(self) -> list[bytes]:
        """What was read of each, in order. Raises what ended a job."""
        await _until_ended(self._handles)
        return [self._rows[place] for place in range(len(self._handles))]

    def close(self) -> None:
        """Nobody waits any more."""
        for handle in self._handles:
            self.server.engine.cancel(handle)
            self.server.tasks.spool.remove(handle.job.upload)


async def _until_ended(handles: Sequence[JobHandle]) -> None:
    for handle in handles:
        await handle.ended()
