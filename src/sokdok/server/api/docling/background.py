"""docling's endpoints for conversion in the background. Results are kept as those of tasks, and may be had again."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Query, Response

from sokdok.server.api.dependencies import Owner, Parts, Server
from sokdok.server.api.docling.convert import ANSWERS, FORM_OPTIONS, Files, TargetType, answer
from sokdok.server.api.docling.requests import Options, SourcesAsked, is_zip
from sokdok.server.api.docling.responses import Failure, TaskMeta, TaskTold, status_of
from sokdok.server.api.docling.uploads import Source, taken
from sokdok.server.api.waiting import accepted, why_unreadable
from sokdok.server.engine.refused import Unreadable
from sokdok.server.tasks.store import Task

router = APIRouter(prefix="/v1", tags=["docling"])
_MOST_WAIT_S = 60.0
_MISSING = "there is no such task: it was another key's, or is kept no longer"


class DoclingTask(msgspec.Struct, frozen=True):
    """A request as it is kept."""

    tasks: tuple[str, ...]  # ids of ours, one a document
    options: dict[str, object]
    zipped: bool


@router.post("/convert/file/async")
async def file(
    server: Server,
    owner: Owner,
    files: Files,
    options: Options = FORM_OPTIONS,
    target_type: TargetType = "inbody",
) -> TaskTold:
    """Accept files that are sent."""
    return await _accepted(server, owner, files, options, is_zip(target_type))


@router.post("/convert/source/async")
async def source(server: Server, owner: Owner, asked: SourcesAsked) -> TaskTold:
    """Accept documents within the request, or at addresses."""
    asked.checked()
    return await _accepted(server, owner, asked.sources, asked.options, is_zip(asked.target.kind))


@router.get("/status/poll/{task_id}")
async def poll(
    server: Server,
    owner: Owner,
    task_id: str,
    wait: Annotated[float, Query(ge=0, description=f"Seconds, until it ends; {_MOST_WAIT_S:g} at most.")] = 0.0,
) -> TaskTold:
    """How a task goes on."""
    kept = _required(server, owner, task_id)
    handles = [handle for id in kept.tasks if (handle := server.tasks.handle(id)) is not None]
    if handles and wait:
        ends = [asyncio.ensure_future(handle.ended()) for handle in handles]
        await asyncio.wait(ends, timeout=min(wait, _MOST_WAIT_S))
        for end in ends:
            end.cancel()
        await asyncio.gather(*ends, return_exceptions=True)  # why one failed is told below
    return _told(server, task_id, _tasks(server, owner, kept))


@router.get("/result/{task_id}", response_model=None, responses=ANSWERS)
async def result(server: Server, owner: Owner, task_id: str) -> Response:
    """What became of a task; 404 until it has ended."""
    kept = _required(server, owner, task_id)
    tasks = _tasks(server, owner, kept)
    if any(task.ended is None for task in tasks):
        raise HTTPException(404, "the task has not ended: ask /v1/status/poll/{id} with wait=60", {"Retry-After": "1"})
    failed = next((task for task in tasks if task.state != "done"), None)
    if failed is not None:
        raise Unreadable(f"{failed.job.shown_as}: {failed.reason or 'the task was cancelled'}")
    if all(status_of(task) == "failure" for task in tasks):
        raise Unreadable(why_unreadable(server, tasks[0]))
    return await answer(server, tasks, Options.model_validate(kept.options), kept.zipped)


async def _accepted(server: Parts, owner: str, sources: Sequence[Source], options: Options, zipped: bool) -> TaskTold:
    tasks: list[Task] = []
    try:
        async for upload, name in taken(server, owner, sources):
            how: dict[str, Any] = {"pages": options.pages, "password": options.password, "source": options.source}
            tasks.append(await accepted(server, owner, upload, name, **how))
        kept_options = options.model_dump(exclude={"password"})  # the files lie there without it
        value = DoclingTask(tuple(task.id for task in tasks), kept_options, zipped)
        kept = server.tasks.key_values.add(owner, value)
    except BaseException:
        for task in tasks:
            server.tasks.forget(task)
        raise
    return _told(server, kept.id, tasks)


def _required(server: Parts, owner: str, id: str) -> DoclingTask:
    found = server.tasks.key_values.find(id, owner, DoclingTask)
    if found is None:
        raise HTTPException(404, _MISSING)
    return found[1]


def _tasks(server: Parts, owner: str, kept: DoclingTask) -> list[Task]:
    try:
        return [server.tasks.require(id, owner) for id in kept.tasks]
    except KeyError:
        raise HTTPException(404, _MISSING) from None


def _told(server: Parts, id: str, tasks: Sequence[Task]) -> TaskTold:
    """A request for its owner: it has ended when all its documents have."""
    states = [status_of(task) if task.ended is not None else "" for task in tasks]
    handles = [handle for task in tasks if (handle := server.tasks.handle(task.id)) is not None]
    failed = (task.reason for task, state in zip(tasks, states, strict=True) if state == "failure")
    reason = next((each or "no page could be read" for each in failed), "")
    status: Literal["pending", "started", "success", "failure"]
    if all(states):
        status = "failure" if set(states) == {"failure"} else "success"
    else:
        status = "pending" if all(handle.state == "waiting" for handle in handles) and not any(states) else "started"
    return TaskTold(
        task_id=id,
        task_status=status,
        task_position=max(map(server.engine.scheduler.before, handles)) if handles else None,
        task_meta=TaskMeta(
            num_docs=len(tasks),
            num_processed=sum(map(bool, states)),
            num_succeeded=states.count("success"),
            num_partially_succeeded=states.count("partial_success"),
            num_failed=states.count("failure"),
        ),
        error_message=reason or None,
        failure=Failure(message=reason) if reason else None,
    )
