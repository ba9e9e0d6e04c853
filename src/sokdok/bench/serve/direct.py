"""Reading without a server: processes that get a file each, and the next one when they are done."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Lock
from types import TracebackType

import msgspec

from sokdok.bench.processes import environment
from sokdok.bench.serve.reads import Ask
from sokdok.bulk.question import Question
from sokdok.errors import SokdokError


class Direct:
    """So many processes, each with a reader and a core, while the block runs."""

    def __init__(self, question: Question, count: int = 1) -> None:
        self._processes = [
            subprocess.Popen(
                [sys.executable, "-P", "-m", "sokdok.bench.serve.reads"],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=environment() | {"OMP_NUM_THREADS": "1"},
            )
            for _ in range(count)
        ]
        for process in self._processes:
            _say(process, question)

    def __enter__(self) -> Direct:
        for process in self._processes:
            _line(process)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for process in self._processes:
            process.kill()
            process.wait()

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [process.pid for process in self._processes]

    def read(self, paths: Sequence[Path], *, picture: bool = False) -> int:
        """Read files, each by whichever process is free; how many pages they have."""
        asks, lock = iter([Ask(str(path), picture) for path in paths]), Lock()

        def work(process: subprocess.Popen[str]) -> int:
            pages = 0
            for ask in _shared(asks, lock):
                _say(process, ask)
                pages += int(_line(process))
            return pages

        with ThreadPoolExecutor(len(self._processes)) as pool:
            return sum(pool.map(work, self._processes))


def _shared(asks: Iterator[Ask], lock: Lock) -> Iterator[Ask]:
    while True:
        with lock:
            ask = next(asks, None)
        if ask is None:
            return
        yield ask


def _say(process: subprocess.Popen[str], message: object) -> None:
    assert process.stdin is not None
    process.stdin.write(msgspec.json.encode(message).decode() + "\n")
    process.stdin.flush()


def _line(process: subprocess.Popen[str]) -> str:
    assert process.stdout is not None
    line = process.stdout.readline()
    if not line:
        raise SokdokError(f"a process that reads directly ended with {process.wait()}")
    return line
