"""Several children that do jobs: queued, watched over, tried again after a death, replaced after much work.

- A child gets its next jobs while it does one (`ahead`), so that it never waits for its parent.
- A job at which a child dies, or is silent for too long, is tried once more by a child that has nothing else; a second
  death is its end (`MOST_DEATHS`). `retry` may say otherwise, and with which arguments it is tried. What waited behind
  it goes back to the others and does not count as tried.
- Where there are several GPUs, each child sees the one that fewest others see.
- Of an order of importance a pool knows nothing: give it no more than it has `room` for.
"""

from __future__ import annotations

import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import CancelledError
from functools import partial
from importlib import import_module
from itertools import islice
from typing import Any

from sokdok.errors import SokdokError
from sokdok.jobs.process import Child, Died, Job, Limits

MOST_DEATHS = 2  # of children at one job, or one unit of it, in this run and those before: there is no third time
MOST_STILLBORN = 3  # children, one after the other, that end before they are ready
AHEAD = 2  # tasks that wait for each child, in order
_TURN_S = 0.5  # between looks at who takes too long


class StartError(SokdokError):
    """Children end as they start."""


class Pool:
    """Up to `workers` children of one kind, started as they are needed; see `Child` for the rest.

    `recycle`: items, or jobs that stream none, that a child does before it is replaced; of an item that is a list, each
    counts.
    """

    def __init__(
        self,
        opens: str,
        setup: Sequence[Any] = (),
        *,
        workers: int = 1,
        limits: Limits | None = None,
        threads: int = 1,
        gpus: Sequence[str] = (),
        concurrency: int = 1,
        seconds: float | None = None,
        ahead: int = 1,
        recycle: int = 0,
        known: Sequence[type[SokdokError]] = (),
    ) -> None:
        self.opens, self.workers, self.gpus, self.concurrency, self.recycle = opens, workers, gpus, concurrency, recycle
        self.deaths = 0  # of children
        self._most = concurrency * (1 + ahead)  # jobs that a child has at a time
        self._child = partial(
            Child,
            limits,
            opens=opens,
            setup=setup,
            threads=threads,
            concurrency=concurrency,
            seconds=seconds,
            known=known,
            on_done=self._on_done,
            on_end=self._on_end,
        )
        self._children: list[Child] = []
        self._retiring: list[Child] = []
        self._waiting: deque[Job] = deque()
        self._stillborn = 0
        self._closed = False
        self._lock = threading.RLock()
        self._ending = threading.Event()
        threading.Thread(target=self._watch, daemon=True).start()

    def __enter__(self) -> Pool:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self.close(tidily=kind is None)

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        with self._lock:
            return [child.pid for child in self._children]

    @property
    def ready(self) -> int:
        """Children that have started."""
        with self._lock:
            return sum(child.ready for child in self._children)

    @property
    def room(self) -> int:
        """Jobs that would be given to a child at once, or to one that is started for it."""
        with self._lock:
            unborn = (self.workers - len(self._children)) * self._most
            waiting = sum(not job.done() for job in self._waiting)  # others were cancelled as they waited
            return max(unborn + sum(map(self._room, self._children)) - waiting, 0)

    def start(self) -> None:
        """Start all children before there is anything to do."""
        with self._lock:
            while len(self._children) < self.workers:
                self._start()

    def submit(
        self,
        name: str,
        *arguments: Any,
        kind: Any = None,
        item: Any = Any,
        on_item: Callable[[Any], object] | None = None,
        seconds: float | None = None,
        retry: Callable[[Job, Died], Sequence[Any] | None] | None = None,
    ) -> Job:
        """Queue a job: a method of what the children open, or any `module:function`.

        It answers `kind` and streams `item`s, each of which `on_item` is called with, in a thread of the pool's.
        `seconds` is the longest silence; `retry` says after a death what it is tried with next, or None for no more.
        """
        job = Job(name if ":" in name else f"{self.opens}.{name}", arguments, kind, item, on_item, seconds, retry)
        job.owner = self
        with self._lock:
            if self._closed:
                job.cancel()
                return job
            self._waiting.append(job)
            self._dispatch()
        return job

    def leave(self, job: Job, kill: bool) -> None:
        """Nobody waits for a job any more (`Job.cancel`, `Job.kill`)."""
        with self._lock:
            child = next((child for child in (*self._children, *self._retiring) if job in child.jobs), None)
            if waits := job in self._waiting:  # for its next try
                self._waiting.remove(job)
        if child is not None:
            child.leave(job, kill)
        elif waits:
            _fail(job, CancelledError())

    def close(self, *, tidily: bool = True) -> None:
        """End all children, those without a job `tidily`; jobs that are not done are cancelled."""
        with self._lock:
            self._closed = True
            children, waiting = [*self._children, *self._retiring], list(self._waiting)
            self._waiting.clear()
            for child in self._children:  # all at the same time
                if tidily and not child.jobs:
                    child.retire()
        self._ending.set()
        for job in waiting:
            _fail(job, CancelledError())
        for child in children:
            child.close()

    def _room(self, child: Child) -> int:
        """Jobs that a child may get; none if it is about to be replaced, or has one that may end it."""
        if any(job.alone for job in child.jobs) or 0 < self.recycle <= child.work or not child.running:
            return 0
        return max(self._most - len(child.jobs), 0)

    def _dispatch(self) -> None:
        """Give out what waits, as far as there is room: to each child one job, then more."""
        while self._waiting and not self._closed:
            job = self._waiting[0]
            free = (child for child in self._children if self._room(child))
            child = min(free, key=lambda child: len(child.jobs), default=None)
            if (child is None or child.jobs) and len(self._children) < self.workers:
                child = self._start()
            if child is None or (job.alone and child.jobs):
                return
            self._waiting.popleft()
            if job.begin() and not child.give(job):  # it has just ended: this comes once more when that is read
                self._waiting.appendleft(job)
                return

    def _start(self) -> Child:
        seen = [child.gpu for child in self._children]
        child = self._child(gpu=min(self.gpus, key=seen.count, default=None))
        self._children.append(child)
        return child

    def _on_done(self, child: Child, job: Job) -> None:
        with self._lock:
            self._stillborn = 0
            if 0 < self.recycle <= child.work and not child.jobs and child in self._children:
                self._children.remove(child)
                self._retiring.append(child)
                child.retire()
            self._dispatch()

    def _on_end(self, child: Child, lost: list[Job]) -> None:
        """A child is gone: its jobs are tried again, or lost."""
        failed: list[tuple[Job, BaseException]] = []
        with self._lock:
            begun = lost[: self.concurrency] if child.ready else []
            if child in self._retiring:
                self._retiring.remove(child)
            else:
                self._children.remove(child)
                self.deaths += not (self._closed or any(job.left for job in begun))
            again: list[Job] = []
            for job in lost:
                error = self._after_death(job, child, len(begun) == 1) if job in begun else None
                if error is None and self._closed:
                    error = CancelledError()
                if error is None:
                    again.append(job)
                else:
                    failed.append((job, error))
            self._waiting.extendleft(reversed(again))
            if not child.ready and (why := self._not_started(child)) is not None:
                failed += [(job, why) for job in self._waiting]
                self._waiting.clear()
            self._dispatch()
        for job, error in failed:
            _fail(job, error)

    def _after_death(self, job: Job, child: Child, guilty: bool) -> BaseException | None:
        """A child died at a job, which is `guilty` if the child had no other; the error if it is not tried again."""
        if job.left or self._closed:
            return CancelledError()
        if not guilty:
            job.alone = True
            return None
        job.alone, job.deaths = True, job.deaths + 1
        reason, kind = child.reason()
        died = kind(reason, child.answered)
        if job.retry is not None:
            arguments = job.retry(job, died)
        else:
            arguments = job.arguments if job.deaths < MOST_DEATHS else None
        if arguments is None:
            return died
        job.arguments = arguments
        return None

    def _not_started(self, child: Child) -> SokdokError | None:
        """Count a child that ended before it was ready; an error to give up with if it named one or too many did."""
        self._stillborn += 1
        if child.error is not None:
            return child.error
        if self._stillborn < MOST_STILLBORN:
            return None
        return StartError(f"worker processes end as they start ({child.how}); SOKDOK_DEBUG=1 shows what they say")

    def _watch(self) -> None:
        """What a thread does: end children that take too long."""
        while not self._ending.wait(_TURN_S):
            with self._lock:
                late = [child for child in self._children if (child.jobs or not child.ready) and child.left_s() == 0]
            for child in late:
                child.end_late()


def _fail(job: Job, error: BaseException) -> None:
    if job.begin():  # it is not cancelled
        job.set_exception(error)


def in_order(
    opens: str, setup: Sequence[Any], method: str, tasks: Iterable[Sequence[Any]], *, workers: int, kind: Any
) -> Iterator[Any]:
    """What a method answers for each of the arguments, in their order: here, or in several children, a few ahead.

    Raises what the method raises, and SokdokError if children die at a task.
    """
    if workers < 2:
        module, _, name = opens.partition(":")
        here = getattr(import_module(module), name)(*setup)
        yield from (getattr(here, method)(*task) for task in tasks)
        return
    left = iter(tasks)
    with Pool(opens, setup, workers=workers) as pool:
        waiting = deque(pool.submit(method, *task, kind=kind) for task in islice(left, AHEAD * workers))
        try:
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(method, *task, kind=kind) for task in islice(left, 1))
        except Died as died:
            raise SokdokError(
                f"a worker process {died}, as for want of memory; what is done is kept: run the same command again, "
                "with fewer workers"
            ) from None
