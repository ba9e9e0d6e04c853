"""The pool of worker processes that read: which of them gets what is next, and what becomes of what it was given.

- Least loaded first. Each is given a little more than it works on, so that it never waits for the parent.
- A worker that dies, or says nothing for too long, is replaced, and so is one that has read many pages, whatever its
  libraries have kept of them. What it was given is tried again by a worker that is given nothing else: what dies
  with that one, too, is to blame.
- One whose reader can't be opened, or whose endpoint fails, is left out for a while, each time for a longer one, and
  then tried with one thing. Meanwhile others read what it could not; where there are none, what is journaled waits.
"""

from __future__ import annotations

import asyncio
import logging
import time
from collections.abc import Callable, Sequence
from functools import partial
from itertools import count
from typing import Protocol

from sokdok.errors import EndpointError, InputError, ModelError, SokdokError
from sokdok.server.engine.job_handle import JobHandle
from sokdok.server.engine.messages import Answer, Broken, Cancel, Done, PageRead, Ready, Setup
from sokdok.server.engine.slot import Slot, Unit
from sokdok.server.engine.worker import Launcher, Worker, WorkerProcess

_LOG = logging.getLogger("sokdok.server")
_START_S = 120.0  # in which a worker must be ready
_ENDPOINT_SILENCE_S = 3_000.0
"""for which one that asks an endpoint may say nothing: a page may be asked for several times, each in its time"""
_TURN_S = 1.0  # between looks at who has been silent too long
RECYCLED_PAGES = 20_000
_KINDS: dict[int, type[SokdokError]] = {kind.exit_code: kind for kind in (InputError, ModelError, EndpointError)}


class WorkSource(Protocol):
    """Where a pool gets its work from, and who is told what becomes of it."""

    def next_unit(self) -> Unit | None:
        """What is to be read next."""

    def requeue(self, unit: Unit) -> None:
        """A unit is to be read after all, before others of its job."""

    def page(self, unit: Unit, page: PageRead, seconds: float) -> None:
        """A page is read; its worker took so long for it, or for its share of several."""

    def done(self, unit: Unit) -> None:
        """A unit is done."""

    def broken(self, unit: Unit, error: SokdokError) -> None:
        """No reader works."""

    def lost(self, unit: Unit, how: str) -> None:
        """A worker is gone that was given a unit."""

    def stalled(self) -> None:
        """Nothing is read, since all readers fail: `last_error` says why."""


class ReaderPool:
    """Some worker processes, one for each of `setups`."""

    def __init__(
        self,
        setups: Sequence[Setup],
        source: WorkSource,
        launcher: Launcher,
        *,
        silence_s: float = 300.0,
        recycled_pages: int = RECYCLED_PAGES,
    ) -> None:
        self.source, self.launcher = source, launcher
        self.silence_s, self.recycled_pages = silence_s, recycled_pages
        self.restarts = 0
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        """of the first worker that is; an error if none can be"""
        self.slots = [Slot(setup) for setup in setups]
        self._numbers = count(1)
        self._held: Unit | None = None
        """what waits for a worker that is idle"""
        self._timers: set[asyncio.TimerHandle] = set()
        self._watch: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def pids(self) -> list[int]:
        """Of the workers on this machine."""
        return [slot.worker.pid for slot in self.slots if isinstance(slot.worker, WorkerProcess)]

    @property
    def ready_workers(self) -> int:
        """Workers that can read."""
        return sum(slot.healthy for slot in self.slots)

    @property
    def healthy(self) -> bool:
        """Whether any worker can."""
        return self.ready_workers > 0

    @property
    def backoff_s(self) -> float:
        """Seconds for which no reader is tried, since all have failed; 0 if any may work."""
        return min(slot.backoff_s for slot in self.slots)

    @property
    def last_error(self) -> str:
        """Why nothing is read: what was last said of one of the readers, if all fail; empty otherwise."""
        failing = [slot for slot in self.slots if slot.failures]
        return failing[-1].last_error if len(failing) == len(self.slots) else ""

    @property
    def in_flight(self) -> list[Unit]:
        """What workers were given and have not done."""
        return [unit for slot in self.slots for unit in slot.units.values()]

    def start(self) -> None:
        """Start all of them."""
        for slot in self.slots:
            self._start(slot)
        self._watch = asyncio.create_task(self._end_unresponsive())

    def dispatch(self) -> None:
        """Give out what is next, as far as there is room for it."""
        while not self._stopped:
            free = [slot for slot in self.slots if slot.has_room(self.recycled_pages)]
            unit = self._next() if free else None
            if unit is None:
                return
            slot = min(free, key=lambda slot: (slot is unit.failed_at, slot.load))
            if unit.alone and slot.units:
                self._held = unit
                return
            slot.give(unit, next(self._numbers))

    def cancel(self, handle: JobHandle) -> None:
        """Tell workers that nobody waits for a job."""
        for slot in self.slots:
            for unit in slot.units.values():
                if unit.handle is handle and slot.worker is not None:
                    slot.worker.send(Cancel(unit.id))

    def kill(self, handle: JobHandle) -> None:
        """End the workers that are busy with a job: its time is over, and they may never be done."""
        self.cancel(handle)
        for slot in self.slots:
            if slot.worker is not None and slot.hangs_at(handle):
                self._replace(slot, slot.worker.close(), blamed=False)

    async def stop(self, seconds: float) -> None:
        """Let workers tell of the pages in flight for some time, then end them."""
        self._stopped = True
        end = time.monotonic() + seconds
        while self.in_flight and time.monotonic() < end:
            await asyncio.sleep(0.02)
        for timer in self._timers:
            timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        for slot in self.slots:
            if slot.worker is not None:
                slot.worker.close()
            slot.worker = None
            slot.units.clear()
        await self.launcher.stop()

    def _next(self) -> Unit | None:
        held, self._held = self._held, None
        return held if held is not None and held.missing and not held.handle.has_ended else self.source.next_unit()

    def _start(self, slot: Slot) -> None:
        if not self._stopped:
            slot.pages, slot.why = 0, None
            slot.worker = self.launcher.launch(slot.setup, partial(self._on_answer, slot), partial(self._on_exit, slot))

    def _on_answer(self, slot: Slot, worker: Worker, answer: Answer) -> None:
        if isinstance(answer, Ready):
            worker.ready, slot.failures = True, 0
            slot.concurrency, slot.batch_size = answer.concurrency, answer.batch_size
            if not self.ready.done():
                self.ready.set_result(answer)
        elif isinstance(answer, PageRead):
            self._page(slot, answer)
        elif isinstance(answer, Broken) and not answer.id:
            slot.why = error_of(answer)
        elif isinstance(answer, Broken | Done) and (unit := slot.units.pop(answer.id, None)) is not None:
            if isinstance(answer, Broken):
                self._broken(slot, unit, error_of(answer))
            elif unit.failed_at is slot and unit.missing:
                self.source.requeue(unit)
            else:
                self.source.done(unit)
            if slot.pages >= self.recycled_pages and not slot.units:
                worker.close()
                self._start(slot)
        self.dispatch()

    def _page(self, slot: Slot, page: PageRead) -> None:
        unit = slot.units.get(page.id)
        if unit is None:
            return
        seconds, unit.told = slot.page(not page.of_endpoint), True
        if slot.is_bad and slot.asks_endpoint:
            self._back_off(slot, "it failed at several pages in a row")
        if page.of_endpoint and (unit.failed_at is slot or (unit.failed_at is None and self._others(slot))):
            unit.failed_at = slot  # the page stays missing: once more, by another one
        else:
            self.source.page(unit, page, seconds)

    def _broken(self, slot: Slot, unit: Unit, error: SokdokError) -> None:
        """A reader said that it does not work."""
        if isinstance(error, EndpointError) and slot.asks_endpoint:
            self._back_off(slot, str(error))
            if unit.handle.patient or self._others(slot):
                unit.failed_at = slot
                self.source.requeue(unit)
                return
        self.source.broken(unit, error)

    def _others(self, slot: Slot) -> bool:
        """Whether another one may read what this one can't."""
        return any(other is not slot and other.healthy for other in self.slots)

    def _back_off(self, slot: Slot, why: str) -> None:
        """Leave out a slot whose endpoint failed."""
        if not slot.backoff_s:
            self._later(slot.back_off(why), self.dispatch)
            _LOG.warning("%s is left out for %.0f s: %s", slot.setup.question.reader, slot.backoff_s, why)
            self._report_stalled()

    def _report_stalled(self) -> None:
        if self.last_error:
            self.source.stalled()

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        def now() -> None:
            self._timers.discard(timer)
            what()

        # A little later than asked for: clocks are not so exact that the rest would be over.
        timer = asyncio.get_running_loop().call_later(seconds + 0.02, now)
        self._timers.add(timer)

    def _on_exit(self, slot: Slot, worker: Worker, how: str) -> None:
        self._replace(slot, how)

    def _replace(self, slot: Slot, how: str, *, blamed: bool = True) -> None:
        """A worker is gone: another takes its place, and what it was given is tried again."""
        worker, lost, begun = slot.worker, list(slot.units.values()), slot.begun
        assert worker is not None
        slot.worker = None
        slot.units.clear()
        self.restarts += 1
        if worker.ready:
            self._start(slot)
        else:
            self._start_failed(slot, how)
        for unit in reversed(lost):  # each goes before the others
            if blamed and unit in begun:
                unit.blame(len(begun) == 1)
                self.source.lost(unit, how)
            else:
                self.source.requeue(unit)
        self.dispatch()

    def _start_failed(self, slot: Slot, how: str) -> None:
        error = slot.why or SokdokError(f"worker processes end as they start ({how})")
        self._later(slot.back_off(str(error)), partial(self._start, slot))
        if self.ready.done():
            _LOG.warning("%s can't be opened: %s", slot.setup.question.reader, error)
            self._report_stalled()
        elif all(other.failures for other in self.slots):
            self.ready.set_exception(error)

    async def _end_unresponsive(self) -> None:
        while True:
            await asyncio.sleep(_TURN_S)
            now = time.monotonic()
            for slot in self.slots:
                worker = slot.worker
                if worker is None:
                    continue
                late = (_ENDPOINT_SILENCE_S if slot.concurrency > 1 else self.silence_s) if worker.ready else _START_S
                if (slot.units or not worker.ready) and now - worker.heard > late:
                    worker.close()
                    self._replace(slot, f"said nothing for {late:g} s")


def error_of(answer: Broken) -> SokdokError:
    """What a worker raised, of the kind that it had there."""
    return _KINDS.get(answer.exit_code, SokdokError)(answer.message)
