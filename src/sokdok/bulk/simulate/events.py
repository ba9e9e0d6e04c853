"""Events in time, and what serves: servers with queues, and a reader or a node that shares its speed."""

from __future__ import annotations

import heapq
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from itertools import count


@dataclass
class Clock:
    """Events at their times, each a call."""

    now: float = 0.0
    _events: list[tuple[float, int, Callable[[], None]]] = field(default_factory=list)
    _order: count[int] = field(default_factory=count)
    ended: bool = False

    def after(self, seconds: float, call: Callable[[], None]) -> None:
        """Have something called when so many seconds have passed."""
        heapq.heappush(self._events, (self.now + seconds, next(self._order), call))

    def run(self) -> None:
        """Until nothing is left to happen, or what happened set `ended`."""
        while self._events and not self.ended:
            self.now, _, call = heapq.heappop(self._events)
            call()


class Servers:
    """Servers of one kind with a queue before them, which may have a bound: `put` says whether there was room."""

    def __init__(self, number: int, room: float, clock: Clock) -> None:
        self.number, self.room, self.clock = number, room, clock
        self.busy = 0
        self.worked = 0.0
        self._waiting: deque[tuple[float, Callable[[], bool]]] = deque()
        self._stuck: deque[Callable[[], bool]] = deque()
        self.freed: Callable[[], None] = lambda: None
        """called when there is room again"""

    def put(self, seconds: float, then: Callable[[], bool], *, first: bool = False) -> bool:
        """Serve for so long, `then` go on; where that answers False, the server is stuck until it answers True."""
        if len(self._waiting) >= self.room:
            return False
        if first:
            self._waiting.appendleft((seconds, then))
        else:
            self._waiting.append((seconds, then))
        self._serve()
        return True

    def retry(self) -> None:
        """There is room behind: let those go on that are stuck."""
        while self._stuck:
            then = self._stuck.popleft()  # out of the way first: what it sets off may come back here
            if not then():
                self._stuck.appendleft(then)
                break
            self.busy -= 1
        self._serve()

    def _serve(self) -> None:
        took = False
        while self._waiting and self.busy < self.number:
            seconds, then = self._waiting.popleft()
            self.busy += 1
            self.worked += seconds
            took = True
            self.clock.after(seconds, partial(self._end, then))
        if took:
            self.freed()

    def _end(self, then: Callable[[], bool]) -> None:
        if then():
            self.busy -= 1
            self._serve()
        else:
            self._stuck.append(then)


class Shared:
    """What serves everyone at once and shares its speed: the reader, or a node among units.

    Everyone gets the same, so that who has work `w` at hand ends when the sum of what each got has risen by `w`: a heap
    of those ends, and one event for the next of them.
    """

    def __init__(self, speed_of: Callable[[int], float], clock: Clock) -> None:
        self._speed_of, self._clock = speed_of, clock
        self._ends: list[tuple[float, int, Callable[[], None]]] = []
        self._order = count()
        self.given = 0.0
        """work that each one got who was here all the time"""
        self._since = 0.0
        self._version = 0
        self.served = 0.0
        """work done"""
        self.area = 0.0
        """integral of how many were served, over time in seconds"""

    def __len__(self) -> int:
        return len(self._ends)

    def add(self, work: float, then: Callable[[], None]) -> None:
        """Serve so much work, and call when it is done."""
        self._pass_time()
        heapq.heappush(self._ends, (self.given + work, next(self._order), then))
        self._plan()

    def stop(self) -> None:
        """Drop everyone: nobody is called."""
        self._pass_time()
        self._ends.clear()
        self._version += 1

    def _pass_time(self) -> None:
        number, seconds = len(self._ends), self._clock.now - self._since
        self._since = self._clock.now
        if number and seconds:
            work = self._speed_of(number) * seconds
            self.given += work / number
            self.served += work
            self.area += number * seconds

    def _plan(self) -> None:
        self._version += 1
        if self._ends:
            number = len(self._ends)
            seconds = max(self._ends[0][0] - self.given, 0.0) * number / self._speed_of(number)
            self._clock.after(seconds, partial(self._next, self._version))

    def _next(self, version: int) -> None:
        if version != self._version:  # somebody came or went meanwhile
            return
        self._pass_time()
        end, _, then = heapq.heappop(self._ends)
        self.given = max(self.given, end)
        self._plan()
        then()
