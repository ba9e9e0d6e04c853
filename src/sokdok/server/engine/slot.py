"""A slot of the pool: its reader, the worker process in it at the moment, what that was given, how it fares."""

from __future__ import annotations

import time
from dataclasses import dataclass, field

from sokdok.errors import SokdokError
from sokdok.reading.load import ENDPOINTS
from sokdok.server.engine.job_handle import JobHandle
from sokdok.server.engine.messages import Read, Setup
from sokdok.server.engine.worker import Worker

_AHEAD = 2  # times what it works on that a worker is given: it need not wait for what is next
_MOST_PAUSE_S = 30.0
_MOST_BAD = 3  # pages one after the other at which an endpoint fails until it is left out for a while


@dataclass(eq=False)
class Unit:
    """Some pages of a job: what one worker is given at a time."""

    handle: JobHandle
    pages: tuple[int, ...]
    id: int = 0  # of this try
    alone: bool = False
    """a worker died that was given it: the next one gets nothing else beside it, and reads page by page"""
    deaths: int = 0  # of workers that had nothing else, and told of no page of it before they died
    told: bool = False  # whether a page was told of in this try
    failed_at: Slot | None = None  # whose endpoint failed at it: another one may not

    @property
    def missing(self) -> tuple[int, ...]:
        """Pages that are still to be read."""
        return tuple(number for number in self.pages if number in self.handle.missing)

    def blame(self, surely: bool) -> None:
        """The worker that was busy with it died; `surely`: with nothing else."""
        if self.told:  # so it is not where the one before had died
            self.deaths = 0
        self.deaths += surely
        self.alone = True

    def request(self) -> Read:
        """What the worker is sent."""
        return Read(self.id, self.handle.job, self.missing, self.alone)


@dataclass(eq=False)
class Slot:
    """One worker at a time, and what it was given."""

    setup: Setup
    worker: Worker | None = None
    concurrency: int = 1  # units that it works on at the same time
    batch_size: int = 1  # pages that it reads in one call at a gain
    units: dict[int, Unit] = field(default_factory=dict)
    pages: int = 0  # read by this worker
    failures: int = 0  # in a row: of starts, or of its endpoint
    backoff_until: float = 0.0  # by the monotonic clock: it failed, and is left out until then
    why: SokdokError | None = None  # its reader can't be opened
    last_error: str = ""  # why it is left out, or was last
    _bad: int = 0
    _last: float = 0.0

    @property
    def asks_endpoint(self) -> bool:
        """Whether its reader is an endpoint."""
        return self.setup.question.reader.startswith(ENDPOINTS)

    @property
    def load(self) -> int:
        """Pages that it was given and has not read."""
        return sum(len(unit.missing) for unit in self.units.values())

    @property
    def backoff_s(self) -> float:
        """Seconds for which it is left out."""
        return max(self.backoff_until - time.monotonic(), 0.0)

    @property
    def healthy(self) -> bool:
        """Whether it can read."""
        return self.worker is not None and self.worker.ready and not self.backoff_s

    def has_room(self, most_pages: int) -> bool:
        """Whether it may get something more; not if it has read so many pages, and will be replaced."""
        if not self.healthy or self.pages >= most_pages or any(unit.alone for unit in self.units.values()):
            return False
        if self.failures:  # it is tried again: one thing will show
            return not self.units
        return self.load < _AHEAD * max(self.concurrency, self.batch_size)

    @property
    def begun(self) -> list[Unit]:
        """What it is busy with; the rest only waits."""
        units = list(self.units.values())
        return units if self.concurrency > 1 else units[: self.batch_size]

    def hangs_at(self, handle: JobHandle) -> bool:
        """Whether a job may keep it from all others for ever."""
        return self.concurrency == 1 and any(unit.handle is handle for unit in self.begun)

    def give(self, unit: Unit, id: int) -> None:
        """Give it something more."""
        assert self.worker is not None
        if not self.units:
            self._last = time.monotonic()
        unit.id, unit.told = id, False
        self.units[id] = unit
        self.worker.heard = time.monotonic()
        self.worker.send(unit.request())

    def page(self, good: bool) -> float:
        """It told of a page, one at which its endpoint did not fail or did; the seconds that this took."""
        self.pages += 1
        now = time.monotonic()
        seconds, self._last = now - self._last, now
        self._bad = 0 if good else self._bad + 1
        if good:
            self.failures = 0
        return seconds

    @property
    def is_bad(self) -> bool:
        """Whether its endpoint failed at several pages in a row."""
        return self._bad >= _MOST_BAD

    def back_off(self, why: str) -> float:
        """Leave it out for a while, each time for a longer one; for how many seconds."""
        self.last_error = why
        if not self.backoff_s:
            self.failures += 1
            self.backoff_until = time.monotonic() + min(0.5 * 2**self.failures, _MOST_PAUSE_S)
            self._bad = 0
        return self.backoff_s
