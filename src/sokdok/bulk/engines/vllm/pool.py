"""The local engine with a vLLM of its own."""

from __future__ import annotations

import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack
from types import TracebackType

import msgspec

from sokdok.bulk.engines.engine import Lost
from sokdok.bulk.engines.local.pool import MAIN, SILENCE_S, LocalPool
from sokdok.bulk.engines.vllm.server import VllmServer, find_vllm
from sokdok.bulk.work.messages import Done, Look, Looked, Page, Read, Setup
from sokdok.bulk.work.served import served_model, served_name

READERS = 4  # worker processes for a server: with a unit of 32 pages each, it has 128 at once
BATCH = 32  # pages on their way from one worker


class VllmPool:
    """Worker processes that read by a server, which is started for the first unit (`engines.engine.Engine`)."""

    def __init__(
        self,
        setup: Setup,
        workers: int | None,
        arguments: Iterable[str],
        *,
        silence_s: float = SILENCE_S,
        main: str = MAIN,
    ) -> None:
        self.setup, self.workers, self.arguments = setup, workers or READERS, tuple(arguments)
        self.silence_s, self.main = silence_s, main
        self.server: VllmServer | None = None
        self._stack = ExitStack()
        self._pool: LocalPool | None = None

    def __enter__(self) -> VllmPool:
        find_vllm()  # before anything is planned
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._stack.close()

    def check(self) -> str:
        """Start the server, open a reader at it, and see that it takes what it is asked. Raises SokdokError."""
        return self._served().check()

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        """Look at files."""
        yield from (self._pool or self._unserved()).looks(jobs)

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        """Read units into their results."""
        yield from self._served().reads(jobs)

    def _unserved(self) -> LocalPool:
        """Workers that only look at files: those that read know the server's address from their start on."""
        return self._stack.enter_context(LocalPool(self.setup, self.workers, silence_s=self.silence_s, main=self.main))

    def _served(self) -> LocalPool:
        if self._pool is None:
            question = self.setup.question
            server = VllmServer(served_model(question), served_name(question), self.arguments)
            self.server = self._stack.enter_context(server)
            os.environ["SOKDOK_API_KEY"] = server.key  # of workers, which inherit it
            options = msgspec.structs.replace(self.setup.options, endpoint=server.address, batch=BATCH)
            setup = msgspec.structs.replace(self.setup, options=options)
            self._pool = self._stack.enter_context(
                LocalPool(setup, self.workers, silence_s=self.silence_s, main=self.main)
            )
        return self._pool
