"""The scheduler: accepted jobs until they end. It deals their pages out to the pool, and says what became of them."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from collections.abc import Sequence

from sokdok.errors import EndpointError, SokdokError
from sokdok.reasons import say
from sokdok.server.engine.fair_queue import FairQueue
from sokdok.server.engine.job_handle import JobHandle, State
from sokdok.server.engine.messages import PageRead, Setup
from sokdok.server.engine.reader_pool import ReaderPool
from sokdok.server.engine.refused import Ended, Late, Stopping
from sokdok.server.engine.rows import failed_row
from sokdok.server.engine.slot import Unit
from sokdok.server.engine.speed import Speed
from sokdok.server.engine.worker import Launcher

UNIT_PAGES = 8  # of a job that a worker is given at a time: one batch, so that turns are short
MOST_DEATHS = 2
"""of workers, one after the other, at the same page of a job; with the last its missing pages have failed"""


class Scheduler:
    """Jobs that have not ended, their queue, and the pool that reads them (it is the pool's `WorkSource`)."""

    def __init__(self, setups: Sequence[Setup], launcher: Launcher, job_seconds: float, silence_s: float) -> None:
        """A reader for each of `setups`; a job has `job_seconds`, a worker may say nothing for `silence_s`."""
        self.pool = ReaderPool(setups, self, launcher, silence_s=silence_s)
        self.speed = Speed(len(setups))
        self.counts: Counter[str] = Counter()
        """pages by what became of them"""
        self._job_seconds = job_seconds
        self._queue: FairQueue[Unit] = FairQueue()
        self._handles: dict[str, JobHandle] = {}
        """that have not ended"""
        self._timers: dict[str, asyncio.TimerHandle] = {}

    @property
    def queued(self) -> int:
        """Pages that are accepted and not yet read."""
        return sum(len(handle.missing) for handle in self._handles.values())

    def queued_of(self, owner: str) -> int:
        """The same of one owner."""
        return sum(len(handle.missing) for handle in self._handles.values() if handle.owner == owner)

    def before(self, handle: JobHandle) -> int:
        """Pages of jobs that were accepted before this one and are not yet read."""
        earlier = (other for other in self._handles.values() if other.accepted < handle.accepted)
        return 0 if handle.has_ended else sum(len(other.missing) for other in earlier)

    def add(self, handle: JobHandle) -> None:
        """Have the missing pages of a job read."""
        if not handle.missing:
            handle.ends("done", None)
            return
        self._handles[handle.id] = handle
        self._timers[handle.id] = asyncio.get_running_loop().call_later(self._job_seconds, self._late, handle)
        numbers = [number for number in handle.job.pages if number in handle.missing]
        for first in range(0, len(numbers), UNIT_PAGES):
            pages = tuple(numbers[first : first + UNIT_PAGES])
            self._queue.put(handle.owner, handle.id, Unit(handle, pages), len(pages))
        # In the next turn: whoever submits has journaled the job by then.
        asyncio.get_running_loop().call_soon(self.pool.dispatch)

    def cancel(self, handle: JobHandle) -> None:
        """Nobody wants it any more: what waits is dropped, what is in flight is left."""
        if not handle.has_ended:
            self.pool.cancel(handle)
            self._end(handle, "cancelled", Ended("the job was cancelled"))

    async def stop(self, seconds: float) -> None:
        """Let pages in flight be read for so long, and end; what is not done then is told so."""
        await self.pool.stop(seconds)
        for handle in list(self._handles.values()):
            self._end(handle, "failed", Stopping())

    def why_stalled(self, handle: JobHandle) -> str:
        """Why a job that has not ended is not read, though it is its turn; empty where that has no reason."""
        return "" if handle.has_ended else self.pool.last_error

    def next_unit(self) -> Unit | None:
        """What is to be read next."""
        unit = self._queue.take()
        if unit is not None and unit.handle.state == "waiting":
            unit.handle.changes("reading")
        return unit

    def requeue(self, unit: Unit) -> None:
        """What is left of a unit is to be read before all others of its job."""
        handle = unit.handle
        if unit.missing and not handle.has_ended:
            self._queue.put(handle.owner, handle.id, unit, len(unit.missing), first=True)

    def page(self, unit: Unit, page: PageRead, seconds: float) -> None:
        """A page is kept, then told."""
        if page.number in unit.handle.missing:
            self.speed.read(1, seconds)
            unit.handle.endpoint_failed += bool(page.of_endpoint)
        self._keep(unit.handle, page.number, page.row, page.failed, page.of_endpoint)

    def done(self, unit: Unit) -> None:
        """A unit is done; a page that was never told of has failed."""
        self._fail_pages(unit, say("no_answer"))

    def broken(self, unit: Unit, error: SokdokError) -> None:
        """No reader works, and so the job fails."""
        self.pool.cancel(unit.handle)
        self._end(unit.handle, "failed", error)

    def lost(self, unit: Unit, how: str) -> None:
        """A worker is gone that was busy with a unit, which is tried again, or has failed."""
        handle = unit.handle
        if handle.has_ended:
            return
        if unit.deaths < MOST_DEATHS:
            self.requeue(unit)
            return
        self._queue.drop(handle.owner, handle.id)
        self.pool.cancel(handle)
        for number in sorted(handle.missing):
            self._fail_page(handle, number, say("worker_died", how=how, times=unit.deaths))

    def stalled(self) -> None:
        """All readers fail. Whoever waits may want to know."""
        for handle in self._handles.values():
            handle.changes()

    def _fail_pages(self, unit: Unit, reason: str) -> None:
        for number in unit.pages:
            if number in unit.handle.missing:
                self._fail_page(unit.handle, number, reason)

    def _fail_page(self, handle: JobHandle, number: int, reason: str) -> None:
        self._keep(handle, number, failed_row(handle.job.kind, number, reason), True)

    def _keep(self, handle: JobHandle, number: int, row: bytes, failed: bool, of_endpoint: str = "") -> None:
        """Keep a page once; with the last one the job is done, or has failed if the endpoint did at all of them."""
        if handle.has_ended or number not in handle.missing:
            return
        try:
            handle.keep(number, row, failed)
        except (OSError, sqlite3.Error):  # as a full disk: no page may count as read that is not kept
            self.pool.cancel(handle)
            self._end(handle, "failed", SokdokError("a page could not be kept: is the server's disk full?"))
            return
        self.counts["failed" if failed else "read"] += 1
        handle.missing.discard(number)
        if handle.missing:
            handle.changes()
        elif handle.endpoint_failed == len(handle.job.pages):
            self._end(handle, "failed", EndpointError(of_endpoint))
        else:
            self._end(handle, "done", None)

    def _late(self, handle: JobHandle) -> None:
        """A job's time is over."""
        seconds = self._job_seconds
        late = say("late", seconds=f"{seconds:g}")
        if self.pool.last_error:
            late = say("late_because", seconds=f"{seconds:g}", why=self.pool.last_error)
        self._end(handle, "failed", Late(late))
        self.pool.kill(handle)

    def _end(self, handle: JobHandle, state: State, error: SokdokError | None) -> None:
        if handle.has_ended:
            return
        self._handles.pop(handle.id, None)
        if (timer := self._timers.pop(handle.id, None)) is not None:
            timer.cancel()
        self._queue.drop(handle.owner, handle.id)
        handle.ends(state, error)
