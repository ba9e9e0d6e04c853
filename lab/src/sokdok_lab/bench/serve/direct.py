"""Reading without a server: processes that get a file each, and the next one when they are done."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack
from pathlib import Path
from threading import Lock
from types import TracebackType

from sokdok.documents.question import Question
from sokdok_lab.bench.processes import LineProcess
from sokdok_lab.bench.serve.reads import Ask


class Direct:
    """So many processes, each with a reader and a core, while the block runs."""

    def __init__(self, question: Question, count: int = 1) -> None:
        self._question, self._count = question, count
        self._stack = ExitStack()
        self._processes: list[LineProcess] = []

    def __enter__(self) -> Direct:
        with ExitStack() as stack:  # what fails ends those that were begun
            self._processes = [
                stack.enter_context(LineProcess("sokdok_lab.bench.serve.reads")) for _ in range(self._count)
            ]
            for process in self._processes:
                process.say(self._question)
            for process in self._processes:
                process.line()
            self._stack = stack.pop_all()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    @property
    def pids(self) -> list[int]:
        """Of the processes."""
        return [process.pid for process in self._processes]

    def read(self, paths: Sequence[Path], *, picture: bool = False) -> int:
        """Read files, each by whichever process is free; how many pages they have."""
        asks, lock = iter([Ask(str(path), picture) for path in paths]), Lock()

        def work(process: LineProcess) -> int:
            pages = 0
            for ask in _shared(asks, lock):
                process.say(ask)
                pages += int(process.line())
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
