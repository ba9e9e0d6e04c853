"""Tasks on several processes, their results in order, a few ahead of each other: memory is the same for any number."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from concurrent.futures.process import BrokenProcessPool
from itertools import islice
from multiprocessing.connection import wait
from typing import Any, TypeVar

from sokdok.errors import SokdokError

Task = TypeVar("Task")
Result = TypeVar("Result")
AHEAD = 2  # tasks that wait for each process


def ordered(
    workers: int,
    start: Callable[..., None],
    given: tuple[Any, ...],
    work: Callable[[Task], Result],
    tasks: Iterable[Task],
) -> Iterator[Result]:
    """Do `work` for all tasks, in this process or in several, each of which calls `start(*given)` first.

    Raises what the work raises, and SokdokError if a process ends.
    """
    if workers < 2:
        start(*given)
        yield from map(work, tasks)
        return
    left = iter(tasks)
    waiting: deque[Future[Result]] = deque()
    context = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(workers, context, _start, (start, given)) as pool:
        try:
            waiting.extend(pool.submit(work, task) for task in islice(left, AHEAD * workers))
            while waiting:
                yield waiting.popleft().result()
                waiting.extend(pool.submit(work, task) for task in islice(left, 1))
        except BrokenProcessPool:
            raise SokdokError(
                "a worker process ended, as for want of memory; what is done is kept: run the same command again, with "
                "fewer workers"
            ) from None
        finally:
            pool.shutdown(cancel_futures=True)


def _start(start: Callable[..., None], given: tuple[Any, ...]) -> None:
    """Prepare a process, and see to it that it does not outlive the one that began it."""
    threading.Thread(target=_end_with_parent, daemon=True).start()
    start(*given)


def _end_with_parent() -> None:
    """Where the parent is killed nobody tells its workers, and they would wait for ever."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        wait([parent.sentinel])
        os._exit(1)
