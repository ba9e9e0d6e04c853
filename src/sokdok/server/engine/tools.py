"""Work without a reader, done by children: files looked at and drawn, results written, memories, texts as pages."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any, NamedTuple

from sokdok.jobs import Died, Failed, Job, Limits, Pool, TimedOut
from sokdok.memory.store.database import NotStored, StoreError
from sokdok.server.engine.fair_queue import FairQueue
from sokdok.server.errors import Absent, Away, Busy, DiskFull, Late, Stopping, TooLarge, Unreadable

_LOG = logging.getLogger("sokdok.server")
FILES = "sokdok.server.work.files:Files"
MOST_WAITING = 64  # jobs of all owners together
MOST_OF_OWNER = 32
_RETRY_S = 2.0
_KNOWN = (Absent, DiskFull, NotStored, StoreError, TooLarge, Unreadable)


class _Waiting(NamedTuple):
    """What asks a child, and the future of its job."""

    submit: Callable[[], Job]
    job: asyncio.Future[Job]


class Tools:
    """A pool of children that take turns for the owners of keys; belongs to one event loop."""

    def __init__(self, spool: Path, limits: Limits, workers: int, opens: str = FILES) -> None:
        self._pool = Pool(opens, (str(spool), limits), workers=workers, ahead=0, known=_KNOWN)
        self._loop = asyncio.get_running_loop()
        self._queue: FairQueue[_Waiting] = FairQueue()
        self._owners: list[str] = []  # of what no child has yet
        self._stopped = False

    def start(self) -> None:
        """Start a child, so that the first job need not wait for it."""
        self._pool.submit("ready").add_done_callback(self._on_done)

    def stop(self) -> None:
        """End the children; who waits gets Stopping."""
        self._stopped = True
        self._pool.close(tidily=False)
        while (waiting := self._queue.take()) is not None:
            waiting.job.cancel()

    def __len__(self) -> int:
        """Jobs that no child has yet."""
        return len(self._owners)

    async def run(
        self, name: str, *arguments: Any, owner: str, seconds: float, kind: Any = bytes, admitted: bool = False
    ) -> Any:
        """What a method of the children's, or any `module:function`, answers within so many seconds.

        `admitted`: it belongs to a job that had its place in the engine's queue, and is not refused for want of room.

        Raises Busy, Stopping, Late, Absent for what is not there, Unreadable for what can't be done, TooLarge,
        EndpointError, Away where a memory can't be used now, DiskFull, and Failed for a mistake, which is logged.
        """
        if self._stopped:
            raise Stopping
        if not admitted and (len(self) >= MOST_WAITING or self._owners.count(owner) >= MOST_OF_OWNER):
            raise Busy("too much is being drawn and written: try again in a moment", _RETRY_S)
        try:
            # What a child died at is not tried again: a client waits.
            submit = partial(
                self._pool.submit, name, *arguments, kind=kind, seconds=seconds, retry=lambda job, death: None
            )
            return await asyncio.wrap_future(await self._begun(owner, submit))
        except asyncio.CancelledError:
            if self._stopped:
                raise Stopping from None
            raise
        except TimedOut:
            raise Late(f"it was not done within {seconds:g} s") from None
        except Died as error:
            raise Unreadable(f"the process that worked on it {error}") from None
        except NotStored as error:
            raise Absent(str(error)) from None
        except StoreError as error:
            raise Away(str(error), _RETRY_S) from None
        except Failed as error:
            _LOG.error("a child made a mistake: %s\n%s", error.kind, error.trace)
            raise

    async def _begun(self, owner: str, submit: Callable[[], Job]) -> Job:
        """A job, once a child has it."""
        waiting = _Waiting(submit, self._loop.create_future())
        key = str(id(waiting))
        self._owners.append(owner)
        self._queue.put(owner, key, waiting, 1)
        self._dispatch()
        try:
            return await waiting.job
        except asyncio.CancelledError:
            if waiting.job.done() and not waiting.job.cancelled():  # it was begun in this very moment
                waiting.job.result().cancel()
            raise
        finally:
            self._owners.remove(owner)
            self._queue.drop(owner, key)

    def _on_done(self, job: Any) -> None:
        """A child is free; in a thread of the pool's."""
        self._loop.call_soon_threadsafe(self._dispatch)

    def _dispatch(self) -> None:
        """Give what waits to children that are free."""
        while self._pool.room and (next := self._queue.take()) is not None:
            if next.job.done():  # nobody waits for it any more
                continue
            job = next.submit()
            job.add_done_callback(self._on_done)
            next.job.set_result(job)
