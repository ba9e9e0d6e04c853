"""A job that was accepted, as whoever waits for it sees it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from typing import Literal

from sokdok.errors import SokdokError
from sokdok.server.engine.messages import Job

State = Literal["waiting", "reading", "done", "failed", "cancelled"]
Keep = Callable[[int, bytes, bool], None]
"""keeps a page: its number, its row, and whether it failed; before anybody is told that it is read"""


class JobHandle:
    """A job in the engine. Belongs to the event loop."""

    def __init__(self, id: str, owner: str, job: Job, keep: Keep, patient: bool = False) -> None:
        """`patient`: it waits where no reader works at the moment."""
        self.patient = patient
        self.id, self.owner, self.job, self.keep = id, owner, job, keep
        self.state: State = "waiting"
        self.error: SokdokError | None = None
        """why it failed, or was cancelled"""
        self.missing = set(job.pages)
        self.endpoint_failed = 0
        """pages at which the endpoint failed"""
        self.accepted = time.monotonic()
        self.at_end: Callable[[JobHandle], None] = lambda handle: None
        """called when it has ended, before anybody is woken: writes it down"""
        self._changed = asyncio.Event()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def changes(self, state: State | None = None) -> None:
        """Something has happened: wake who waits."""
        self.state = state or self.state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def ends(self, state: State, error: SokdokError | None) -> None:
        """Nothing more will happen."""
        self.state, self.error = state, error
        self.at_end(self)
        self.changes()

    async def change(self) -> None:
        """Wait until something happens; what happened before is not waited for."""
        await self._changed.wait()

    async def ended(self) -> None:
        """Wait for the end. Raises the error of a job that failed or was cancelled."""
        while not self.has_ended:
            await self.change()
        if self.error is not None:
            raise self.error
