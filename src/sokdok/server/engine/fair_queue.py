"""A fair queue: owners of keys take turns by pages, and so do the jobs of each."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Generic, TypeVar

T = TypeVar("T")


@dataclass
class _Job(Generic[T]):
    had: int  # pages
    waiting: deque[tuple[T, int]] = field(default_factory=deque)  # what is to be done, and its pages


@dataclass
class _Owner(Generic[T]):
    had: int
    jobs: dict[str, _Job[T]] = field(default_factory=dict)


class FairQueue(Generic[T]):
    """Things that wait, each of a job of an owner. Next is who had the fewest pages, of several who came first.

    Whoever comes later begins where the others stand.
    """

    def __init__(self) -> None:
        self._owners: dict[str, _Owner[T]] = {}

    def put(self, owner: str, job: str, thing: T, pages: int, *, first: bool = False) -> None:
        """One more thing, behind the others of its job, or before them."""
        if owner not in self._owners:
            self._owners[owner] = _Owner(min((each.had for each in self._owners.values()), default=0))
        jobs = self._owners[owner].jobs
        if job not in jobs:
            jobs[job] = _Job(min((each.had for each in jobs.values()), default=0))
        (jobs[job].waiting.appendleft if first else jobs[job].waiting.append)((thing, pages))

    def take(self, fits: Callable[[T], bool] = lambda thing: True) -> T | None:
        """What is to be done next; None if nothing waits, or what does is not wanted."""
        if not self._owners:
            return None
        owner, of_owner = min(self._owners.items(), key=lambda each: each[1].had)
        job, of_job = min(of_owner.jobs.items(), key=lambda each: each[1].had)
        thing, pages = of_job.waiting[0]
        if not fits(thing):
            return None
        of_job.waiting.popleft()
        of_owner.had += pages
        of_job.had += pages
        if not of_job.waiting:
            self.drop(owner, job)
        return thing

    def drop(self, owner: str, job: str) -> None:
        """Forget what waits of a job."""
        if owner in self._owners:
            self._owners[owner].jobs.pop(job, None)
            if not self._owners[owner].jobs:
                del self._owners[owner]
