"""A worker process as the event loop sees it: what is sent to it, and what it says as soon as it says it."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any, Protocol

import msgspec

from sokdok.server.engine.messages import Answer, Setup
from sokdok.workers.child import Child

MAIN = "sokdok.server.engine.main"
_DECODER: msgspec.msgpack.Decoder[Answer] = msgspec.msgpack.Decoder(Answer)
_MOST_ANSWER = 1 << 28  # bytes: a page with all its words may be large


class Worker(Protocol):
    """What reads: a process of this machine, or something that is held like one."""

    ready: bool  # whether it has said that its reader is open
    heard: float  # when it last said something, or was given something to do, by the monotonic clock

    def send(self, message: object) -> None:
        """One more message."""

    def close(self) -> str:
        """End it; how it ended, in words."""


class Launcher(Protocol):
    """What starts workers for the pool."""

    def launch(self, setup: Setup, heard: Callable[[Any, Answer], None], died: Callable[[Any, str], None]) -> Worker:
        """One more; `heard` is called with each answer, `died` with how it ended, unless it was closed."""

    async def stop(self) -> None:
        """No more are wanted, and all are closed."""


class WorkerProcess(Child[Answer]):
    """A worker; `heard` is called with each answer, `died` with how it ended, unless it was closed."""

    def __init__(
        self,
        setup: Setup,
        main: str,
        heard: Callable[[WorkerProcess, Answer], None],
        died: Callable[[WorkerProcess, str], None],
    ) -> None:
        super().__init__(main, setup, _DECODER, _MOST_ANSWER, setup.threads)
        self._told, self._died = heard, died
        self._loop = asyncio.get_running_loop()
        self._open = True
        self._loop.add_reader(self.fileno(), self._hear)

    def _hear(self) -> None:
        try:
            for answer in self.answers():
                self._told(self, answer)
        except EOFError:
            self._died(self, self.close())

    def close(self) -> str:
        """End it; how it ended, in words."""
        if self._open:
            self._open = False
            self._loop.remove_reader(self.fileno())
        return super().close()


class ProcessLauncher:
    """Processes of this machine, which run the module `main`."""

    def __init__(self, main: str = MAIN) -> None:
        self.main = main

    def launch(
        self, setup: Setup, heard: Callable[[Any, Answer], None], died: Callable[[Any, str], None]
    ) -> WorkerProcess:
        """Start one."""
        return WorkerProcess(setup, self.main, heard, died)

    async def stop(self) -> None:
        """Nothing is left of them."""
