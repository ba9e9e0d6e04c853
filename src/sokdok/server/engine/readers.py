"""One reader as the event loop sees it: a pool of children that have it open, what they were given, and how it fares.

One whose endpoint fails, or that can't be opened, is left out for a while, each time for a longer one, and then tried
with one thing.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any

from sokdok.errors import SokdokError
from sokdok.jobs import MOST_DEATHS, Died, Job, Pool
from sokdok.reading import ENDPOINTS
from sokdok.server.engine.job import About, JobHandle, PageRead, ReaderSetup

RECYCLED_PAGES = 20_000  # a child that has read so many is replaced, whatever its libraries have kept of them
_MOST_PAUSE_S = 30.0
_MOST_BAD = 3  # pages one after the other at which an endpoint fails until it is left out for a while
_FIRST_S = 1.0  # taken for a page until one was read
_WEIGHT = 0.1  # of a page's time among those before it
_MOST_WAIT_S = 3_600.0


@dataclass(eq=False)
class Unit:
    """Some pages of a job: what is read by one child at a time."""

    handle: JobHandle
    pages: tuple[int, ...]
    alone: bool = False  # a child died that had it: now it is read by itself, page by page
    failed_at: ServedReader | None = None  # whose endpoint failed at it: another one may not

    def goes_with(self, other: Unit) -> bool:
        """Whether one call of a reader can read both."""
        return not (self.alone or other.alone) and self.handle.job.goes_with(other.handle.job)

    @property
    def missing(self) -> tuple[int, ...]:
        """Pages that are still to be read."""
        return tuple(number for number in self.pages if number in self.handle.missing)


@dataclass(eq=False)
class Batch:
    """What a child was given: a unit, or pictures of several jobs that are read in one call."""

    reader: ServedReader
    units: Sequence[Unit]
    last_page: float = field(default_factory=time.monotonic)  # when it was begun, or the last page came
    deaths: int = 0  # of children, one after the other, that streamed no page of it before they died
    how: str = ""  # the last one died
    job: Job | None = None
    _read: set[int] = field(default_factory=set)  # pages of the one unit that it streamed, written in the pool's thread
    _progress: bool = False

    @property
    def arguments(self) -> tuple[Any, ...]:
        """What `PageReader.read` is called with."""
        pages = [number for number in self.units[0].missing if number not in self._read]
        return [unit.handle.job for unit in self.units], pages, self.units[0].alone

    def streamed(self, page: PageRead) -> None:
        """A page has come; in a thread of the pool's."""
        self._read.add(page.number)
        self._progress = True

    def retry(self, job: Job, death: Died) -> tuple[Any, ...] | None:
        """A child died at it alone: with what it is tried again; None if it is to blame, or one of several may be."""
        self.deaths, self.how = (1 if self._progress else self.deaths + 1), str(death)
        self._progress, self.units[0].alone = False, True
        return self.arguments if len(self.units) == 1 and self.deaths < MOST_DEATHS else None

    def leave(self, *, kill: bool = False) -> None:
        """End it if nobody waits for any of it; `kill`: with its child, which may never be done."""
        if self.job is not None and kill:
            self.job.kill()
        elif self.job is not None and all(unit.handle.has_ended for unit in self.units):
            self.job.cancel()


class ServedReader:
    """A reader, and whether it works."""

    def __init__(self, setup: ReaderSetup, children: Pool) -> None:
        self.setup, self.children = setup, children
        self.about = About()
        self.error: SokdokError | None = None  # why it could not be opened at first
        self.batches: list[Batch] = []  # under way
        self.failures = 0  # in a row: of starts, or of its endpoint
        self.last_error = ""  # why it is left out, or was last
        self._until = 0.0  # by the monotonic clock: left out
        self._bad = 0

    @property
    def asks_endpoint(self) -> bool:
        """Whether it is an endpoint."""
        return self.setup.question.reader.startswith(ENDPOINTS)

    @property
    def backoff_s(self) -> float:
        """Seconds for which it is left out."""
        return max(self._until - time.monotonic(), 0.0)

    @property
    def healthy(self) -> bool:
        """Whether it can read."""
        return bool(self.about.reader) and not self.backoff_s

    @property
    def load(self) -> int:
        """Pages that it was given and has not read."""
        return sum(len(unit.missing) for batch in self.batches for unit in batch.units)

    @property
    def has_room(self) -> bool:
        """Whether it may get something more; where it failed one thing will show."""
        if self.backoff_s or (self.failures and self.batches):
            return False
        return self.children.room > 0

    def begin(self, units: Sequence[Unit], on_page: Callable[[Batch, PageRead], None]) -> Batch:
        """Have units read; `on_page` is called in a thread of the pool's."""
        batch = Batch(self, units)

        def on_read(page: PageRead) -> None:
            batch.streamed(page)
            on_page(batch, page)

        self.batches.append(batch)
        batch.job = self.children.submit("read", *batch.arguments, item=PageRead, on_item=on_read, retry=batch.retry)
        return batch

    def page(self, good: bool) -> bool:
        """A page came, at which its endpoint did not fail or did; whether it failed at too many in a row."""
        self._bad = 0 if good else self._bad + 1
        self.failures = 0 if good else self.failures
        return self._bad >= _MOST_BAD and self.asks_endpoint

    def back_off(self, why: str) -> float:
        """Leave it out for a while, each time for a longer one; for how many seconds."""
        self.last_error = why
        if not self.backoff_s:
            self.failures += 1
            self._until = time.monotonic() + min(0.5 * 2**self.failures, _MOST_PAUSE_S)
            self._bad = 0
        return self.backoff_s


class PageSpeed:
    """Seconds of a child for a page: a mean in which earlier pages fade."""

    def __init__(self, children: int) -> None:
        self.children = children
        self.page_seconds = _FIRST_S
        self._pages = 0

    def read(self, seconds: float) -> None:
        """A page took one child so long."""
        self._pages += 1
        self.page_seconds += max(_WEIGHT, 1 / self._pages) * (seconds - self.page_seconds)

    def wait(self, pages: int) -> float:
        """Seconds until so many pages of the queue are read: at least one, at most an hour."""
        return min(max(pages * self.page_seconds / self.children, 1.0), _MOST_WAIT_S)
