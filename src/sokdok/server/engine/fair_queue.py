"""A fair queue, and who is next in it: owners of keys take turns by pages, and so do the jobs of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


class Turns:
    """Names that take turns: next is who had the fewest pages. Whoever comes later begins where the others stand."""

    def __init__(self) -> None:
        self._had: dict[str, int] = {}

    def join(self, name: str) -> None:
        """Take part from now on."""
        self._had.setdefault(name, min(self._had.values(), default=0))

    def next(self) -> str | None:
        """Whose turn it is; of several the one who came first."""
        return min(self._had, key=self._had.__getitem__, default=None)

    def count(self, name: str, pages: int) -> None:
        """Somebody had so many pages."""
        self._had[name] += pages

    def leave(self, name: str) -> None:
        """Take part no longer."""
        del self._had[name]


@dataclass
class _Owner(Generic[T]):
    turns: Turns = field(default_factory=Turns)
    waiting: dict[str, deque[tuple[T, int]]] = field(default_factory=dict)  # by job: what is to be done and its pages


class FairQueue(Generic[T]):
    """Things that wait, each of a job of an owner."""

    def __init__(self) -> None:
        self._turns = Turns()
        self._owners: dict[str, _Owner[T]] = {}

    def put(self, owner: str, job: str, thing: T, pages: int, *, first: bool = False) -> None:
        """One more thing, behind the others of its job, or before them."""
        of_owner = self._owners.setdefault(owner, _Owner())
        self._turns.join(owner)
        of_owner.turns.join(job)
        waiting = of_owner.waiting.setdefault(job, deque())
        if first:
            waiting.appendleft((thing, pages))
        else:
            waiting.append((thing, pages))

    def take(self, fits: Callable[[T], bool] = lambda thing: True) -> T | None:
        """What is to be done next; None if nothing waits, or what does is not wanted."""
        owner = self._turns.next()
        if owner is None:
            return None
        of_owner = self._owners[owner]
        job = of_owner.turns.next()
        assert job is not None
        thing, pages = of_owner.waiting[job][0]
        if not fits(thing):
            return None
        of_owner.waiting[job].popleft()
        self._turns.count(owner, pages)
        of_owner.turns.count(job, pages)
        if not of_owner.waiting[job]:
            self._forget(owner, job)
        return thing

    def drop(self, owner: str, job: str) -> None:
        """Forget what waits of a job."""
        if owner in self._owners and job in self._owners[owner].waiting:
            self._forget(owner, job)

    def _forget(self, owner: str, job: str) -> None:
        of_owner = self._owners[owner]
        del of_owner.waiting[job]
        of_owner.turns.leave(job)
        if not of_owner.waiting:
            del self._owners[owner]
            self._turns.leave(owner)
