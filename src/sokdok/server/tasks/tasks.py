"""Tasks: jobs of the engine that are journaled, and go on where they stopped when the server starts again."""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import sqlite3
import time
from collections.abc import Callable, Collection
from pathlib import Path

from sokdok.errors import InputError
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.job_handle import JobHandle, Keep
from sokdok.server.engine.messages import Job
from sokdok.server.engine.refused import Ended, Stopping, fault_of
from sokdok.server.tasks.key_value import KeyValueStore
from sokdok.server.tasks.spool import Spool
from sokdok.server.tasks.store import Task, TaskStore

_LOG = logging.getLogger("sokdok.server")
_SWEEP_S = 60.0  # between looks at what is kept too long


class Tasks:
    """The tasks of one server. Raises InputError if another one has its data folder."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        folder = engine.settings.data
        self._lock = _locked(folder / "lock")
        self.store = TaskStore(folder / "tasks.sqlite")
        self.key_values = KeyValueStore(folder / "tasks.sqlite")
        self.spool = Spool(engine.spool)
        self._folders = folder / "tasks"
        self._running: dict[str, JobHandle] = {}
        self._sweeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take up what was accepted and has not ended."""
        self.spool.remove_others(self.store.uploads() | self.key_values.uploads())
        self._remove_others(self.store.ids())
        for task in self.store.unfinished():
            if task.job.waited:  # who waited went with the last server
                self._remove(task)
                continue
            handle = self.engine.submit(
                task.job,
                task.owner,
                self._keep(task.id),
                id=task.id,
                missing=self.store.missing(task),
                patient=True,
            )
            self._follow(handle)
        self._sweeping = asyncio.create_task(self._sweep())

    def stop(self) -> None:
        """Leave what is not done for the next start; the engine has stopped."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.store.close()
        self.key_values.close()
        os.close(self._lock)

    def create(self, job: Job, owner: str) -> Task:
        """Accept a job: from now on it will be read, whatever becomes of the server. Raises Busy or Stopping."""
        size = (self.spool.folder / job.upload).stat().st_size
        # The engine begins in the next turn of the loop, and the journal is written in this one.
        kept: list[Keep] = []
        handle = self.engine.submit(
            job, owner, lambda number, row, failed: kept[0](number, row, failed), patient=not job.waited
        )
        kept.append(self._keep(handle.id))
        try:
            self.store.add(handle.id, owner, job, size)
        except BaseException:
            self.engine.scheduler.cancel(handle)
            raise
        self._follow(handle)
        return self.require(handle.id, owner)

    def require(self, id: str, owner: str) -> Task:
        """A task of somebody. Raises KeyError if there is none, also where it is somebody else's."""
        task = self.store.find(id, owner)
        if task is None:
            raise KeyError(id)
        return task

    def folder(self, id: str) -> Path:
        """Where what is made of a task's pages is kept as long as the task; made if need be."""
        folder = self._folders / id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def handle(self, id: str) -> JobHandle | None:
        """A task in the engine; None if it has ended."""
        return self._running.get(id)

    def cancel(self, id: str) -> None:
        """Cancel a task, if it has not ended; what was read of it is kept as of any other."""
        handle = self._running.get(id)
        if handle is not None:
            self.engine.scheduler.cancel(handle)

    def forget(self, task: Task) -> None:
        """Remove a task that nobody wants any more, wherever it stands."""
        self.cancel(task.id)
        try:
            self._remove(task)
        except (OSError, sqlite3.Error) as error:  # the next start, or the next sweep, removes it
            _LOG.error("task %s could not be removed: %s", task.id, error)

    def _remove(self, task: Task) -> None:
        self.store.remove(task.id)
        self.spool.remove(task.job.upload)
        shutil.rmtree(self._folders / task.id, ignore_errors=True)

    def _keep(self, id: str) -> Keep:
        return lambda number, row, failed: self.store.add_page(id, number, row, failed)

    def _follow(self, handle: JobHandle) -> None:
        self._running[handle.id] = handle
        handle.at_end = self._close
        if handle.has_ended:
            self._close(handle)

    def _close(self, handle: JobHandle) -> None:
        """Write down how a task ended; one that the server's end has stopped goes on with the next."""
        del self._running[handle.id]
        if isinstance(handle.error, Stopping):
            return
        reason = "" if handle.error is None or isinstance(handle.error, Ended) else str(handle.error)
        try:
            self.store.set_state(handle.id, handle.state, reason, fault_of(handle.error))
        except sqlite3.Error as error:  # a full disk: it is taken up again with the next start
            _LOG.error("task %s: its end could not be written down: %s", handle.id, error)

    def _remove_others(self, ids: Collection[str]) -> None:
        """Remove folders of tasks that are no more: a killed server left them."""
        for path in self._folders.glob("*"):
            if path.name not in ids:
                shutil.rmtree(path, ignore_errors=True)

    async def _sweep(self) -> None:
        """Forget tasks that are kept too long, or take too much room."""
        while True:
            self.sweep(time.time)
            await asyncio.sleep(_SWEEP_S)

    def sweep(self, clock: Callable[[], float]) -> None:
        """The same, now."""
        bounds = self.engine.settings.bounds
        try:
            before = clock() - bounds.kept_hours * 3_600
            for task in self.store.expired(before, bounds.kept_bytes):
                self._remove(task)
            for upload in self.key_values.expire(before, bounds.kept_bytes):
                self.spool.remove(upload)
        except (OSError, sqlite3.Error) as error:
            _LOG.error("old tasks could not be removed: %s", error)


def _locked(path: os.PathLike[str]) -> int:
    """Hold a file for this process alone, until it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InputError(
            f"another server has the folder {os.path.dirname(path)}: give this one another --data"
        ) from None
    return descriptor
