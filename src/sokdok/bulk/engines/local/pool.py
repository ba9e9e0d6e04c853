"""Several worker processes: each gets its next job while it does one, so that it never waits for the parent.

- A worker that dies, or says nothing for too long, loses the job in hand: it is tried once more by a fresh worker, page
  by page; then without the page at which that one died too. With the third such page, or the last, it is given up. What
  waited behind it goes back to the others and does not count as tried.
- Where there are several GPUs, each worker sees the one that fewest others see.
- A worker that has read many pages is replaced, whatever its libraries have kept of them.
"""

from __future__ import annotations

import selectors
import time
from collections import deque
from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import cast

import msgspec

from sokdok.bulk.engines.engine import Lost, told
from sokdok.bulk.engines.local.process import Task, WorkerProcess
from sokdok.bulk.work.messages import Broken, Check, Done, Job, Look, Looked, Page, Pages, Read, Ready, Setup
from sokdok.errors import SokdokError
from sokdok.machine import visible_gpus

DEPTH = 2  # jobs given to a worker at a time
MOST_STILLBORN = 3  # workers, one after the other, that end before they are ready
RECYCLED_PAGES = 20_000  # read by one worker
SILENCE_S = 600.0  # in which a worker must look at a file, or read a page or a batch of them
_START_S = 120.0  # in which a worker must be ready: a second as a rule
MAIN = "sokdok.bulk.engines.local.main"
_TURN_S = 1.0  # between looks at who has been silent too long
Told = Looked | Done | Ready | Page | Lost  # what becomes of jobs


class LocalPool:
    """Worker processes on this machine (`engines.engine.Engine`)."""

    def __init__(
        self,
        setup: Setup,
        workers: int,
        *,
        silence_s: float = SILENCE_S,
        recycled_pages: int = RECYCLED_PAGES,
        main: str = MAIN,
    ) -> None:
        """`main` is the module that is run as a worker."""
        self.setup, self.workers, self.main = setup, workers, main
        self.silence_s, self.recycled_pages = silence_s, recycled_pages
        self.deaths = 0
        """of workers"""
        self._gpus = visible_gpus() if setup.options.device in ("auto", "cuda") else []
        self._running: list[WorkerProcess] = []
        self._stillborn = 0
        self._again: deque[Task] = deque()
        """given to workers that died before they came to it"""
        self._selector = selectors.DefaultSelector()

    def __enter__(self) -> LocalPool:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for worker in self._running:
            if not worker.waiting and kind is None:  # they tidy up beside each other: what was fetched is removed
                worker.dismiss()
        for worker in list(self._running):
            self._end(worker)
        self._selector.close()

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [worker.pid for worker in self._running]

    def check(self) -> str:
        """Open the reader in a worker; its name. Raises SokdokError."""
        for _, answer in self._run([Check()], 1):
            if isinstance(answer, Ready):
                return answer.reader
            if isinstance(answer, Lost):
                raise SokdokError(f"the reader can't be opened: {answer.reason}")
        raise AssertionError("a job without an answer")

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        """Look at files."""
        for job, answer in self._run(jobs, self.workers):
            looked = Looked(reason=f"it can't be opened: {answer.reason}") if isinstance(answer, Lost) else answer
            yield cast(Look, job), cast(Looked, looked)

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        """Read units into their results."""
        for job, answer in self._run(jobs, self.workers):
            yield cast(Read, job), cast(Page | Done | Lost, answer)

    def _run(self, jobs: Iterable[Job], workers: int) -> Iterator[tuple[Job, Told]]:
        """Do jobs on so many workers."""
        stream = (Task(job) for job in jobs)
        while True:
            self._hand_out(stream, workers)
            if not any(worker.waiting for worker in self._running):
                return
            for key, _ in self._selector.select(_TURN_S):
                yield from self._hear(cast(WorkerProcess, key.fileobj))
            yield from self._end_silent()

    def _hand_out(self, stream: Iterator[Task], workers: int) -> None:
        """Give every worker as many tasks as it may have waiting: one each, then a second."""
        for depth in range(1, DEPTH + 1):
            for at in range(workers):
                worker = self._running[at] if at < len(self._running) else None
                if worker is not None and (len(worker.waiting) >= depth or not self._may_take(worker)):
                    continue
                task = self._again.popleft() if self._again else next(stream, None)
                if task is None:
                    return
                (worker or self._start()).give(task)

    def _may_take(self, worker: WorkerProcess) -> bool:
        """Whether a worker is not about to be replaced, and has nothing in hand that may end it."""
        return worker.pages < self.recycled_pages and not any(task.deaths for task in worker.waiting)

    def _hear(self, worker: WorkerProcess) -> Iterator[tuple[Job, Told]]:
        """What a worker has answered, or what becomes of its tasks now that it is gone."""
        if worker not in self._running:  # ended in this turn
            return
        try:
            for answer in worker.answers():
                if isinstance(answer, Broken):
                    raise told(answer)
                if not worker.ready:
                    worker.ready, self._stillborn = True, 0
                    continue
                task = worker.waiting[0]
                numbers = (
                    answer.numbers if isinstance(answer, Pages) else answer.pages if isinstance(answer, Done) else ()
                )
                worker.pages += len(numbers)
                task.done.update(numbers)
                if not isinstance(answer, Pages):
                    worker.waiting.popleft()
                yield from ((task.job, Page(number)) for number in numbers)
                if not isinstance(answer, Pages):
                    yield task.job, msgspec.structs.replace(answer, pages=()) if numbers else answer
        except EOFError:
            yield from self._bury(worker, "the worker that had it in hand")
            return
        if worker.pages >= self.recycled_pages and not worker.waiting:
            worker.dismiss()
            self._end(worker)

    def _end_silent(self) -> Iterator[tuple[Job, Told]]:
        now = time.monotonic()
        for worker in list(self._running):
            if worker.waiting and now - worker.heard > (self.silence_s if worker.ready else _START_S):
                yield from self._bury(worker, f"nothing of it was read for {self.silence_s:g} s, and its worker")

    def _bury(self, worker: WorkerProcess, who: str) -> Iterator[tuple[Job, Told]]:
        """End a worker; its task in hand is tried again, or lost. SokdokError if workers can't be started."""
        how = self._end(worker)
        tasks = list(worker.waiting)
        self.deaths += 1
        if not worker.ready:
            self._stillborn += 1
            if self._stillborn >= MOST_STILLBORN:
                raise SokdokError(f"worker processes end as they start ({how}); SOKDOK_DEBUG=1 shows what they say")
        elif tasks:
            task = tasks.pop(0)
            task.died(f"{who} {how}")
            if task.hopeless:
                yield task.job, Lost(f"{who} {how}, {task.deaths} times", task.deaths)
            else:
                self._start().give(task)
        self._again.extend(tasks)

    def _start(self) -> WorkerProcess:
        used = [worker.gpu for worker in self._running]
        worker = WorkerProcess(self.setup, self.main, min(self._gpus, key=used.count, default=None))
        self._running.append(worker)
        self._selector.register(worker, selectors.EVENT_READ)
        return worker

    def _end(self, worker: WorkerProcess) -> str:
        self._running.remove(worker)
        self._selector.unregister(worker)
        return worker.close()
