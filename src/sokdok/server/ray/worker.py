"""A replica's worth of work, held like a worker process: what the pool gives goes to whichever replica is free."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Protocol

import msgspec

from sokdok.errors import SokdokError, in_one_line
from sokdok.server.engine.messages import Answer, Broken, Cancel, Done, Read
from sokdok.server.ray.replica import SAID, Gone, Said

_READY_S = 600.0  # in which a replica must be ready: a cluster may have to start a machine for it
_TURN_S = 5.0


class Deployment(Protocol):
    """Where replicas are."""

    async def handle(self) -> Any:
        """What requests are sent by."""

    async def upload(self, name: str) -> Any:
        """A reference to the content of an upload."""


class RayWorker:
    """As `engine.worker.WorkerProcess`: `heard` is called with each answer, `died` with how it ended, unless closed."""

    def __init__(
        self,
        deployment: Deployment,
        heard: Callable[[RayWorker, Answer], None],
        died: Callable[[RayWorker, str], None],
    ) -> None:
        self.ready = False
        self.heard = time.monotonic()
        self._deployment, self._told, self._died = deployment, heard, died
        self._open = True
        self._requests: dict[int, asyncio.Task[None]] = {0: asyncio.create_task(self._start())}

    def send(self, message: object) -> None:
        """One more message."""
        if isinstance(message, Cancel) and (request := self._requests.get(message.id)) is not None:
            request.cancel()
        elif isinstance(message, Read):
            self._requests[message.id] = asyncio.create_task(self._read(message))

    def close(self) -> str:
        """Want nothing more of it; how it ended, in words."""
        self._open = False
        for request in self._requests.values():
            request.cancel()
        return "was ended"

    async def _start(self) -> None:
        """Say what a replica says of its reader."""
        answer: Said
        try:
            answer = SAID.decode(await self._waited_for(self._ready()))
        except Exception as error:
            answer = Broken(0, in_one_line(error), getattr(error, "exit_code", SokdokError.exit_code))
        if isinstance(answer, Gone):
            self._dies(answer.how)
            return
        self._tell(answer)
        if isinstance(answer, Broken):
            self._dies("broke off")

    async def _ready(self) -> bytes:
        handle = await self._deployment.handle()
        answer: bytes = await handle.ready.remote()
        return answer

    async def _waited_for(self, asked: Coroutine[Any, Any, bytes]) -> bytes:
        """An answer; until it comes nobody takes the silence for a death."""
        task = asyncio.ensure_future(asked)
        end = time.monotonic() + _READY_S
        while not task.done() and time.monotonic() < end:
            self.heard = time.monotonic()
            await asyncio.wait({task}, timeout=_TURN_S)
        if not task.done():
            task.cancel()
            raise SokdokError(f"no replica was ready within {_READY_S:g} s: has the Ray cluster room for one?")
        return task.result()

    async def _read(self, read: Read) -> None:
        """Tell what a replica answers, as it comes."""
        stream = None
        try:
            handle = await self._deployment.handle()
            upload = await self._deployment.upload(read.job.upload)
            stream = handle.options(stream=True).read.remote(msgspec.msgpack.encode(read), upload)
            async for data in stream:
                answer = SAID.decode(data)
                if isinstance(answer, Gone):
                    self._dies(answer.how)
                    return
                self._tell(answer)
        except asyncio.CancelledError:
            if stream is not None:
                stream.cancel()
            self._tell(Done(read.id))
        except Exception as error:  # Ray's own, of many kinds: the replica is lost, or the cluster is
            self._dies(f"was lost ({type(error).__name__})")
        finally:
            self._requests.pop(read.id, None)

    def _tell(self, answer: Answer) -> None:
        self.heard = time.monotonic()
        if self._open:
            self._told(self, answer)

    def _dies(self, how: str) -> None:
        if self._open:
            self.close()
            self._died(self, how)
