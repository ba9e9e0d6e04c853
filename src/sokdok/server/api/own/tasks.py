"""Tasks: a file is accepted, its pages come as they are read, and its result is kept."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, File, Form, Header, Query, Response, UploadFile
from fastapi.responses import FileResponse, StreamingResponse
from msgspec.structs import replace

from sokdok.files import name_of
from sokdok.server.api.common import MOST_PASSWORD, AskedTask, Owner, Parts, Server, known_form
from sokdok.server.api.errors import NamedReason, answer_of_failed
from sokdok.server.api.requests import PING, PING_S, STREAM_HEADERS, accepted, spooled
from sokdok.server.engine.job import State
from sokdok.server.errors import named, without_options
from sokdok.server.tasks.files import shown_name
from sokdok.server.tasks.store import Task
from sokdok.server.tasks.tasks import FORMS

router = APIRouter(prefix="/tasks", tags=["tasks"])
_MOST_LISTED = 100
_MOST_EVENT = 2**63 - 1
Forget = Annotated[bool, Query(description="Remove it too, with its file and all that was made of it.")]
# What was read may not run anything, opened by itself either.
SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
_SHOWN = {"md", "html", "json", "txt"}  # forms that a browser shows; others are saved


@dataclass(frozen=True)
class TaskStatus:
    """How a task goes on."""

    id: str
    status: State
    file: str  # what the upload was called
    pages: int
    pages_read: int  # failed ones included
    pages_failed: int
    pages_before: int  # of tasks that were accepted before this one and are not yet read
    reason: str
    """why it failed or was cancelled; of one that has not ended: why nothing is read, as where an endpoint refuses its
    key. It is tried again, until the task's time is over (`job_seconds` of `/v1/capabilities`)"""
    why: NamedReason | None  # the same, if it is a reason that has a name
    created_at: float  # seconds since 1970
    ended_at: float | None


@dataclass(frozen=True)
class WholeTask(TaskStatus):
    """A task's status, and the numbers of its pages."""

    page_numbers: list[int]  # from 1


@dataclass(frozen=True)
class TaskList:
    """Newest first."""

    tasks: list[TaskStatus]


@router.post("", status_code=202, dependencies=[Depends(known_form)])
async def create(
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A PDF, a picture, an office document or a text.")],
    pages: Annotated[str | None, Form(max_length=1000, description="As 1-5,7; all by default.")] = None,
    source: Annotated[Literal["auto", "reader", "text-layer"], Form(description="Whose words count.")] = "auto",
    mode: Annotated[
        Literal["auto", "tiny", "small", "base", "large", "gundam"], Form(description="Resolution.")
    ] = "auto",
    password: Annotated[str | None, Form(max_length=MOST_PASSWORD, description="Of a PDF; it is not kept.")] = None,
) -> WholeTask:
    """Accept a file. Once this answers, it will be read, whatever becomes of the server."""
    server.engine.require_room(1, owner)
    shown_as = shown_name(file.filename)
    upload = await spooled(server, file.file, shown_as)
    question = replace(server.engine.question, pages=pages, password=password, source=source, mode=mode)
    return _with_links(server, await accepted(server, owner, upload, shown_as, question))


@router.get("")
async def tasks(server: Server, owner: Owner, limit: Annotated[int, Query(ge=1, le=_MOST_LISTED)] = 20) -> TaskList:
    """Your newest tasks."""
    return TaskList([TaskStatus(**_status(server, task)) for task in server.tasks.of_owner(owner, limit)])


@router.get("/{id}")
async def one(server: Server, task: AskedTask) -> WholeTask:
    """How a task goes on."""
    return _with_links(server, task)


@router.delete("/{id}")
async def cancel(server: Server, owner: Owner, task: AskedTask, forget: Forget = False) -> WholeTask:
    """Cancel a task. One that has ended stays as it is, unless it is to be forgotten."""
    server.tasks.cancel(task.id)
    task = server.tasks.find(task.id, owner) or task
    if forget:
        server.tasks.forget(task)
    return _with_links(server, task)


@router.get(
    "/{id}/result",
    response_model=None,
    responses={
        200: {"content": {kind.partition(";")[0]: {} for kind in FORMS.values()}, "description": "The document."},
        202: {"model": TaskStatus, "description": "The task has not ended: ask again after Retry-After."},
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
        return Response(msgspec.json.encode(_status(server, task)), 202, {"Retry-After": "1"}, "application/json")
    if task.state != "done":
        return answer_of_failed(task)
    return form_answer(await server.results.written(task, form, words=words), task.job.shown_as, form)


def form_answer(path: Path, shown_as: str, form: str) -> FileResponse:
    """A document in one of `FORMS`, under the name of what was read."""
    headers = SANDBOX if form in ("html", "hocr") else {}
    how = "inline" if form in _SHOWN else "attachment"
    name = f"{name_of(Path(shown_as))}.{form}"
    return FileResponse(path, media_type=FORMS[form], headers=headers, filename=name, content_disposition_type=how)


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
    last_event_id: Annotated[int, Header(ge=0, le=_MOST_EVENT, description="Goes on behind this one.")] = 0,
) -> StreamingResponse:
    """Server-sent events: `page` for each page as soon as it is read, then `end`; also of a task that has ended.

    In between `held` has a `reason` for which nothing is read, or an empty one when pages are read again.
    """
    stream = _events(server, owner, task.id, last_event_id)
    return StreamingResponse(stream, media_type="text/event-stream", headers=STREAM_HEADERS)


async def _events(server: Parts, owner: str, id: str, after: int) -> AsyncIterator[bytes]:
    """Taken from the log, so that a client that comes again misses nothing, the server's restart included."""
    held = ""
    while True:
        handle = server.tasks.handle(id)  # before the log is looked at: what comes later wakes it
        change = asyncio.ensure_future(handle.change()) if handle is not None else None
        try:
            task = server.tasks.find(id, owner)
            if task is None:  # kept long enough
                return
            for number, page in enumerate(server.tasks.pages(id)[after:], after + 1):
                after = number
                yield _event("page", {"page": page.number, "failed": page.failed}, number)
            if task.ended is not None or change is None:
                yield _event("end", _status(server, task))
                return
            if handle is not None and (reason := server.engine.why_stalled(handle)) != held:
                held = reason
                yield _event("held", {"reason": reason})
            if not (await asyncio.wait({change}, timeout=PING_S))[0]:
                yield PING
        finally:
            if change is not None:
                change.cancel()


def _event(name: str, data: dict[str, Any], number: int | None = None) -> bytes:
    head = f"event: {name}\n" + (f"id: {number}\n" if number is not None else "")
    return head.encode() + b"data: " + msgspec.json.encode(data) + b"\n\n"


def _with_links(server: Parts, task: Task) -> WholeTask:
    return WholeTask(**_status(server, task), page_numbers=list(task.job.pages))


def _status(server: Parts, task: Task) -> dict[str, Any]:
    """The fields of a `TaskStatus`, JSON-ready."""
    handle = server.tasks.handle(task.id)
    reason = task.reason if handle is None else server.engine.why_stalled(handle)
    return {
        "id": task.id,
        "status": task.state,
        "file": task.job.shown_as,
        "pages": len(task.job.pages),
        "pages_read": task.pages,
        "pages_failed": task.failed,
        "pages_before": server.engine.before(handle) if handle is not None else 0,
        "reason": without_options(reason),
        "why": named(reason),
        "created_at": task.created,
        "ended_at": task.ended,
    }
