"""The engine: jobs in, pages out. It belongs to one event loop, and does nothing that takes long itself.

1. A job is accepted if the queue, counted in pages, has room for it (`require_room`, `submit`).
2. Its pages wait in units in a fair queue (`FairQueue`) for a reader that has room; least loaded first. A unit is what
   a reader reads in one call at a gain, of nano a page, so that nobody waits for more of another's document than that.
3. A page that comes back is kept, then announced; with the last one the job ends (`_on_page`, `_keep_page`).
4. A unit whose child died is tried again by a child that has nothing else; what dies with that one, too, is to blame.
   One at which an endpoint failed is read by another endpoint; where there is none, what is journaled waits (`_done`).
"""

from __future__ import annotations

import asyncio
import logging
import sqlite3
import time
from collections import Counter
from collections.abc import Callable, Sequence
from concurrent.futures import CancelledError
from uuid import uuid4

from msgspec.structs import replace

from sokdok.documents.question import Question
from sokdok.errors import EndpointError, InputError, SokdokError
from sokdok.jobs import Died, Failed, Pool, StartError, TimedOut
from sokdok.pages.files import is_page_file
from sokdok.reasons import say
from sokdok.server.engine.fair_queue import FairQueue
from sokdok.server.engine.job import About, JobHandle, Keep, PageRead, ReaderSetup, ReadJob, State, failed_row
from sokdok.server.engine.readers import RECYCLED_PAGES, Batch, PageSpeed, ServedReader, Unit
from sokdok.server.errors import Away, Busy, Ended, Late, Stopping
from sokdok.server.settings import Keys, Settings

_LOG = logging.getLogger("sokdok.server")
PAGE_READER = "sokdok.server.work.read:PageReader"
UNIT_PAGES = 8  # of a job at most that a child is given at a time, and a batch of a checkpoint or an endpoint
_SILENCE_S = 300.0  # for which a child may stream no page
_ENDPOINT_SILENCE_S = 3_000.0  # the same at an endpoint: a page may be asked for several times, each in its time
_TURN_S = 0.02


def local_children(setup: ReaderSetup, workers: int, opens: str = PAGE_READER) -> Pool:
    """Children of this machine, which read by the class `opens` names."""
    remote = "://" in setup.question.reader
    return Pool(
        opens,
        (setup,),
        workers=workers,
        threads=setup.threads,
        concurrency=setup.concurrency if remote else 1,
        ahead=1 if remote else 0,  # what a child has already been given can't make way for others
        seconds=_ENDPOINT_SILENCE_S if remote else _SILENCE_S,
        recycle=RECYCLED_PAGES,
    )


class Engine:
    """Says what is accepted, deals pages out to readers, and says what became of them."""

    def __init__(self, settings: Settings, children: Callable[[ReaderSetup, int], Pool] = local_children) -> None:
        """`children` makes those that read, so many with each setup."""
        self.settings = settings
        self._queues = Keys(settings.keys).queues
        question = Question(reader=settings.reader, model=settings.model, dtype=settings.dtype)
        spool, alone, concurrency = str(settings.data / "spool"), not settings.others, settings.concurrency
        how = settings.device, settings.threads, UNIT_PAGES, concurrency, alone
        questions = [replace(question, reader=name) for name in settings.readers]
        self.question = questions[0]  # what is asked where nobody says otherwise
        setups = [ReaderSetup(spool, settings.limits, question, *how) for question in questions]
        self.readers = [ServedReader(setup, children(setup, settings.workers)) for setup in setups]
        self.about = About()
        self.speed = PageSpeed(len(setups) * settings.workers)
        self.counts: Counter[str] = Counter()  # pages by what became of them, and requests refused for want of room
        self._queue: FairQueue[Unit] = FairQueue()
        self._handles: dict[str, JobHandle] = {}  # that have not ended
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._loop = asyncio.get_running_loop()
        self.stopping = self._stopped = False  # nothing is taken any more; nothing is read any more

    async def start(self) -> None:
        """Open the readers; one is enough to begin with. Raises SokdokError if none can be opened."""
        opening = {asyncio.ensure_future(self._open(reader)) for reader in self.readers}
        while not any(reader.about.reader for reader in self.readers):
            if not opening:
                raise self.readers[-1].error or SokdokError("no reader can be opened")
            done, opening = await asyncio.wait(opening, return_when=asyncio.FIRST_COMPLETED)
            for each in done:
                each.result()
        self.about = next(reader.about for reader in self.readers if reader.about.reader)

    async def stop(self) -> None:
        """Take nothing more, let pages in progress be read for a while, and end; the rest ends with Stopping."""
        self.stopping = self._stopped = True
        end = time.monotonic() + self.settings.stop_seconds
        while any(reader.batches for reader in self.readers) and time.monotonic() < end:
            await asyncio.sleep(_TURN_S)
        for handle in list(self._handles.values()):
            self._finish(handle, "failed", Stopping())
        for reader in self.readers:
            await asyncio.to_thread(reader.children.close)

    @property
    def ready(self) -> bool:
        """Whether jobs are taken and read."""
        return not self.stopping and any(reader.healthy for reader in self.readers)

    @property
    def queued(self) -> int:
        """Pages that are accepted and not yet read."""
        return sum(len(handle.missing) for handle in self._handles.values())

    @property
    def last_error(self) -> str:
        """Why nothing is read: what was last said of one of the readers, if all fail; empty otherwise."""
        return self.readers[-1].last_error if all(reader.failures for reader in self.readers) else ""

    def queue_of(self, owner: str) -> int:
        """How many pages of one owner may wait."""
        return self._queues.get(owner, self.settings.bounds.key_pages)

    def before(self, handle: JobHandle) -> int:
        """Pages of jobs that were accepted before this one and are not yet read."""
        earlier = (other for other in self._handles.values() if other.accepted < handle.accepted)
        return 0 if handle.has_ended else sum(len(other.missing) for other in earlier)

    def why_stalled(self, handle: JobHandle) -> str:
        """Why a job that has not ended is not read, though it is its turn; empty where that has no reason."""
        return "" if handle.has_ended else self.last_error

    def busy(self, reason: str, retry_after: float) -> Busy:
        """A refusal for want of room."""
        self.counts["refused"] += 1
        return Busy(reason, retry_after)

    def require_room(self, pages: int, owner: str) -> None:
        """Raise Busy if so many pages more are too many now, InputError if they always are, Stopping or Away if none
        are taken."""
        if self.stopping:
            raise Stopping
        if seconds := min(reader.backoff_s for reader in self.readers):
            self.counts["refused"] += 1
            raise Away(say("away"), seconds)
        if pages > self._queues.get(owner, pages):
            most = self._queues[owner]
            raise InputError(f"{pages:,} pages are more than the {most:,} of this key that may wait: ask for fewer")
        own = sum(len(handle.missing) for handle in self._handles.values() if handle.owner == owner)
        for queued, most, whose in (
            (self.queued, self.settings.bounds.queue_pages, "the queue"),
            (own, self.queue_of(owner), "the queue of this key"),
        ):
            # A job that is larger than the queue itself waits until it is alone.
            if queued and queued + pages > most:
                ahead = min(queued, queued + pages - most)
                raise self.busy(f"{whose} holds {queued:,} of {most:,} pages", self.speed.wait(ahead))

    def submit(
        self,
        job: ReadJob,
        owner: str,
        keep: Keep,
        *,
        id: str = "",
        missing: Sequence[int] | None = None,
        patient: bool = False,
    ) -> JobHandle:
        """Accept a job: `keep` gets its pages. Raises Busy, Stopping, Away.

        A `patient` one waits, up to its deadline, where no endpoint can be reached after it was accepted. With
        `missing` it is one that was accepted before, of which these pages are still to be read: it is taken whatever
        the queue holds.
        """
        if missing is None:
            self.require_room(len(job.pages), owner)
        handle = JobHandle(id or uuid4().hex, owner, job, keep, patient)
        if missing is not None:
            handle.missing = set(missing)
        if not handle.missing:
            handle.end("done", None)
            return handle
        self._handles[handle.id] = handle
        self._timers[handle.id] = self._loop.call_later(self.settings.bounds.job_seconds, self._time_out, handle)
        numbers = [number for number in job.pages if number in handle.missing]
        # What has pages is opened in a millisecond, again for each unit; an office document is parsed as a whole.
        drawn = is_page_file(self.settings.data / "spool" / job.upload) and not self.readers[0].asks_endpoint
        size = self.about.batch_size if drawn else UNIT_PAGES
        for first in range(0, len(numbers), size):
            unit = Unit(handle, tuple(numbers[first : first + size]))
            self._queue.put(owner, handle.id, unit, len(unit.pages))
        self._loop.call_soon(self._dispatch)  # in the next turn: whoever submits has journaled the job by then
        return handle

    def cancel(self, handle: JobHandle) -> None:
        """Nobody wants it any more: what waits is dropped, what is in progress ends with its page."""
        self._finish(handle, "cancelled", Ended("the job was cancelled"))

    async def _open(self, reader: ServedReader) -> None:
        """Start a reader's children, and ask one of them what it can do."""
        reader.children.start()
        try:
            reader.about = await asyncio.wrap_future(reader.children.submit("about", kind=About))
        except (SokdokError, Died, Failed) as error:
            reader.error = error if isinstance(error, SokdokError) else SokdokError(f"a reader's process {error}")
            self._back_off(reader, str(reader.error))

    def _dispatch(self) -> None:
        """Give out what is next, as far as there is room for it."""
        while not self._stopped:
            free = [reader for reader in self.readers if reader.has_room]
            unit = self._queue.take() if free else None
            if unit is None:
                return
            if unit.handle.has_ended or not unit.missing:
                continue
            reader = min(free, key=lambda reader: (reader is unit.failed_at, reader.load))
            units = [unit]
            while len(units) < reader.about.batch_size and (other := self._queue.take(unit.goes_with)) is not None:
                units.append(other)
            for each in units:
                if each.handle.state == "waiting":
                    each.handle.wake("reading")
            batch = reader.begin(units, self._on_page)
            assert batch.job is not None
            batch.job.add_done_callback(lambda job, batch=batch: self._loop.call_soon_threadsafe(self._done, batch))  # type: ignore[misc]

    def _requeue(self, unit: Unit) -> None:
        """What is left of a unit is to be read before all others of its job."""
        if unit.missing and not unit.handle.has_ended:
            self._queue.put(unit.handle.owner, unit.handle.id, unit, len(unit.missing), first=True)

    def _on_page(self, batch: Batch, page: PageRead) -> None:
        """A page has come, in a thread of the pool's."""
        self._loop.call_soon_threadsafe(self._page, batch, page)

    def _page(self, batch: Batch, page: PageRead) -> None:
        unit, reader = batch.units[page.place], batch.reader
        seconds, batch.last_page = time.monotonic() - batch.last_page, time.monotonic()
        if reader.page(not page.of_endpoint):
            self._back_off(reader, "it failed at several pages in a row")
        if page.of_endpoint and (unit.failed_at is reader or (unit.failed_at is None and self._has_another(reader))):
            unit.failed_at = reader  # the page stays missing: once more, by another one
            return
        if page.number in unit.handle.missing:
            self.speed.read(seconds)
            unit.handle.endpoint_failed += bool(page.of_endpoint)
        self._keep_page(unit.handle, page.number, page.row, page.failed, page.of_endpoint)
        self._dispatch()

    def _done(self, batch: Batch) -> None:
        """A child is done with what it was given, whatever became of that."""
        assert batch.job is not None
        batch.reader.batches.remove(batch)
        error = CancelledError() if batch.job.cancelled() else batch.job.exception()
        for unit in reversed(batch.units):  # each goes before the others
            if isinstance(error, CancelledError | StartError) or unit.failed_at is batch.reader:
                self._requeue(unit)
            elif error is None:
                self._fail(unit.handle, [number for number in unit.pages if number in unit.missing], say("no_answer"))
            elif isinstance(error, Died | Failed) and len(batch.units) > 1:
                unit.alone = True  # who of them is to blame is not known
                self._requeue(unit)
            elif isinstance(error, Died):
                how = "was silent for too long" if isinstance(error, TimedOut) else batch.how
                self._fail(unit.handle, sorted(unit.handle.missing), say("worker_died", how=how, times=batch.deaths))
            elif isinstance(error, Failed):
                _LOG.error("a reader made a mistake: %s\n%s", error.kind, error.trace)
                self._fail(unit.handle, unit.missing, say("no_answer"))
            else:
                self._on_error(batch.reader, unit, error if isinstance(error, SokdokError) else SokdokError(str(error)))
        if isinstance(error, StartError):
            self._back_off(batch.reader, str(error))
        elif error is not None and not self._stopped:
            batch.reader.children.start()  # in the place of one that has died, or was ended
        self._dispatch()

    def _on_error(self, reader: ServedReader, unit: Unit, error: SokdokError) -> None:
        """A reader says that it does not work: another one reads it, it waits, or its job fails."""
        if isinstance(error, EndpointError) and reader.asks_endpoint:
            self._back_off(reader, str(error))
            if unit.handle.patient or self._has_another(reader):
                unit.failed_at = reader
                self._requeue(unit)
                return
        self._finish(unit.handle, "failed", error)

    def _has_another(self, reader: ServedReader) -> bool:
        """Whether another one may read what this one can't."""
        return any(other is not reader and other.healthy for other in self.readers)

    def _back_off(self, reader: ServedReader, why: str) -> None:
        """Leave out a reader that does not work."""
        if reader.backoff_s:
            return
        seconds = reader.back_off(why)
        # A little later than that: clocks are not so exact that the rest would be over.
        self._loop.call_later(seconds + 0.02, self._dispatch)
        _LOG.warning("%s is left out for %.0f s: %s", reader.setup.question.reader, seconds, why)
        if self.last_error:
            for handle in self._handles.values():  # whoever waits may want to know
                handle.wake()

    def _fail(self, handle: JobHandle, numbers: Sequence[int], reason: str) -> None:
        for number in numbers:
            self._keep_page(handle, number, failed_row(handle.job.kind, number, reason), True)

    def _keep_page(self, handle: JobHandle, number: int, row: bytes, failed: bool, of_endpoint: str = "") -> None:
        """Keep a page once; with the last one the job is done, or has failed if the endpoint did at all of them."""
        if handle.has_ended or number not in handle.missing:
            return
        try:
            handle.keep(number, row, failed)
        except (OSError, sqlite3.Error):  # as a full disk: no page may count as read that is not kept
            self._finish(handle, "failed", SokdokError(say("not_kept")))
            return
        self.counts["failed" if failed else "read"] += 1
        handle.missing.discard(number)
        if handle.missing:
            handle.wake()
        elif handle.endpoint_failed == len(handle.job.pages):
            self._finish(handle, "failed", EndpointError(of_endpoint))
        else:
            self._finish(handle, "done", None)

    def _time_out(self, handle: JobHandle) -> None:
        """A job's time is over; a child that is busy with it may never be done."""
        seconds, why = f"{self.settings.bounds.job_seconds:g}", self.last_error
        reason = say("late_because", seconds=seconds, why=why) if why else say("late", seconds=seconds)
        self._finish(handle, "failed", Late(reason))
        for batch in self._batches(handle):
            batch.leave(kill=not batch.reader.asks_endpoint)

    def _finish(self, handle: JobHandle, state: State, error: SokdokError | None) -> None:
        if handle.has_ended:
            return
        self._handles.pop(handle.id, None)
        self._timers.pop(handle.id).cancel()
        self._queue.drop(handle.owner, handle.id)
        handle.end(state, error)
        for batch in self._batches(handle):
            batch.leave()

    def _batches(self, handle: JobHandle) -> list[Batch]:
        batches = (batch for reader in self.readers for batch in reader.batches)
        return [batch for batch in batches if any(unit.handle is handle for unit in batch.units)]
