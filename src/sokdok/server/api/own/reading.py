"""Jobs that a request waits for, and that end with it."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from fastapi import Request

from sokdok.server.api.dependencies import Parts
from sokdok.server.api.waiting import while_waited
from sokdok.server.engine.job_handle import JobHandle
from sokdok.server.engine.messages import Job


async def read_now(server: Parts, owner: str, jobs: Sequence[Job], request: Request) -> list[bytes]:
    """The rows of jobs of one page each, in order; their uploads are removed.

    Raises what the engine refuses, Late, and Ended where the client has gone.
    """
    rows: dict[int, bytes] = {}

    def keep(place: int, number: int, row: bytes, failed: bool) -> None:
        rows[place] = row

    handles: list[JobHandle] = []
    try:
        server.engine.require_room(len(jobs), owner)
        for place, job in enumerate(jobs):
            handles.append(server.engine.submit(job, owner, partial(keep, place)))
        await while_waited(request, server, _ended(handles))
    finally:
        for handle in handles:
            server.engine.scheduler.cancel(handle)
        for job in jobs:
            server.tasks.spool.remove(job.upload)
    return [rows[place] for place in range(len(jobs))]


async def _ended(handles: Sequence[JobHandle]) -> None:
    for handle in handles:
        await handle.ended()
