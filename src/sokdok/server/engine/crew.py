"""The pool of worker processes that read: which of them gets what is next, and what becomes of what it had in hand.

- Least loaded first. Each has a little more in hand than it works on, so that it never waits for the parent.
- A worker that dies, or says nothing for too long, is replaced, and so is one that has read many pages, whatever its
  libraries have kept of them. What it had in hand is tried again by a worker that has nothing else in hand: what dies
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
from sokdok.server.engine.hand import Hand, Hiring, Worker
from sokdok.server.engine.messages import Answer, Broken, Done, Leave, PageRead, Ready, Setup
from sokdok.server.engine.seat import Seat, Unit
from sokdok.server.engine.ticket import Ticket

_LOG = logging.getLogger("sokdok.server")
_START_S = 120.0
"""in which a worker must be ready"""
_LANES_SILENCE_S = 3_000.0
"""for which one that asks an endpoint may say nothing: a page may be asked for several times, each in its time"""
_TURN_S = 1.0
"""between looks at who has been silent too long"""
RECYCLED_PAGES = 20_000
_KINDS: dict[int, type[SokdokError]] = {kind.exit_code: kind for kind in (InputError, ModelError, EndpointError)}


class Employer(Protocol):
    """Who has work for a crew, and is told what becomes of it."""

    def next_unit(self) -> Unit | None:
        """What is to be read next."""

    def put_back(self, unit: Unit) -> None:
        """A unit is to be read after all, before others of its job."""

    def page(self, unit: Unit, page: PageRead, seconds: float) -> None:
        """A page is read; its worker took so long for it, or for its share of several."""

    def done(self, unit: Unit) -> None:
        """A unit is done."""

    def broken(self, unit: Unit, error: SokdokError) -> None:
        """No reader works."""

    def lost(self, unit: Unit, how: str) -> None:
        """A worker is gone that had a unit in hand."""

    def held_up(self) -> None:
        """Nothing is read, since all readers fail: `complaint` says why."""


class Crew:
    """Some worker processes, one for each of `setups`."""

    def __init__(
        self,
        setups: Sequence[Setup],
        employer: Employer,
        hiring: Hiring,
        *,
        silence_s: float = 300.0,
        recycled_pages: int = RECYCLED_PAGES,
    ) -> None:
        self.employer, self.hiring = employer, hiring
        self.silence_s, self.recycled_pages = silence_s, recycled_pages
        self.restarts = 0
        self.ready: asyncio.Future[Ready] = asyncio.get_running_loop().create_future()
        """of the first worker that is; an error if none can be"""
        self.seats = [Seat(setup) for setup in setups]
        self._numbers = count(1)
        self._held: Unit | None = None
        """what waits for a worker that has nothing in hand"""
        self._timers: set[asyncio.TimerHandle] = set()
        self._watch: asyncio.Task[None] | None = None
        self._stopped = False

    @property
    def pids(self) -> list[int]:
        """Of the workers on this machine."""
        return [seat.hand.pid for seat in self.seats if isinstance(seat.hand, Hand)]

    @property
    def at_work(self) -> int:
        """Workers that can read."""
        return sum(seat.well for seat in self.seats)

    @property
    def well(self) -> bool:
        """Whether any worker can."""
        return self.at_work > 0

    @property
    def rests(self) -> float:
        """Seconds for which no reader is tried, since all have failed; 0 if any may be well."""
        return min(seat.rests for seat in self.seats)

    @property
    def complaint(self) -> str:
        """Why nothing is read: what was last said of one of the readers, if all fail; empty otherwise."""
        failing = [seat for seat in self.seats if seat.failures]
        return failing[-1].complaint if len(failing) == len(self.seats) else ""

    @property
    def busy(self) -> list[Unit]:
        """What is in hand."""
        return [unit for seat in self.seats for unit in seat.units.values()]

    def start(self) -> None:
        """Start all of them."""
        for seat in self.seats:
            self._start(seat)
        self._watch = asyncio.create_task(self._end_silent())

    def feed(self) -> None:
        """Give out what is next, as far as there is room for it."""
        while not self._stopped:
            free = [seat for seat in self.seats if seat.has_room(self.recycled_pages)]
            unit = self._next() if free else None
            if unit is None:
                return
            seat = min(free, key=lambda seat: (seat is unit.failed_at, seat.load))
            if unit.alone and seat.units:
                self._held = unit
                return
            seat.give(unit, next(self._numbers))

    def leave(self, ticket: Ticket) -> None:
        """Tell workers that nobody waits for a job."""
        for seat in self.seats:
            for unit in seat.units.values():
                if unit.ticket is ticket and seat.hand is not None:
                    seat.hand.send(Leave(unit.id))

    def end(self, ticket: Ticket) -> None:
        """End the workers that are busy with a job: its time is over, and they may never be done."""
        self.leave(ticket)
        for seat in self.seats:
            if seat.hand is not None and seat.hangs_at(ticket):
                self._bury(seat, seat.hand.close(), blamed=False)

    async def stop(self, seconds: float) -> None:
        """Let workers tell of the pages in hand for some time, then end them."""
        self._stopped = True
        end = time.monotonic() + seconds
        while self.busy and time.monotonic() < end:
            await asyncio.sleep(0.02)
        for timer in self._timers:
            timer.cancel()
        if self._watch is not None:
            self._watch.cancel()
        for seat in self.seats:
            if seat.hand is not None:
                seat.hand.close()
            seat.hand = None
            seat.units.clear()
        await self.hiring.stop()

    def _next(self) -> Unit | None:
        held, self._held = self._held, None
        return held if held is not None and held.missing and not held.ticket.has_ended else self.employer.next_unit()

    def _start(self, seat: Seat) -> None:
        if not self._stopped:
            seat.pages, seat.why = 0, None
            seat.hand = self.hiring.hire(seat.setup, partial(self._heard, seat), partial(self._died, seat))

    def _heard(self, seat: Seat, hand: Worker, answer: Answer) -> None:
        if isinstance(answer, Ready):
            hand.ready, seat.failures = True, 0
            seat.lanes, seat.together = answer.lanes, answer.together
            if not self.ready.done():
                self.ready.set_result(answer)
        elif isinstance(answer, PageRead):
            self._page(seat, answer)
        elif isinstance(answer, Broken) and not answer.id:
            seat.why = error_of(answer)
        elif isinstance(answer, Broken | Done) and (unit := seat.units.pop(answer.id, None)) is not None:
            if isinstance(answer, Broken):
                self._broken(seat, unit, error_of(answer))
            elif unit.failed_at is seat and unit.missing:
                self.employer.put_back(unit)
            else:
                self.employer.done(unit)
            if seat.pages >= self.recycled_pages and not seat.units:
                hand.close()
                self._start(seat)
        self.feed()

    def _page(self, seat: Seat, page: PageRead) -> None:
        unit = seat.units.get(page.id)
        if unit is None:
            return
        seconds, unit.told = seat.page(not page.of_endpoint), True
        if seat.is_bad and seat.asks_endpoint:
            self._rest(seat, "it failed at several pages in a row")
        if page.of_endpoint and (unit.failed_at is seat or (unit.failed_at is None and self._others(seat))):
            unit.failed_at = seat  # the page stays missing: once more, by another one
        else:
            self.employer.page(unit, page, seconds)

    def _broken(self, seat: Seat, unit: Unit, error: SokdokError) -> None:
        """A reader said that it does not work."""
        if isinstance(error, EndpointError) and seat.asks_endpoint:
            self._rest(seat, str(error))
            if unit.ticket.patient or self._others(seat):
                unit.failed_at = seat
                self.employer.put_back(unit)
                return
        self.employer.broken(unit, error)

    def _others(self, seat: Seat) -> bool:
        """Whether another one may read what this one can't."""
        return any(other is not seat and other.well for other in self.seats)

    def _rest(self, seat: Seat, why: str) -> None:
        """Leave out a seat whose endpoint failed."""
        if not seat.rests:
            self._later(seat.rest(why), self.feed)
            _LOG.warning("%s is left out for %.0f s: %s", seat.setup.question.reader, seat.rests, why)
            self._tell_held_up()

    def _tell_held_up(self) -> None:
        if self.complaint:
            self.employer.held_up()

    def _later(self, seconds: float, what: Callable[[], None]) -> None:
        def now() -> None:
            self._timers.discard(timer)
            what()

        # A little later than asked for: clocks are not so exact that the rest would be over.
        timer = asyncio.get_running_loop().call_later(seconds + 0.02, now)
        self._timers.add(timer)

    def _died(self, seat: Seat, hand: Worker, how: str) -> None:
        self._bury(seat, how)

    def _bury(self, seat: Seat, how: str, *, blamed: bool = True) -> None:
        """A worker is gone: another takes its place, and what it had in hand is tried again."""
        hand, lost, begun = seat.hand, list(seat.units.values()), seat.begun
        assert hand is not None
        seat.hand = None
        seat.units.clear()
        self.restarts += 1
        if hand.ready:
            self._start(seat)
        else:
            self._stillborn(seat, how)
        for unit in reversed(lost):  # each goes before the others
            if blamed and unit in begun:
                unit.blame(len(begun) == 1)
                self.employer.lost(unit, how)
            else:
                self.employer.put_back(unit)
        self.feed()

    def _stillborn(self, seat: Seat, how: str) -> None:
        error = seat.why or SokdokError(f"worker processes end as they start ({how})")
        self._later(seat.rest(str(error)), partial(self._start, seat))
        if self.ready.done():
            _LOG.warning("%s can't be opened: %s", seat.setup.question.reader, error)
            self._tell_held_up()
        elif all(other.failures for other in self.seats):
            self.ready.set_exception(error)

    async def _end_silent(self) -> None:
        while True:
            await asyncio.sleep(_TURN_S)
            now = time.monotonic()
            for seat in self.seats:
                hand = seat.hand
                if hand is None:
                    continue
                late = (_LANES_SILENCE_S if seat.lanes > 1 else self.silence_s) if hand.ready else _START_S
                if (seat.units or not hand.ready) and now - hand.heard > late:
                    hand.close()
                    self._bury(seat, f"said nothing for {late:g} s")


def error_of(answer: Broken) -> SokdokError:
    """What a worker raised, of the kind that it had there."""
    return _KINDS.get(answer.exit_code, SokdokError)(answer.message)
