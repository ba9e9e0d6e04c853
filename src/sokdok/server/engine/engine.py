"""The engine: jobs in, pages out. It belongs to one event loop, and does nothing that takes long itself."""

from __future__ import annotations

import asyncio
from uuid import uuid4

from msgspec.structs import replace

from sokdok.documents.question import Question
from sokdok.server.engine.job_handle import JobHandle, Keep
from sokdok.server.engine.messages import Job, Ready, Setup
from sokdok.server.engine.page_counter import PageCounter
from sokdok.server.engine.refused import Away, Busy, Stopping
from sokdok.server.engine.scheduler import UNIT_PAGES, Scheduler
from sokdok.server.engine.worker import MAIN, Launcher, ProcessLauncher
from sokdok.server.security.keys import Keys
from sokdok.server.settings import Settings


class Engine:
    """Says what is accepted, and starts and stops what reads it."""

    def __init__(
        self,
        settings: Settings,
        *,
        main: str = MAIN,
        launcher: Launcher | None = None,
        silence_s: float = 300.0,
    ) -> None:
        """`main` is the module that is run as a worker.

        What reads comes from `launcher`, by default as processes of this machine.
        """
        self.settings = settings
        self._queues = Keys(settings.keys).queues
        spool = settings.data / "spool"
        spool.mkdir(mode=0o700, parents=True, exist_ok=True)  # uploads are their owners' affair
        self.question = Question(reader=settings.reader, model=settings.model, dtype=settings.dtype)
        """what is asked where nobody says otherwise"""
        setup = Setup(
            str(spool),
            settings.limits,
            self.question,
            settings.device,
            settings.threads,
            UNIT_PAGES,
            settings.concurrency,
            alone=not settings.others,
        )
        setups = [
            replace(setup, question=replace(self.question, reader=reader))
            for reader in settings.readers
            for _ in range(settings.workers)
        ]
        self.spool = spool
        seconds = settings.bounds.job_seconds
        self.scheduler = Scheduler(setups, launcher or ProcessLauncher(main), seconds, silence_s)
        self.pool = self.scheduler.pool
        self.refused = 0
        """requests that were refused for want of room"""
        self.readerless = Setup(str(spool), settings.limits, self.question, threads=1, reads=False)
        """for workers that have no reader"""
        self._page_counter = PageCounter(self.readerless, main)
        self._stopping = False
        self.reader: Ready = Ready()

    async def start(self) -> None:
        """Start the workers. Raises SokdokError if the reader can't be opened."""
        self._page_counter.start()
        self.pool.start()
        self.reader = await asyncio.shield(self.pool.ready)

    def refuse(self) -> None:
        """Take nothing more."""
        self._stopping = True

    async def stop(self) -> None:
        """Take nothing more, let pages in flight be read for a while, and end; what is not done then is told so."""
        self.refuse()
        self._page_counter.stop()
        await self.scheduler.stop(self.settings.stop_seconds)

    @property
    def ready(self) -> bool:
        """Whether jobs are taken and read."""
        return not self._stopping and self.pool.healthy

    async def page_numbers(self, upload: str, shown_as: str, pages: str | None = None) -> tuple[int, ...]:
        """The numbers of the pages that a range names, of a file in the spool. Raises Unreadable, Busy, Stopping."""
        if self._stopping:
            raise Stopping
        if len(self._page_counter) >= self.settings.bounds.uploads:
            self.refused += 1
            raise Busy("too many files are being looked at: try again in a moment", 1.0)
        return await self._page_counter.page_numbers(upload, shown_as, pages)

    def queue_of(self, owner: str) -> int:
        """How many pages of one owner may wait."""
        return self._queues.get(owner, self.settings.bounds.key_pages)

    def require_room(self, pages: int, owner: str) -> None:
        """Raise Busy if so many pages more are too many now, Stopping or Away if none are taken."""
        if self._stopping:
            raise Stopping
        if seconds := self.pool.backoff_s:
            self.refused += 1
            raise Away(seconds)
        total = self.settings.bounds.queue_pages
        for queued, most, whose in (
            (self.scheduler.queued, total, "the queue"),
            (self.scheduler.queued_of(owner), self.queue_of(owner), "the queue of this key"),
        ):
            # A job that is larger than the queue itself waits until it is alone.
            if queued and queued + pages > most:
                self.refused += 1
                ahead = min(queued, queued + pages - most)
                raise Busy(f"{whose} holds {queued:,} of {most:,} pages", self.scheduler.speed.wait(ahead))

    def submit(
        self,
        job: Job,
        owner: str,
        keep: Keep,
        *,
        id: str = "",
        missing: tuple[int, ...] | None = None,
        patient: bool = False,
    ) -> JobHandle:
        """Accept a job: `keep` gets its pages. Raises Busy, Stopping, Away.

        A `patient` one waits, up to its deadline, where no endpoint can be reached after it was accepted.

        With `missing` it is one that was accepted before, of which these pages are still to be read: it is taken
        whatever the queue holds.
        """
        if missing is None:
            self.require_room(len(job.pages), owner)
        handle = JobHandle(id or uuid4().hex, owner, job, keep, patient)
        if missing is not None:
            handle.missing = set(missing)
        self.scheduler.add(handle)
        return handle
