"""The worker process that counts the pages of files before they are accepted: without a reader, so that it answers at
once."""

from __future__ import annotations

from asyncio import Future, get_running_loop
from itertools import count

from sokdok.errors import SokdokError
from sokdok.server.engine.messages import Answer, CountPages, PagesCounted, Setup
from sokdok.server.engine.refused import Stopping, Unreadable
from sokdok.server.engine.worker import WorkerProcess


class PageCounter:
    """Looks at files, one after the other."""

    def __init__(self, setup: Setup, main: str) -> None:
        self._setup, self._main = setup, main
        self._worker: WorkerProcess | None = None
        self._waiting: dict[int, tuple[CountPages, Future[tuple[int, ...]]]] = {}
        self._numbers = count(1)
        self._stopped = False

    def __len__(self) -> int:
        """Files that are waiting."""
        return len(self._waiting)

    async def page_numbers(self, upload: str, shown_as: str, pages: str | None) -> tuple[int, ...]:
        """The numbers of the pages that a range names. Raises Unreadable with the reason."""
        if self._stopped:
            raise Stopping
        look = CountPages(next(self._numbers), upload, shown_as, pages)
        future: Future[tuple[int, ...]] = get_running_loop().create_future()
        self._waiting[look.id] = look, future
        if self._worker is None:
            self.start()
        else:
            self._worker.send(look)
        try:
            return await future
        finally:
            self._waiting.pop(look.id, None)

    def start(self) -> None:
        """Start the worker, and have it look at what waits."""
        self._worker = WorkerProcess(self._setup, self._main, self._on_answer, self._on_exit)
        for look, _ in self._waiting.values():
            self._worker.send(look)

    def stop(self) -> None:
        """End it; who waits gets Stopping."""
        self._stopped = True
        if self._worker is not None:
            self._worker.close()
        for _, future in self._waiting.values():
            _fail(future, Stopping())

    def _on_answer(self, worker: WorkerProcess, answer: Answer) -> None:
        if not isinstance(answer, PagesCounted) or answer.id not in self._waiting:
            return
        _, future = self._waiting.pop(answer.id)
        if answer.reason:
            _fail(future, Unreadable(answer.reason))
        elif not future.done():
            future.set_result(answer.pages)

    def _on_exit(self, worker: WorkerProcess, how: str) -> None:
        """The file in hand is refused, the others are looked at by another worker."""
        self._worker = None
        if self._waiting:
            look, future = self._waiting.pop(next(iter(self._waiting)))
            _fail(future, Unreadable(f"{look.shown_as}: the process that looked at it {how}"))
        if self._waiting:
            self.start()


def _fail(future: Future[tuple[int, ...]], error: SokdokError) -> None:
    if not future.done():
        future.set_exception(error)
