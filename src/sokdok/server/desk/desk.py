"""The desk in the front process: chores wait in a fair queue, and are given to worker processes that are free."""

from __future__ import annotations

import asyncio
import errno
from itertools import count

from sokdok.errors import EndpointError, SokdokError
from sokdok.server.desk.messages import Ask, Chore
from sokdok.server.engine.hand import Hand
from sokdok.server.engine.messages import Answer, ChoreDone, Setup
from sokdok.server.engine.refused import Absent, Away, Busy, Late, Stopping, TooLarge, Unreadable
from sokdok.server.engine.share import FairQueue

MAIN = "sokdok.server.desk.main"
WORKERS = 2
"""so that a picture need not wait for a long result"""
MOST_WAITING = 64
"""chores of all owners together"""
MOST_OF_OWNER = 32
_RETRY_S = 2.0


class Mistake(Exception):
    """A worker's code failed in a way that nobody foresaw: its text, with the trace, is for the server's log."""


class Errand:
    """A chore that somebody waits for."""

    def __init__(self, id: int, chore: Chore, seconds: float) -> None:
        self.request, self.seconds = Ask(id, chore), seconds
        self.future: asyncio.Future[bytes] = asyncio.get_running_loop().create_future()
        self.timer: asyncio.TimerHandle | None = None

    def fail(self, error: Exception) -> None:
        """Nothing comes of it."""
        if self.timer is not None:
            self.timer.cancel()
        if not self.future.done():
            self.future.set_exception(error)
            self.future.exception()  # who asked may have gone


def _error(answer: ChoreDone) -> Exception:
    """What a worker said of a chore that can't be done, as it is raised here."""
    if answer.why == "full":
        return OSError(errno.ENOSPC, "no space left on device")
    if answer.why == "mistake":
        return Mistake(f"in a worker of the desk\n{answer.trace}")
    if answer.why == "later":
        return Away(_RETRY_S, answer.reason)
    kinds: dict[str, type[SokdokError]] = {
        "absent": Absent,
        "endpoint": EndpointError,
        "refused": Unreadable,
        "large": TooLarge,
    }
    return kinds[answer.why](answer.reason)


class Desk:
    """Workers without a reader, a second one started when it is needed; belongs to one event loop."""

    def __init__(self, setup: Setup, main: str = MAIN) -> None:
        self._setup, self._main = setup, main
        self._queue: FairQueue[Errand] = FairQueue()
        self._waiting: dict[int, str] = {}
        """ids of chores that no worker has yet, with their owners"""
        self._in_hand: dict[Hand, Errand | None] = {}
        self._numbers = count(1)
        self._stopped = False

    def start(self) -> None:
        """Start a worker, so that the first chore need not wait for it."""
        self._start()

    async def ask(self, chore: Chore, owner: str, seconds: float, *, admitted: bool = False) -> bytes:
        """Have a chore done within so many seconds from its beginning; what came of it, as JSON.

        `admitted`: it belongs to a job that had its place in the engine's queue, and is not refused for want of room.

        Raises Busy, Stopping, Late, Absent for what is not there, Unreadable for what can't be done, TooLarge,
        EndpointError, Away where a memory can't be used now, OSError where the disk is full, and Mistake.
        """
        if self._stopped:
            raise Stopping
        owners = list(self._waiting.values())
        if not admitted and (len(owners) >= MOST_WAITING or owners.count(owner) >= MOST_OF_OWNER):
            raise Busy("too much is being drawn and written: try again in a moment", _RETRY_S)
        errand = Errand(next(self._numbers), chore, seconds)
        id = errand.request.id
        self._waiting[id] = owner
        self._queue.put(owner, str(id), errand, 1)
        self._feed()
        try:
            return await errand.future
        finally:
            if self._waiting.pop(id, None) is not None:  # nobody waits for it any more
                self._queue.drop(owner, str(id))

    def stop(self) -> None:
        """End the workers; who waits gets Stopping."""
        self._stopped = True
        for hand, errand in self._in_hand.items():
            hand.close()
            if errand is not None:
                errand.fail(Stopping())
        while (errand := self._queue.take()) is not None:
            errand.fail(Stopping())
        self._in_hand.clear()

    def _feed(self) -> None:
        """Give what waits to workers that are free; start one more if there is none, and may be."""
        if self._stopped:
            return
        for hand, errand in list(self._in_hand.items()):
            if errand is None and hand.ready and (following := self._queue.take()) is not None:
                self._begin(hand, following)
        starting = sum(not hand.ready for hand in self._in_hand)
        if len(self._waiting) > starting and len(self._in_hand) < WORKERS:
            self._start()

    def _start(self) -> None:
        self._in_hand[Hand(self._setup, self._main, self._heard, self._died)] = None

    def _begin(self, hand: Hand, errand: Errand) -> None:
        self._waiting.pop(errand.request.id, None)
        self._in_hand[hand] = errand
        errand.timer = asyncio.get_running_loop().call_later(errand.seconds, self._late, hand, errand)
        hand.send(errand.request)

    def _heard(self, hand: Hand, answer: Answer) -> None:
        errand = self._in_hand.get(hand)
        hand.ready = True
        if isinstance(answer, ChoreDone) and errand is not None and answer.id == errand.request.id:
            self._in_hand[hand] = None
            if answer.reason:
                errand.fail(_error(answer))
            else:
                if errand.timer is not None:
                    errand.timer.cancel()
                if not errand.future.done():
                    errand.future.set_result(answer.data)
        self._feed()

    def _late(self, hand: Hand, errand: Errand) -> None:
        """It takes too long: its worker ends with it."""
        if self._in_hand.get(hand) is errand:
            del self._in_hand[hand]
            hand.close()
            errand.fail(Late(f"it was not done within {errand.seconds:g} s"))
            self._feed()

    def _died(self, hand: Hand, how: str) -> None:
        errand = self._in_hand.pop(hand, None)
        if errand is not None:
            errand.fail(Unreadable(f"the process that had this in hand {how}"))
        elif not hand.ready and (errand := self._queue.take()) is not None:
            self._waiting.pop(errand.request.id, None)  # it can't be started: one chore pays for it, and not for ever
            errand.fail(Unreadable(f"the process that does this {how} as it started"))
        self._feed()
