"""Reading and nothing else: processes that get a file each, and the next one when they are done.

What bulk and the server cost is measured beside them. A process reads by the code of `sokdok convert`: from standard
input a line of JSON with the question, then one for each file (`Ask`); to standard output a line when it has loaded
everything, and one for each file with how many pages it read.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from threading import Lock
from typing import Any, NamedTuple

import msgspec

from sokdok.documents.convert.convert import read_pages
from sokdok.documents.question import Conversion, Question, open_reader
from sokdok.documents.source import open_source
from sokdok.errors import InputError, SokdokError
from sokdok.pages.files import open_file
from sokdok.pages.page import PageError
from sokdok.reading.prompts import PLAIN
from sokdok_lab.bench.processes import cpu_seconds, environment


class Ask(msgspec.Struct):
    """A file to read."""

    path: str
    first: int = 0  # page
    stop: int | None = None  # behind the last page
    picture: bool = False  # for the text of its first page alone


class Took(NamedTuple):
    """What one process did."""

    pages: int
    seconds: float


class PlainReaders:
    """So many processes, each with a reader and a core, while the block runs."""

    def __init__(self, question: Question, count: int = 1) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-P", "-m", __name__],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment(OMP_NUM_THREADS="1"),
            )
            for _ in range(count)
        ]
        self._question = question

    def __enter__(self) -> PlainReaders:
        for process in self._processes:
            _say(process, self._question)
        for process in self._processes:
            _line(process)
        return self

    def __exit__(self, *raised: Any) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    def cpu_seconds(self) -> float:
        """Of the processes, since they were started."""
        return cpu_seconds(process.pid for process in self._processes)

    def read(self, asks: Iterable[Ask]) -> list[Took]:
        """Read files, each by whichever process is free; what each of them did."""
        rest, lock = iter(asks), Lock()

        def shared() -> Iterator[Ask]:
            while True:
                with lock:
                    ask = next(rest, None)
                if ask is None:
                    return
                yield ask

        def work(process: subprocess.Popen[str]) -> Took:
            began, pages = time.perf_counter(), 0
            for ask in shared():
                _say(process, ask)
                pages += int(_line(process))
            return Took(pages, time.perf_counter() - began)

        with ThreadPoolExecutor(len(self._processes)) as pool:
            return list(pool.map(work, self._processes))


def _say(process: subprocess.Popen[str], message: object) -> None:
    assert process.stdin is not None
    print(msgspec.json.encode(message).decode(), file=process.stdin, flush=True)


def _line(process: subprocess.Popen[str]) -> str:
    """Wait for its next line. Raises SokdokError if it ends without one."""
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SokdokError(f"a process that reads ended with {process.wait()}")
    return line


def main() -> None:
    """Read."""
    question = msgspec.json.decode(sys.stdin.readline(), type=Question)
    asked = Conversion(question, open_reader(question, threads=1))
    print("ready", flush=True)
    for line in sys.stdin:
        ask = msgspec.json.decode(line, type=Ask)
        print(_picture(ask, asked) if ask.picture else _document(ask, asked), flush=True)


def _document(ask: Ask, asked: Conversion) -> int:
    with closing(open_source(Path(ask.path), asked.question)) as file:
        return sum(1 for _ in read_pages(file, range(ask.first, ask.stop or len(file)), asked))


def _picture(ask: Ask, asked: Conversion) -> int:
    with closing(open_file(Path(ask.path))) as file:
        page = file.page(0)
    if isinstance(page, PageError) or asked.reader is None:
        raise InputError(f"{ask.path} is no picture")
    return len(list(asked.reader.read([page], PLAIN)))


if __name__ == "__main__":
    main()
