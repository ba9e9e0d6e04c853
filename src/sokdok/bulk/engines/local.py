"""The engine of one machine: worker processes that each have a reader and do one job after the other (`jobs.Pool`).

- A worker that dies, or says nothing for too long, loses the unit in progress: it is tried once more page by page; then
  without the page at which that worker died too. With the third such page, or the last, the unit is given up.
- A worker that has read many pages is replaced, whatever its libraries have kept of them.
"""

from __future__ import annotations

import gc
import os
import time
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from functools import partial
from queue import SimpleQueue
from typing import Any, TypeVar

import msgspec

from sokdok.bulk.engine import Done, Look, Looked, Lost, Page, Read, Setup
from sokdok.bulk.served import VllmServer, find_vllm, served_model, served_name
from sokdok.bulk.sources import Item
from sokdok.bulk.store import destination_errors, open_store
from sokdok.bulk.worker import Worker
from sokdok.errors import SokdokError
from sokdok.jobs import MOST_DEATHS, Died, Failed, Job, Pool, TimedOut
from sokdok.jobs.child import running
from sokdok.machine import visible_gpus

WORKER = "sokdok.bulk.engines.local:WorkerProcess"
MOST_PAGES = 3  # of a unit that are left alone, until it is given up
RECYCLED_PAGES = 20_000  # read by one worker
SILENCE_S = 600.0  # in which a worker must look at a file, or read a page or a batch of them
EMIT_S = 0.1  # between messages about pages: each wakes the parent, which has no core of its own
COLLECTED = 20_000  # objects made and not yet gone, between rounds of the garbage collector; Python: 700, thrice a page
READERS = 4  # workers for a vLLM server: with a unit of 32 pages each, it has 128 at once
BATCH = 32  # pages on their way from one of them
J = TypeVar("J", Look, Read)


class WorkerProcess:
    """What a worker process does: a `Worker` with the run's destination. Raises a SokdokError that ends the run."""

    def __init__(self, setup: Setup) -> None:
        self.worker = Worker(setup.question, setup.sources, setup.threads, setup.endpoint)
        self.store = open_store(setup.destination)
        gc.freeze()  # what is loaded by now stays: the collector need not go over it every few pages
        gc.set_threshold(COLLECTED, *gc.get_threshold()[1:])

    def check(self) -> str:
        """Open the reader; its name."""
        return self.worker.check()

    def look(self, source: int, item: Item) -> Looked:
        """Look at a file."""
        with destination_errors():
            return self.worker.look(source, item)

    def read(self, job: Read) -> Done:
        """Read a unit, and stream the numbers of the pages that are read: a list now and then, the last one at the end.

        If a worker died at it before, each page by itself: its parent must know at which one it dies again.
        """
        emit, between_s = running().emit, 0.0 if job.deaths else EMIT_S
        pages: list[int] = []
        last = 0.0

        def read(number: int) -> None:
            nonlocal last
            pages.append(number)
            if (now := time.monotonic()) - last >= between_s:
                emit(pages)
                pages.clear()
                last = now

        with destination_errors():  # what has to do with a document is in its result
            done = self.worker.read_into(self.store, job, read)
        if pages:
            emit(pages)
        return done

    def close(self) -> None:
        """Remove what was fetched."""
        self.worker.close()


class LocalEngine:
    """Worker processes on this machine (`bulk.engine.Engine`)."""

    def __init__(
        self,
        setup: Setup,
        workers: int,
        *,
        silence_s: float = SILENCE_S,
        recycled_pages: int = RECYCLED_PAGES,
        worker: str = WORKER,
    ) -> None:
        """`worker` names what the processes open."""
        self.silence_s = silence_s
        self.pool = Pool(
            worker,
            (setup,),
            workers=workers,
            threads=setup.threads,
            gpus=visible_gpus() if setup.question.device in ("auto", "cuda") else (),
            seconds=silence_s,
            recycle=recycled_pages,
        )

    def __enter__(self) -> LocalEngine:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self.pool.close(tidily=kind is None)

    def check(self) -> str:
        """Open the reader in a worker; its name. Raises SokdokError."""
        try:
            return str(self.pool.submit("check", kind=str).result())
        except (Died, Failed) as error:
            raise SokdokError(f"the reader can't be opened: {error}") from None

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        def submit(job: Look, events: SimpleQueue[Any]) -> Job:
            return self.pool.submit("look", job.source, job.item, kind=Looked)

        for job, answer in self._run(jobs, submit):
            yield job, Looked(reason=f"it can't be opened: {answer.reason}") if isinstance(answer, Lost) else answer

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        def submit(job: Read, events: SimpleQueue[Any]) -> Job:
            tries = _Tries(job, self.silence_s, lambda number: events.put((job, Page(number))))
            return self.pool.submit("read", job, kind=Done, item=list[int], on_item=tries.add, retry=tries.again)

        yield from self._run(jobs, submit)

    def _run(self, jobs: Iterable[J], submit: Callable[[J, SimpleQueue[Any]], Job]) -> Iterator[tuple[J, Any]]:
        """Do jobs as workers have room for them; what becomes of each, in any order."""
        stream, left = iter(jobs), 0
        events: SimpleQueue[tuple[J, Any]] = SimpleQueue()
        while True:
            while self.pool.room and (job := next(stream, None)) is not None:
                left += 1
                submit(job, events).add_done_callback(partial(lambda job, ended: events.put((job, ended)), job))
            if not left:
                return
            job, event = events.get()
            if isinstance(event, Job):
                left -= 1
                event = self._outcome(event)
            yield job, event

    def _outcome(self, ended: Job) -> Any:
        """What became of a job. Raises SokdokError for what is not the document's fault."""
        try:
            return ended.result()
        except Died as died:
            return Lost(f"{_reason(died, self.silence_s)}, {ended.deaths} times", ended.deaths)
        except Failed as failed:  # a mistake
            return Lost(f"the worker failed: {failed.kind}: {failed}", ended.deaths)


def _reason(died: Died, silence_s: float) -> str:
    if isinstance(died, TimedOut):
        return f"nothing of it was read for {silence_s:g} s, and its worker was ended"
    return f"the worker that had it in progress {died}"


class _Tries:
    """How often workers died at a unit, and at which pages."""

    def __init__(self, job: Read, silence_s: float, on_page: Callable[[int], None]) -> None:
        self.job, self.silence_s, self._on_page = job, silence_s, on_page
        self._done: set[int] = set()  # pages that are read in this try
        self._without: dict[int, str] = {}  # pages at which a worker died that read them one after the other, and how

    def add(self, numbers: list[int]) -> None:
        """More pages are read."""
        self._done.update(numbers)
        for number in numbers:
            self._on_page(number)

    def again(self, tried: Job, died: Died) -> list[Read] | None:
        """What is tried next; None if it is not to be tried again."""
        numbers = self.job.unit.numbers
        if tried.deaths > 1:
            number = next((each for each in numbers if each not in self._done | self._without.keys()), None)
            if number is not None:
                self._without[number] = _reason(died, self.silence_s)
        self._done.clear()
        if tried.deaths >= MOST_DEATHS and len(self._without) >= min(len(numbers), MOST_PAGES):
            return None
        return [msgspec.structs.replace(self.job, deaths=tried.deaths, without=self._without)]


class VllmEngine:
    """A local engine whose workers read at a vLLM server, which it starts for the first unit (`bulk.engine.Engine`)."""

    def __init__(
        self,
        setup: Setup,
        workers: int | None,
        arguments: Iterable[str],
        *,
        silence_s: float = SILENCE_S,
        worker: str = WORKER,
    ) -> None:
        self.setup, self.arguments = setup, tuple(arguments)
        self._local = partial(LocalEngine, workers=workers or READERS, silence_s=silence_s, worker=worker)
        self._stack = ExitStack()
        self._looking: LocalEngine | None = None
        self._reading: LocalEngine | None = None

    def __enter__(self) -> VllmEngine:
        find_vllm()  # before anything is planned
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._stack.close()

    def check(self) -> str:
        """Start the server, open a reader at it, and see that it takes what it is asked. Raises SokdokError."""
        return self._served().check()

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        if self._reading is None and self._looking is None:
            self._looking = self._stack.enter_context(self._local(self.setup))
        yield from (self._reading or self._looking).looks(jobs)  # type: ignore[union-attr]  # one of them is there

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        yield from self._served().reads(jobs)

    def _served(self) -> LocalEngine:
        if self._reading is None:
            question = self.setup.question
            server = VllmServer(served_model(question), served_name(question), self.arguments)
            self._stack.enter_context(server)
            os.environ["SOKDOK_API_KEY"] = server.key  # of workers, which inherit it
            question = msgspec.structs.replace(question, batch=BATCH)
            setup = msgspec.structs.replace(self.setup, question=question, endpoint=server.address)
            self._reading = self._stack.enter_context(self._local(setup))
        return self._reading
