"""What Ray Serve runs on the nodes: a replica that has a worker process of its own, and does one request at a time.

- The worker process is that of the server on one machine: a file that kills it, or keeps it busy for ever, costs the
  replica nothing.
- Uploads come with the requests, as nodes do not see the server's folder; the last ones are kept beside the replica.
- Nothing is raised: whatever goes wrong is an answer. Only a replica that is lost itself says nothing.
"""

from __future__ import annotations

import asyncio
from asyncio import Future, Lock, Queue, get_running_loop, wait_for
from collections.abc import AsyncGenerator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import msgspec

from sokdok.server.engine.messages import Answer, Broken, Cancel, Done, PageRead, Read, Ready, Setup
from sokdok.server.engine.reader_pool import RECYCLED_PAGES
from sokdok.server.engine.worker import WorkerProcess

_KEPT = 8  # uploads
_GRACE_S = 10.0  # in which a worker must be done with the page of a request that nobody waits for any more
_START_S = 120.0


class Gone(msgspec.Struct, frozen=True, tag="gone"):
    """The worker process of the replica is gone, and what it had in hand with it."""

    how: str


Said = Answer | Gone
SAID: msgspec.msgpack.Decoder[Said] = msgspec.msgpack.Decoder(Said)


class Replica:
    """One reader on some node."""

    def __init__(self, setup: bytes, main: str, recycled_pages: int = RECYCLED_PAGES) -> None:
        """`setup` is an encoded `Setup`; the worker is replaced when it has read `recycled_pages`."""
        self._folder = TemporaryDirectory(prefix="sokdok-replica-")
        self._spool = Path(self._folder.name)
        given = msgspec.msgpack.decode(setup, type=Setup)
        self._setup, self._main = msgspec.structs.replace(given, spool=str(self._spool)), main
        self._process: WorkerProcess | None = None
        self._started: Future[Ready | Broken | Gone] | None = None
        self._pages, self._recycled_pages = 0, recycled_pages
        """read by this worker"""
        self._free = Lock()
        self._answers: Queue[Said] = Queue()

    async def ready(self) -> bytes:
        """What the worker says as it starts: `Ready`, or why it can't."""
        return msgspec.msgpack.encode(await self._worker())

    async def read(self, request: bytes, upload: Any) -> AsyncGenerator[bytes, None]:
        """The answers to an encoded `Read`, the last one `Done`, `Broken` or `Gone`; `upload` is the file's content.

        If nobody listens to the end, the worker leaves the request, and is ended if it is never done with its page.
        """
        read = msgspec.msgpack.decode(request, type=Read)
        async with self._free:
            started = await self._worker()
            if not isinstance(started, Ready):
                yield msgspec.msgpack.encode(started)
                return
            content = upload if isinstance(upload, bytes) else await upload
            await asyncio.to_thread(self._keep, read.job.upload, content)
            assert self._process is not None
            self._process.send(read)
            try:
                ended = False
                while not ended:
                    answer = await self._answers.get()
                    ended = isinstance(answer, Done | Broken | Gone)
                    self._pages += isinstance(answer, PageRead)
                    yield msgspec.msgpack.encode(answer)
            finally:
                if not ended:
                    await asyncio.shield(self._left(read.id))
                elif self._pages >= self._recycled_pages:
                    self._end()

    async def _left(self, id: int) -> None:
        """See that the worker is free for the next request."""
        if self._process is None:
            return
        self._process.send(Cancel(id))
        try:
            while not isinstance(await wait_for(self._answers.get(), _GRACE_S), Done | Broken | Gone):
                pass
        except TimeoutError:
            self._end()

    def _end(self) -> None:
        """End the worker; the next request starts another."""
        if self._process is not None:
            self._process.close()
        self._process = None

    async def _worker(self) -> Ready | Broken | Gone:
        """Start the worker, unless it runs."""
        if self._process is None:
            self._started = get_running_loop().create_future()
            self._answers, self._pages = Queue(), 0
            self._process = WorkerProcess(self._setup, self._main, self._on_answer, self._on_exit)
        assert self._started is not None
        try:
            return await wait_for(asyncio.shield(self._started), _START_S)
        except TimeoutError:
            self._end()
            return Gone(f"did not start within {_START_S:g} s")

    def _on_answer(self, worker: WorkerProcess, answer: Answer) -> None:
        if self._started is not None and not self._started.done() and isinstance(answer, Ready | Broken):
            self._started.set_result(answer)
        else:
            self._answers.put_nowait(answer)

    def _on_exit(self, worker: WorkerProcess, how: str) -> None:
        self._process = None
        if self._started is not None and not self._started.done():
            self._started.set_result(Gone(how))
        self._answers.put_nowait(Gone(how))

    def _keep(self, name: str, content: bytes) -> None:
        """Put an upload where the worker finds it, unless it is there from the request before."""
        path = self._spool / Path(name).name
        if not path.exists():
            kept = sorted(self._spool.iterdir(), key=lambda path: path.stat().st_mtime)
            for old in kept[: max(len(kept) - _KEPT + 1, 0)]:
                old.unlink()
            path.write_bytes(content)
