"""The engine: jobs in, pages out. It belongs to one event loop, and does nothing that takes long itself."""

from __future__ import annotations

import asyncio
import sqlite3
from collections import Counter
from uuid import uuid4

from msgspec.structs import replace

from sokdok.bulk.question import Question
from sokdok.errors import EndpointError, SokdokError
from sokdok.reasons import say
from sokdok.server.engine.crew import Crew
from sokdok.server.engine.hand import MAIN, Hands, Hiring
from sokdok.server.engine.looker import Looker
from sokdok.server.engine.messages import Job, PageRead, Ready, Setup
from sokdok.server.engine.refused import Away, Busy, Ended, Late, Stopping
from sokdok.server.engine.rows import failed_row
from sokdok.server.engine.seat import Unit
from sokdok.server.engine.share import FairQueue
from sokdok.server.engine.speed import Speed
from sokdok.server.engine.ticket import Keep, State, Ticket
from sokdok.server.record import note_job
from sokdok.server.security.shares import Shares
from sokdok.server.settings import Settings

UNIT_PAGES = 8
"""of a job that a worker has in hand at a time: one batch, so that turns are short"""
MOST_DEATHS = 2
"""of workers, one after the other, at the same page of a job; with the last its missing pages have failed"""


class Engine:
    """Workers, and the queue before them."""

    def __init__(
        self,
        settings: Settings,
        *,
        shares: Shares | None = None,
        main: str = MAIN,
        hiring: Hiring | None = None,
        silence_s: float = 300.0,
    ) -> None:
        """`shares` are what keys may take; `main` is the module that is run as a worker.

        What reads comes from `hiring`, by default as processes of this machine.
        """
        self.settings = settings
        self.shares = shares or Shares(settings.share)
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
        self.crew = Crew(setups, self, hiring or Hands(main), silence_s=silence_s)
        self.speed = Speed(len(setups))
        self.counts: Counter[str] = Counter()
        """pages by what became of them, and refusals"""
        self.looks = Setup(str(spool), settings.limits, self.question, threads=1, reads=False)
        """for workers that have no reader"""
        self._looker = Looker(self.looks, main)
        self._queue: FairQueue[Unit] = FairQueue()
        self._tickets: dict[str, Ticket] = {}
        """that have not ended"""
        self._timers: dict[str, asyncio.TimerHandle] = {}
        self._stopping = False
        self.reader: Ready = Ready()

    async def start(self) -> None:
        """Start the workers. Raises SokdokError if the reader can't be opened."""
        self._looker.start()
        self.crew.start()
        self.reader = await asyncio.shield(self.crew.ready)

    def refuse(self) -> None:
        """Take nothing more."""
        self._stopping = True

    async def stop(self) -> None:
        """Take nothing more, let pages in hand be read for a while, and end; what is not done then is told so."""
        self.refuse()
        self._looker.stop()
        await self.crew.stop(self.settings.stop_seconds)
        for ticket in list(self._tickets.values()):
            self._end(ticket, "failed", Stopping())

    @property
    def ready(self) -> bool:
        """Whether jobs are taken and read."""
        return not self._stopping and self.crew.well

    @property
    def queued(self) -> int:
        """Pages that are accepted and not yet read."""
        return sum(len(ticket.missing) for ticket in self._tickets.values())

    def queued_of(self, owner: str) -> int:
        """The same of one owner."""
        return sum(len(ticket.missing) for ticket in self._tickets.values() if ticket.owner == owner)

    def before(self, ticket: Ticket) -> int:
        """Pages of jobs that were accepted before this one and are not yet read."""
        earlier = (other for other in self._tickets.values() if other.accepted < ticket.accepted)
        return 0 if ticket.has_ended else sum(len(other.missing) for other in earlier)

    async def look(self, upload: str, shown_as: str, pages: str | None = None) -> tuple[int, ...]:
        """The numbers of the pages that a range names, of a file in the spool. Raises Unreadable, Busy, Stopping."""
        if self._stopping:
            raise Stopping
        if len(self._looker) >= self.settings.bounds.uploads:
            self.counts["refused"] += 1
            raise Busy("too many files are being looked at: try again in a moment", 1.0)
        return await self._looker.look(upload, shown_as, pages)

    def require_room(self, pages: int, owner: str) -> None:
        """Raise Busy if so many pages more are too many now, Stopping or Away if none are taken."""
        if self._stopping:
            raise Stopping
        if seconds := self.crew.rests:
            self.counts["refused"] += 1
            raise Away(seconds)
        total = self.settings.bounds.queue_pages
        own = self.shares.of(owner).queue
        for queued, most, whose in (
            (self.queued, total, "the queue"),
            (self.queued_of(owner), total if own is None else own, "the queue of this key"),
        ):
            # A job that is larger than the queue itself waits until it is alone.
            if queued and queued + pages > most:
                self.counts["refused"] += 1
                ahead = min(queued, queued + pages - most)
                raise Busy(f"{whose} holds {queued:,} of {most:,} pages", self.speed.wait(ahead))
        self.shares.require_pages(owner, pages)

    def submit(
        self,
        job: Job,
        owner: str,
        keep: Keep,
        *,
        id: str = "",
        missing: tuple[int, ...] | None = None,
        patient: bool = False,
    ) -> Ticket:
        """Accept a job: `keep` gets its pages. Raises Busy, Stopping, Away.

        A `patient` one waits, up to its deadline, where no endpoint can be reached after it was accepted.

        With `missing` it is one that was accepted before, of which these pages are still to be read: it is taken
        whatever the queue holds.
        """
        if missing is None:
            self.require_room(len(job.pages), owner)
            self.shares.took_pages(owner, len(job.pages))
            note_job(job.shown_as, len(job.pages))
        ticket = Ticket(id or uuid4().hex, owner, job, keep, patient)
        if missing is not None:
            ticket.missing = set(missing)
        if not ticket.missing:
            ticket.ends("done", None)
            return ticket
        self._tickets[ticket.id] = ticket
        seconds = self.settings.bounds.job_seconds
        self._timers[ticket.id] = asyncio.get_running_loop().call_later(seconds, self._late, ticket)
        numbers = [number for number in job.pages if number in ticket.missing]
        for first in range(0, len(numbers), UNIT_PAGES):
            pages = tuple(numbers[first : first + UNIT_PAGES])
            self._queue.put(owner, ticket.id, Unit(ticket, pages), len(pages))
        # In the next turn: whoever submits has journaled the job by then.
        asyncio.get_running_loop().call_soon(self.crew.feed)
        return ticket

    def cancel(self, ticket: Ticket) -> None:
        """Nobody wants it any more: what waits is dropped, what is in hand is left."""
        if not ticket.has_ended:
            self.crew.leave(ticket)
            self._end(ticket, "cancelled", Ended("the job was cancelled"))

    def next_unit(self) -> Unit | None:
        """For the crew: what is to be read next."""
        unit = self._queue.take()
        if unit is not None and unit.ticket.state == "waiting":
            unit.ticket.changes("reading")
        return unit

    def put_back(self, unit: Unit) -> None:
        """For the crew: what is left of a unit is to be read before all others of its job."""
        ticket = unit.ticket
        if unit.missing and not ticket.has_ended:
            self._queue.put(ticket.owner, ticket.id, unit, len(unit.missing), first=True)

    def page(self, unit: Unit, page: PageRead, seconds: float) -> None:
        """For the crew: a page is kept, then told."""
        if page.number in unit.ticket.missing:
            self.speed.read(1, seconds)
            unit.ticket.endpoint_failed += bool(page.of_endpoint)
        self._keep(unit.ticket, page.number, page.row, page.failed, page.of_endpoint)

    def done(self, unit: Unit) -> None:
        """For the crew: a unit is done; a page that was never told of has failed."""
        self._fail_pages(unit, say("no_answer"))

    def broken(self, unit: Unit, error: SokdokError) -> None:
        """For the crew: no reader works, and so the job fails."""
        self.crew.leave(unit.ticket)
        self._end(unit.ticket, "failed", error)

    def lost(self, unit: Unit, how: str) -> None:
        """For the crew: a worker is gone that was busy with a unit, which is tried again, or has failed."""
        ticket = unit.ticket
        if ticket.has_ended:
            return
        if unit.deaths < MOST_DEATHS:
            self.put_back(unit)
            return
        self._queue.drop(ticket.owner, ticket.id)
        self.crew.leave(ticket)
        for number in sorted(ticket.missing):
            self._fail_page(ticket, number, say("worker_died", how=how, times=unit.deaths))

    def held_up(self) -> None:
        """For the crew: all readers fail. Whoever waits may want to know."""
        for ticket in self._tickets.values():
            ticket.changes()

    def why_held_up(self, ticket: Ticket) -> str:
        """Why a job that has not ended is not read, though it is its turn; empty where that has no reason."""
        return "" if ticket.has_ended else self.crew.complaint

    def _fail_pages(self, unit: Unit, reason: str) -> None:
        for number in unit.pages:
            if number in unit.ticket.missing:
                self._fail_page(unit.ticket, number, reason)

    def _fail_page(self, ticket: Ticket, number: int, reason: str) -> None:
        self._keep(ticket, number, failed_row(ticket.job.kind, number, reason), True)

    def _keep(self, ticket: Ticket, number: int, row: bytes, failed: bool, of_endpoint: str = "") -> None:
        """Keep a page once; with the last one the job is done, or has failed if the endpoint did at all of them."""
        if ticket.has_ended or number not in ticket.missing:
            return
        try:
            ticket.keep(number, row, failed)
        except (OSError, sqlite3.Error):  # as a full disk: no page may count as read that is not kept
            self.crew.leave(ticket)
            self._end(ticket, "failed", SokdokError("a page could not be kept: is the server's disk full?"))
            return
        self.counts["failed" if failed else "read"] += 1
        ticket.missing.discard(number)
        if ticket.missing:
            ticket.changes()
        elif ticket.endpoint_failed == len(ticket.job.pages):
            self._end(ticket, "failed", EndpointError(of_endpoint))
        else:
            self._end(ticket, "done", None)

    def _late(self, ticket: Ticket) -> None:
        """A job's time is over."""
        seconds = self.settings.bounds.job_seconds
        late = say("late", seconds=f"{seconds:g}")
        if self.crew.complaint:
            late = say("late_because", seconds=f"{seconds:g}", why=self.crew.complaint)
        self._end(ticket, "failed", Late(late))
        self.crew.end(ticket)

    def _end(self, ticket: Ticket, state: State, error: SokdokError | None) -> None:
        if ticket.has_ended:
            return
        self._tickets.pop(ticket.id, None)
        if (timer := self._timers.pop(ticket.id, None)) is not None:
            timer.cancel()
        self._queue.drop(ticket.owner, ticket.id)
        ticket.ends(state, error)
