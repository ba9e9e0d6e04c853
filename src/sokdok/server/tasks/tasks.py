"""Tasks: jobs of the engine that are journaled, and go on where they stopped when the server starts again.

What is made of their pages, pictures and the document in every form, is kept in a task's folder as long as the task.
"""

from __future__ import annotations

import asyncio
import fcntl
import logging
import os
import shutil
import sqlite3
import time
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from msgspec.structs import replace

from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_to_json
from sokdok.errors import InputError
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.job import JobHandle, ReadJob, TaskRead, failed_row
from sokdok.server.engine.tools import Tools
from sokdok.server.errors import Ended, Stopping, fault_of
from sokdok.server.tasks.files import PageLog, PageRecord, Spool, page_records
from sokdok.server.tasks.store import Task, TaskStore

_LOG = logging.getLogger("sokdok.server")
_SWEEP_S = 60.0  # between looks at what is kept too long
FORMS: dict[str, str] = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
"""forms of a result, and what they are sent as"""
WIDTHS = (240, 480, 960, 1440, 1920)  # of pages' pictures: few, so that many clients ask for the same
_PICTURE_S = 60.0  # for one picture


class Tasks:
    """The tasks of one server. Raises InputError if another one has its data folder."""

    def __init__(self, engine: Engine) -> None:
        self.engine = engine
        folder = engine.settings.data
        self._lock = _locked(folder / "lock")
        self.store = TaskStore(folder / "tasks.sqlite")
        self.spool = Spool(folder / "spool")
        self._folders = folder / "tasks"
        self._running: dict[str, tuple[JobHandle, PageLog]] = {}
        self._sweeping: asyncio.Task[None] | None = None

    def start(self) -> None:
        """Take up what was accepted and has not ended."""
        self.spool.remove_others(self.store.uploads())
        tasks = self.store.all()
        for path in self._folders.glob("*"):  # a killed server left it
            if path.name not in {task.id for task in tasks}:
                shutil.rmtree(path, ignore_errors=True)
        for task in tasks:
            if task.ended is not None and len(page_records(self.log(task.id))) < task.pages:
                task = self.store.reopen(task)
            if task.ended is None and task.job.waited:  # who waited went with the last server
                self._remove(task)
            elif task.ended is None:
                log = PageLog(self.log(task.id))
                read = {record.number for record in log.records}
                missing = [number for number in task.job.pages if number not in read]
                handle = self.engine.submit(task.job, task.owner, log.add, id=task.id, missing=missing, patient=True)
                self._follow(handle, log)
        self._sweeping = asyncio.create_task(self._sweep())

    def stop(self) -> None:
        """Leave what is not done for the next start; the engine has stopped."""
        if self._sweeping is not None:
            self._sweeping.cancel()
        self.store.close()
        os.close(self._lock)

    def create(self, job: ReadJob, owner: str, refused: str = "") -> Task:
        """Accept a job: from now on it will be read, whatever becomes of the server. Raises Busy or Stopping.

        One that is `refused`, for that reason, has ended, and its page failed."""
        id = Path(job.upload).stem
        size = (self.spool.folder / job.upload).stat().st_size
        log = PageLog(self.log(id))
        if refused:
            log.add(1, failed_row(job.kind, 1, refused), True)
        # The engine begins in the next turn of the loop, and the journal is written in this one.
        missing = () if refused else None
        handle = self.engine.submit(job, owner, log.add, id=id, missing=missing, patient=not job.waited)
        try:
            task = self.store.add(id, owner, job, size)
        except BaseException:
            self.engine.cancel(handle)
            raise
        self._follow(handle, log)
        return task

    def find(self, id: str, owner: str) -> Task | None:
        """A task of somebody as it stands; None if there is none, also where it is somebody else's."""
        task = self.store.find(id, owner)
        return None if task is None else self._with_progress(task)

    def of_owner(self, owner: str, most: int) -> list[Task]:
        """Somebody's newest tasks."""
        return list(map(self._with_progress, self.store.of_owner(owner, most)))

    def pages(self, id: str) -> list[PageRecord]:
        """The pages of a task that are read, in the order in which they were."""
        return self._running[id][1].records if id in self._running else page_records(self.log(id))

    def log(self, id: str) -> Path:
        """Where a task's pages are."""
        return self._folders / id / "pages"

    def folder(self, id: str) -> Path:
        """Where what is made of a task's pages is kept as long as the task; made if need be."""
        folder = self._folders / id
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        return folder

    def amend(self, task: Task, page: DocumentPage) -> None:
        """Put another page in place of one, of a task that has ended."""
        row = page_to_json(page).encode()
        PageLog(self.log(task.id)).add(page.number, row, page.status == "FAILURE")
        self.store.add_bytes(task.id, len(row))

    def read(self, task: Task) -> TaskRead:
        """A task as children get it."""
        reader = self.engine.about.reader if task.job.asked.needs_reader else ""
        return TaskRead(str(self.log(task.id)), task.job, reader)

    def handle(self, id: str) -> JobHandle | None:
        """A task in the engine; None if it has ended."""
        running = self._running.get(id)
        return running[0] if running is not None and not running[0].has_ended else None

    def cancel(self, id: str) -> None:
        """Cancel a task, if it has not ended; what was read of it is kept as of any other."""
        if (handle := self.handle(id)) is not None:
            self.engine.cancel(handle)

    def forget(self, task: Task) -> None:
        """Remove a task that nobody wants any more, wherever it stands."""
        self.cancel(task.id)
        try:
            self._remove(task)
        except (OSError, sqlite3.Error) as error:  # the next start, or the next sweep, removes it
            _LOG.error("task %s could not be removed: %s", task.id, error)

    def sweep(self, clock: Callable[[], float] = time.time) -> None:
        """Forget tasks that are kept too long, or take too much room; write down ends for which there was none."""
        bounds = self.engine.settings.bounds
        try:
            for handle, _ in list(self._running.values()):
                if handle.has_ended:
                    self._close(handle)
            before = clock() - bounds.kept_hours * 3_600
            for task in self.store.expired(before, bounds.kept_bytes):
                self._remove(task)
            for upload in self.store.expire_kept(before, bounds.kept_bytes):
                self.spool.remove(upload)
        except (OSError, sqlite3.Error) as error:
            _LOG.error("old tasks could not be removed: %s", error)

    async def _sweep(self) -> None:
        while True:
            self.sweep()
            await asyncio.sleep(_SWEEP_S)

    def _with_progress(self, task: Task) -> Task:
        """A task with what its log has while it goes on."""
        if task.id not in self._running:
            return task
        handle, log = self._running[task.id]
        failed = sum(record.failed for record in log.records)
        reason = str(handle.error or "") if handle.has_ended else ""
        return replace(task, state=handle.state, reason=reason, pages=len(log.records), failed=failed)

    def _follow(self, handle: JobHandle, log: PageLog) -> None:
        self._running[handle.id] = handle, log
        handle.at_end = self._close
        if handle.has_ended:
            self._close(handle)

    def _close(self, handle: JobHandle) -> None:
        """Write down how a task ended; one that the server's end has stopped goes on with the next."""
        _, log = running = self._running.pop(handle.id)
        if isinstance(handle.error, Stopping):
            return
        reason = "" if handle.error is None or isinstance(handle.error, Ended) else str(handle.error)
        failed = sum(record.failed for record in log.records)
        fault = fault_of(handle.error)
        try:
            self.store.end(handle.id, handle.state, reason, fault, len(log.records), failed, log.size)
        except sqlite3.Error as error:  # a full disk: once more with the next sweep, or the next start
            self._running[handle.id] = running
            _LOG.error("task %s: its end could not be written down: %s", handle.id, error)

    def _remove(self, task: Task) -> None:
        self.store.remove(task.id)
        self._running.pop(task.id, None)
        self.spool.remove(task.job.upload)
        shutil.rmtree(self._folders / task.id, ignore_errors=True)


class Results:
    """What is made of tasks' pages, each thing once, by children. Raises what `Tools.run` does."""

    def __init__(self, tasks: Tasks, tools: Tools) -> None:
        self._tasks, self._tools = tasks, tools
        self._making: dict[Path, asyncio.Future[None]] = {}
        self._seconds = tasks.engine.settings.limits.file_seconds

    async def picture(self, task: Task, page: int, width: int) -> Path:
        """A page's picture, at least so wide if it can be; a PNG. Raises Absent."""
        step = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
        asked = task.job.upload, task.job.shown_as, page, step
        return await self._rendered(task, f"page-{page}-{step}.png", _PICTURE_S, "draw_page", *asked)

    async def figure(self, task: Task, id: str) -> Path:
        """A figure's picture, by the id that `list_figures` gives it; a PNG. Raises Absent."""
        return await self._rendered(task, f"figure-{id}.png", _PICTURE_S, "cut_figure", self._tasks.read(task), id)

    async def written(self, task: Task, form: str, *, words: bool = False, page: int | None = None) -> Path:
        """The document in one of `FORMS`, or one of its pages; `words`: in JSON with their places."""
        words = words and form == "json"
        # Pages around one decide its furniture, and are still to come, or are mended.
        name = f"{'document' if page is None else f'page-{page}'}-of-{len(self._tasks.pages(task.id))}"
        name += f"{'-words' if words else ''}.{form}"
        return await self._rendered(task, name, self._seconds, "write_pages", self._tasks.read(task), form, words, page)

    async def answered(self, task: Task, name: str, *arguments: Any) -> IO[bytes]:
        """What a method writes to a file, opened: that has no name any more, and goes when it is closed.

        Its work was admitted with the task's: it is never Busy.
        """
        path = self._tasks.folder(task.id) / f"answer-{uuid4().hex}"
        try:
            asked = self._tasks.read(task), *arguments, str(path)
            await self._tools.run(name, *asked, owner=task.owner, seconds=self._seconds, kind=None, admitted=True)
            return path.open("rb")
        finally:
            path.unlink(missing_ok=True)

    async def answer(self, task: Task, name: str, *arguments: Any, seconds: float | None = None) -> bytes:
        """What a method answers about a task's pages, as JSON."""
        asked = self._tasks.read(task), *arguments
        answer: bytes = await self._tools.run(name, *asked, owner=task.owner, seconds=seconds or self._seconds)
        return answer

    async def _rendered(self, task: Task, name: str, seconds: float, method: str, *arguments: Any) -> Path:
        """A file of a task, made unless it is there; whoever asks meanwhile waits for the same."""
        path = self._tasks.folder(task.id) / name
        if path not in self._making and path.is_file():
            return path
        if path not in self._making:
            self._making[path] = asyncio.ensure_future(self._make(task, path, seconds, method, *arguments))
            self._making[path].add_done_callback(lambda made: self._making.pop(path))
        await asyncio.shield(self._making[path])
        return path

    async def _make(self, task: Task, path: Path, seconds: float, method: str, *arguments: Any) -> None:
        await self._tools.run(method, *arguments, str(path), owner=task.owner, seconds=seconds, kind=None)
        self._tasks.store.add_bytes(task.id, path.stat().st_size)


def _locked(path: Path) -> int:
    """Hold a file for this process alone, until it ends."""
    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        os.close(descriptor)
        raise InputError(f"another server has the folder {path.parent}: give this one another --data") from None
    return descriptor
