"""One worker process, as its parent sees it."""

from __future__ import annotations

import time
from collections import deque
from dataclasses import dataclass, field

import msgspec

from sokdok.bulk.work.messages import Answer, Job, Read, Setup
from sokdok.workers.child import Child

MOST_DEATHS = 2  # of workers at one job, until the page in hand is left alone
MOST_PAGES = 3  # of a unit that are left alone
_DECODER: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_MOST_ANSWER = 1 << 24  # bytes: answers are small


@dataclass
class Task:
    """A job, and how many workers died at it."""

    job: Job
    deaths: int = 0
    done: set[int] = field(default_factory=set)  # pages that are read in this try
    without: dict[int, str] = field(default_factory=dict)
    """pages at which a worker died that read them one after the other, and how"""

    def died(self, how: str) -> None:
        """A worker died at it."""
        self.deaths += 1
        if self.deaths > 1 and isinstance(self.job, Read):
            numbers = (number for number in self.job.unit.numbers if number not in self.done | self.without.keys())
            if (number := next(numbers, None)) is not None:
                self.without[number] = how
        self.done.clear()

    @property
    def hopeless(self) -> bool:
        """Whether it is not to be tried again."""
        if self.deaths < MOST_DEATHS:
            return False
        pages = len(self.job.unit.numbers) if isinstance(self.job, Read) else 0
        return len(self.without) >= min(pages, MOST_PAGES)


class WorkerProcess(Child[Answer]):
    """A worker that has up to a few tasks waiting, and answers them in order."""

    def __init__(self, setup: Setup, main: str, gpu: str | None = None) -> None:
        """`gpu` is the only one that it sees; None: it sees what its parent does."""
        super().__init__(main, setup, _DECODER, _MOST_ANSWER, setup.options.threads, gpu)
        self.gpu = gpu
        self.waiting: deque[Task] = deque()
        """the first is in hand"""
        self.pages = 0
        """read so far"""

    def give(self, task: Task) -> None:
        """One more task."""
        if not self.waiting:
            self.heard = time.monotonic()
        self.waiting.append(task)
        job = task.job
        if isinstance(job, Read) and task.deaths:
            job = msgspec.structs.replace(job, deaths=task.deaths, without=task.without)
        self.send(job)
