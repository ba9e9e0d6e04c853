"""Tasks: a file is accepted, its pages are told as they are read, and its result is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, File, Form, Header, HTTPException, Query, Response, UploadFile
from fastapi.responses import StreamingResponse
from pydantic import BaseModel

from sokdok.server.api.dependencies import Owner, Parts, Server, fetched, spooled
from sokdok.server.api.errors import answer_of_failed
from sokdok.server.api.own.common import AskedTask, form_answer, known_form, require_task
from sokdok.server.api.refusals import Named, named, without_options
from sokdok.server.api.waiting import MOST_PASSWORD, accepted
from sokdok.server.tasks.results import FORMS
from sokdok.server.tasks.spool import shown_name
from sokdok.server.tasks.store import Task

router = APIRouter(prefix="/tasks", tags=["tasks"])
PING_S = 15.0
"""between signs of life of a stream in which nothing happens"""
_MOST_LISTED = 100
_MOST_SEQ = 2**63 - 1
"""of the journal: SQLite's largest number"""


class Told(BaseModel):
    """How a task goes on."""

    id: str
    status: Literal["waiting", "reading", "done", "failed", "cancelled"]
    file: str
    """what the upload was called"""
    pages: int
    pages_read: int
    """failed ones included"""
    pages_failed: int
    pages_before: int
    """of tasks that were accepted before this one and are not yet read"""
    reason: str
    """why it failed or was cancelled; of one that has not ended: why nothing is read, as where an endpoint refuses its
    key. It is tried again, until the task's time is over (`job_seconds` of `/v1/capabilities`)"""
    why: Named | None
    """the same, if it is a reason that has a name"""
    created_at: float
    """seconds since 1970"""
    ended_at: float | None


class ToldWhole(Told):
    """The same, and which pages it has."""

    page_numbers: list[int]
    """from 1"""


class ToldMany(BaseModel):
    """Newest first."""

    tasks: list[Told]


@router.post("", status_code=202, dependencies=[Depends(known_form)])
async def create(
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile | None, File(description="A PDF, a picture, an office document or a text.")] = None,
    url: Annotated[str | None, Form(description="Where it is, instead, if the server fetches files.")] = None,
    pages: Annotated[str | None, Form(max_length=1000, description="As 1-5,7; all by default.")] = None,
    source: Annotated[Literal["auto", "reader", "text-layer"], Form(description="Whose words count.")] = "auto",
    mode: Annotated[
        Literal["auto", "tiny", "small", "base", "large", "gundam"], Form(description="Resolution.")
    ] = "auto",
    password: Annotated[str | None, Form(max_length=MOST_PASSWORD, description="Of a PDF; it is not kept.")] = None,
) -> ToldWhole:
    """Accept a file. Once this answers, it will be read, whatever becomes of the server."""
    server.engine.require_room(1, owner)
    upload, shown_as = await _sent(server, file, url)
    task = await accepted(server, owner, upload, shown_as, pages=pages, password=password, source=source, mode=mode)
    return _whole(server, task)


async def _sent(server: Parts, file: UploadFile | None, url: str | None) -> tuple[str, str]:
    """What was sent, in the spool: its name there, and the one for people. Raises HTTPException 422."""
    if (file is None) == (url is None):
        raise HTTPException(422, "send either a file or the url of one")
    if url is not None:
        return await fetched(server, url)
    assert file is not None
    shown_as = shown_name(file.filename)
    return await spooled(server, file.file, shown_as), shown_as


@router.get("")
async def tasks(server: Server, owner: Owner, limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 20) -> ToldMany:
    """Your newest tasks."""
    return ToldMany(tasks=[_told(server, task) for task in server.tasks.store.of_owner(owner, limit)])


@router.get("/{id}")
async def one(server: Server, task: AskedTask) -> ToldWhole:
    """How a task goes on."""
    return _whole(server, task)


@router.delete("/{id}")
async def cancel(server: Server, owner: Owner, task: AskedTask) -> ToldWhole:
    """Cancel a task. One that has ended stays as it is."""
    server.tasks.cancel(task.id)
    return _whole(server, require_task(server, owner, task.id))


@router.get(
    "/{id}/result",
    response_model=None,
    responses={
        200: {"content": {kind.partition(";")[0]: {} for kind in FORMS.values()}, "description": "The document."},
        202: {"model": Told, "description": "The task has not ended: ask again after Retry-After."},
    },
)
async def result(
    server: Server,
    task: AskedTask,
    form: Annotated[
        Literal["md", "html", "json", "txt", "docx", "xlsx", "hocr", "pdf"], Query(description="What it is written as.")
    ] = "md",
    words: Annotated[bool, Query(description="JSON: every word with its box and confidence.")] = False,
) -> Response:
    """The document, also one of which only some pages could be read. 202 until the task has ended.

    JSON is that of `sokdok convert`: boxes are pixels of a page's `width` and `height`, from its top left. HTML has
    its figures in it; `pdf` is the file that was sent, with the words that were read put behind its pictures.
    """
    if task.ended is None:
        return Response(_told(server, task).model_dump_json(), 202, {"Retry-After": "1"}, "application/json")
    if task.state != "done":
        return answer_of_failed(task)
    return form_answer(await server.results.written(task, form, words=words), task.job.shown_as, form)


@router.get(
    "/{id}/events",
    response_model=None,
    responses={200: {"content": {"text/event-stream": {}}, "description": "Server-sent events."}},
    response_class=StreamingResponse,
)
async def events(
    server: Server,
    owner: Owner,
    task: AskedTask,
    last_event_id: Annotated[int, Header(ge=0, le=_MOST_SEQ, description="Goes on behind this one.")] = 0,
) -> StreamingResponse:
    """Server-sent events: `page` for each page as soon as it is read, then `end`; also of a task that has ended.

    In between `held` tells a `reason` for which nothing is read, or an empty one when pages are read again.
    """
    headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
    stream = _events(server, owner, task.id, last_event_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers=headers)


async def _events(server: Parts, owner: str, id: str, after: int) -> AsyncIterator[bytes]:
    """Told from the journal, so that a client that comes again misses nothing, the server's restart included."""
    held = ""
    while True:
        handle = server.tasks.handle(id)  # before the journal is looked at: what comes later wakes it
        change = asyncio.ensure_future(handle.change()) if handle is not None else None
        try:
            task = server.tasks.store.find(id, owner)
            if task is None:  # kept long enough
                return
            for told in server.tasks.store.told(id, after):
                after = told.seq
                page = {"page": told.number, "failed": told.failed}
                yield _event("page", page, told.seq)
            if task.ended is not None or change is None:
                yield _event("end", _told(server, task).model_dump())
                return
            if handle is not None and (reason := server.engine.scheduler.why_stalled(handle)) != held:
                held = reason
                yield _event("held", {"reason": reason})
            if not (await asyncio.wait({change}, timeout=PING_S))[0]:
                yield b": still here\n\n"
        finally:
            if change is not None:
                change.cancel()


def _event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    head = f"event: {name}\n" + (f"id: {number}\n" if number is not None else "")
    return head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"


def _whole(server: Parts, task: Task) -> ToldWhole:
    return ToldWhole(**_told(server, task).model_dump(), page_numbers=list(task.job.pages))


def _told(server: Parts, task: Task) -> Told:
    """A task for its owner."""
    handle = server.tasks.handle(task.id)
    reason = task.reason if handle is None else server.engine.scheduler.why_stalled(handle)
    return Told(
        id=task.id,
        status=task.state if handle is None else handle.state,
        file=task.job.shown_as,
        pages=len(task.job.pages),
        pages_read=task.pages,
        pages_failed=task.failed,
        pages_before=server.engine.scheduler.before(handle) if handle is not None else 0,
        reason=without_options(reason),
        why=Named.model_validate(why) if (why := named(reason)) else None,
        created_at=task.created,
        ended_at=task.ended,
    )
