"""The executor in the front process: operations wait in a fair queue for worker processes that are free."""

from __future__ import annotations

import asyncio
import errno
from itertools import count

from sokdok.errors import EndpointError, SokdokError
from sokdok.server.engine.fair_queue import FairQueue
from sokdok.server.engine.messages import Answer, OperationDone, Setup
from sokdok.server.engine.refused import Absent, Away, Busy, Late, Stopping, TooLarge, Unreadable
from sokdok.server.engine.worker import WorkerProcess
from sokdok.server.executor.messages import Ask, Operation

MAIN = "sokdok.server.executor.main"
WORKERS = 2  # so that a picture need not wait for a long result
MOST_WAITING = 64  # operations of all owners together
MOST_OF_OWNER = 32
_RETRY_S = 2.0


class Mistake(Exception):
    """A worker's code failed in a way that nobody foresaw: its text, with the trace, is for the server's log."""


class Pending:
    """An operation that somebody waits for."""

    def __init__(self, id: int, operation: Operation, seconds: float) -> None:
        self.request, self.seconds = Ask(id, operation), seconds
        self.future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None

    def fail(self, error: Exception) -> None:
        """Nothing comes of it."""
        if self.timer is not None:
            self.timer.cancel()
        if not self.future.done():
            self.future.set_exception(error)
            self.future.exception()  # who asked may have gone


def _error(answer: OperationDone) -> Exception:
    """What a worker said of an operation that can't be done, as it is raised here."""
    if answer.why == "full":
        return OSError(errno.ENOSPC, "no space left on device")
    if answer.why == "mistake":
        return Mistake(f"in a worker of the executor\n{answer.trace}")
    if answer.why == "later":
        return Away(_RETRY_S, answer.reason)
    kinds: dict[str, type[SokdokError]] = {
        "absent": Absent,
        "endpoint": EndpointError,
        "refused": Unreadable,
        "large": TooLarge,
    }
    return kinds[answer.why](answer.reason)


class Executor:
    """Workers without a reader, a second one started when it is needed; belongs to one event loop."""

    def __init__(self, setup: Setup, main: str = MAIN) -> None:
        self._setup, self._main = setup, main
        self._queue: FairQueue[Pending] = FairQueue()
        self._waiting: dict[int, str] = {}
        """ids of operations that no worker has yet, with their owners"""
        self._in_flight: dict[WorkerProcess, Pending | None] = {}
        self._numbers = count(1)
        self._stopped = False

    def start(self) -> None:
        """Start a worker, so that the first operation need not wait for it."""
        self._start()

    async def run(self, operation: Operation, owner: str, seconds: float, *, admitted: bool = False) -> bytes:
        """Have an operation done within so many seconds from its beginning; what came of it, as JSON.

        `admitted`: it belongs to a job that had its place in the engine's queue, and is not refused for want of room.

        Raises Busy, Stopping, Late, Absent for what is not there, Unreadable for what can't be done, TooLarge,
        EndpointError, Away where a memory can't be used now, OSError where the disk is full, and Mistake.
        """
        if self._stopped:
            raise Stopping
        owners = list(self._waiting.values())
        if not admitted and (len(owners) >= MOST_WAITING or owners.count(owner) >= MOST_OF_OWNER):
            raise Busy("too much is being drawn and written: try again in a moment", _RETRY_S)
        pending = Pending(next(self._numbers), operation, seconds)
        id = pending.request.id
        self._waiting[id] = owner
        self._queue.put(owner, str(id), pending, 1)
        self._dispatch()
        try:
            return await pending.future
        finally:
            if self._waiting.pop(id, None) is not None:  # nobody waits for it any more
                self._queue.drop(owner, str(id))

    def stop(self) -> None:
        """End the workers; who waits gets Stopping."""
        self._stopped = True
        for worker, pending in self._in_flight.items():
            worker.close()
            if pending is not None:
                pending.fail(Stopping())
        while (pending := self._queue.take()) is not None:
            pending.fail(Stopping())
        self._in_flight.clear()

    def _dispatch(self) -> None:
        """Give what waits to workers that are free; start one more if there is none, and may be."""
        if self._stopped:
            return
        for worker, pending in list(self._in_flight.items()):
            if pending is None and worker.ready and (following := self._queue.take()) is not None:
                self._begin(worker, following)
        starting = sum(not worker.ready for worker in self._in_flight)
        if len(self._waiting) > starting and len(self._in_flight) < WORKERS:
            self._start()

    def _start(self) -> None:
        self._in_flight[WorkerProcess(self._setup, self._main, self._on_answer, self._on_exit)] = None

    def _begin(self, worker: WorkerProcess, pending: Pending) -> None:
        self._waiting.pop(pending.request.id, None)
        self._in_flight[worker] = pending
        pending.timer = asyncio.get_running_loop().call_later(pending.seconds, self._late, worker, pending)
        worker.send(pending.request)

    def _on_answer(self, worker: WorkerProcess, answer: Answer) -> None:
        pending = self._in_flight.get(worker)
        worker.ready = True
        if isinstance(answer, OperationDone) and pending is not None and answer.id == pending.request.id:
            self._in_flight[worker] = None
            if answer.reason:
                pending.fail(_error(answer))
            else:
                if pending.timer is not None:
                    pending.timer.cancel()
                if not pending.future.done():
                    pending.future.set_result(answer.data)
        self._dispatch()

    def _late(self, worker: WorkerProcess, pending: Pending) -> None:
        """It takes too long: its worker ends with it."""
        if self._in_flight.get(worker) is pending:
            del self._in_flight[worker]
            worker.close()
            pending.fail(Late(f"it was not done within {pending.seconds:g} s"))
            self._dispatch()

    def _on_exit(self, worker: WorkerProcess, how: str) -> None:
        pending = self._in_flight.pop(worker, None)
        if pending is not None:
            pending.fail(Unreadable(f"the process that had this in hand {how}"))
        elif not worker.ready and (pending := self._queue.take()) is not None:
            self._waiting.pop(
                pending.request.id, None
            )  # it can't be started: one operation pays for it, and not for ever
            pending.fail(Unreadable(f"the process that does this {how} as it started"))
        self._dispatch()
