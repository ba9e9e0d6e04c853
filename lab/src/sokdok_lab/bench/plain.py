"""Reading and nothing else: processes that get a file each, and the next one when they are done.

What bulk and the server cost is measured beside them: they read by the code of `sokdok convert`, and write nothing.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable
from concurrent.futures import ProcessPoolExecutor, as_completed
from concurrent.futures.process import BrokenProcessPool
from contextlib import closing
from multiprocessing import get_context
from multiprocessing.synchronize import Barrier
from pathlib import Path
from typing import Any, NamedTuple
from unittest.mock import patch

from sokdok.documents.convert.convert import read_pages
from sokdok.documents.question import Conversion, Question, open_reader
from sokdok.documents.source import open_source
from sokdok.errors import InputError, SokdokError
from sokdok.pages.files import open_file
from sokdok.pages.page import PageError
from sokdok.reading.prompts import PLAIN
from sokdok_lab.bench.processes import cpu_seconds


class Ask(NamedTuple):
    """A file to read."""

    path: str
    first: int = 0  # page
    stop: int | None = None  # behind the last page
    picture: bool = False  # for the text of its first page alone


class Took(NamedTuple):
    """What one process did."""

    pages: int
    seconds: float  # until it was done with its last file


class PlainReaders:
    """So many processes, each with a reader and a core, while the block runs; all are loaded when it begins."""

    def __init__(self, question: Question, count: int = 1) -> None:
        context = get_context("spawn")
        self._count = count
        self._pool = ProcessPoolExecutor(count, context, _open, (question, context.Barrier(count)))

    def __enter__(self) -> PlainReaders:
        with patch.dict(os.environ, OMP_NUM_THREADS="1"):
            self._pids = list(self._pool.map(_wait_for_all, range(self._count)))
        return self

    def __exit__(self, *raised: Any) -> None:
        self._pool.shutdown(cancel_futures=True)

    def cpu_seconds(self) -> float:
        """Of the processes, since they were started."""
        return cpu_seconds(self._pids)

    def read(self, asks: Iterable[Ask]) -> list[Took]:
        """Read files, each by whichever process is free; what each of them did. Raises SokdokError where one dies."""
        began, took = time.perf_counter(), dict[int, Took]()
        try:
            for done in as_completed([self._pool.submit(_read, ask) for ask in asks]):
                pid, pages = done.result()
                pages += took[pid].pages if pid in took else 0
                took[pid] = Took(pages, time.perf_counter() - began)
        except BrokenProcessPool:
            raise SokdokError("a process that reads died") from None
        return list(took.values())


# --- within a process ---

_here: dict[str, Any] = {}  # what is asked of its files, and the barrier at which it has waited for the others


def _open(question: Question, all_open: Barrier) -> None:
    _here.update(asked=Conversion(question, open_reader(question, threads=1)), all_open=all_open)


def _wait_for_all(number: int) -> int:
    """Wait until each process has opened its reader and has such a task; which process this is."""
    _here["all_open"].wait()
    return os.getpid()


def _read(ask: Ask) -> tuple[int, int]:
    """Read a file: which process did, and how many pages it had."""
    asked: Conversion = _here["asked"]
    if not ask.picture:
        with closing(open_source(Path(ask.path), asked.question)) as file:
            return os.getpid(), sum(1 for _ in read_pages(file, range(ask.first, ask.stop or len(file)), asked))
    with closing(open_file(Path(ask.path))) as file:
        page = file.page(0)
    if isinstance(page, PageError) or asked.reader is None:
        raise InputError(f"{ask.path} is no picture")
    return os.getpid(), len(list(asked.reader.read([page], PLAIN)))
