"""What is made of a task's pages: pictures, and the document in every form; kept in the task's folder."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

import msgspec

from sokdok.server.executor.executor import Executor
from sokdok.server.executor.messages import (
    CutFigure,
    DrawPage,
    ExtractFields,
    FindText,
    ListFigures,
    Operation,
    Read,
    Upload,
    WritePages,
)
from sokdok.server.tasks.store import Task
from sokdok.server.tasks.tasks import Tasks

FORMS = {
    "md": "text/markdown; charset=utf-8",
    "html": "text/html; charset=utf-8",
    "json": "application/json",
    "txt": "text/plain; charset=utf-8",
    "docx": "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
    "hocr": "text/vnd.hocr+html; charset=utf-8",
    "pdf": "application/pdf",
}  # forms of a result, and what they are sent as
WIDTHS = (240, 480, 960, 1440, 1920)  # of pages' pictures: few, so that many clients ask for the same
PICTURE_S = 60.0  # for one picture


class Results:
    """What is made of tasks' pages, each thing once, by the workers of the executor."""

    def __init__(self, tasks: Tasks, executor: Executor) -> None:
        self._tasks, self._executor = tasks, executor
        self._making: dict[Path, asyncio.Future[None]] = {}

    async def picture(self, task: Task, page: int, width: int) -> Path:
        """A page's picture, at least so wide if it can be; a PNG. Raises Absent, and what `Executor.run` does."""
        step = next((step for step in WIDTHS if step >= width), WIDTHS[-1])
        path = self._tasks.folder(task.id) / f"page-{page}-{step}.png"
        return await self._made(task, path, DrawPage(_upload(task), page, step, str(path)), PICTURE_S)

    async def figure(self, task: Task, id: str) -> Path:
        """A figure's picture, by the id that `figures` gives it; a PNG."""
        path = self._tasks.folder(task.id) / f"figure-{id}.png"
        return await self._made(task, path, CutFigure(self.read(task), id, str(path)), PICTURE_S)

    async def written(self, task: Task, form: str, *, words: bool = False, page: int | None = None) -> Path:
        """The document in one of `FORMS`, or one of its pages; `words`: in JSON with their places."""
        words = words and form == "json"
        what = "document" if page is None else f"page-{page}"
        if page is not None and task.ended is None:  # pages around it, which tell its furniture, are still to come
            what += f"-of-{task.pages}"
        path = self._tasks.folder(task.id) / f"{what}{'-words' if words else ''}.{form}"
        operation = WritePages(self.read(task), form, words, str(path), page)
        return await self._made(task, path, operation, self._tasks.engine.settings.limits.file_seconds)

    async def answered(self, task: Task, make: Callable[[str], Operation]) -> IO[bytes]:
        """What an operation writes to its file, opened: that has no name any more, and goes when it is closed.

        Its work was admitted with the task's. Raises what `Executor.run` does, but for Busy.
        """
        path = self._tasks.folder(task.id) / f"answer-{uuid4().hex}"
        seconds = self._tasks.engine.settings.limits.file_seconds
        try:
            await self._executor.run(make(str(path)), task.owner, seconds, admitted=True)
            return path.open("rb")
        finally:
            path.unlink(missing_ok=True)

    async def extracted(self, task: Task, schema: str, endpoint: str, model: str | None) -> bytes:
        """Fields of a JSON schema with their places, as JSON. Raises EndpointError, and what `Executor.run` does."""
        operation = ExtractFields(self.read(task), schema, endpoint, model)
        return await self._executor.run(operation, task.owner, self._tasks.engine.settings.bounds.wait_seconds)

    async def figures(self, task: Task) -> list[dict[str, Any]]:
        """Figures of the pages that are read."""
        return await self._told(task, ListFigures(self.read(task)))

    async def find(self, task: Task, text: str) -> list[dict[str, Any]]:
        """Places of a text on the pages that are read."""
        return await self._told(task, FindText(self.read(task), text))

    async def _told(self, task: Task, operation: Operation) -> list[dict[str, Any]]:
        seconds = self._tasks.engine.settings.limits.file_seconds
        found: list[dict[str, Any]] = msgspec.json.decode(await self._executor.run(operation, task.owner, seconds))
        return found

    async def _made(self, task: Task, path: Path, operation: Operation, seconds: float) -> Path:
        """A file of a task, made unless it is there; whoever asks meanwhile waits for the same."""
        if path not in self._making and path.is_file():
            return path
        if path not in self._making:
            self._making[path] = asyncio.ensure_future(self._make(task, path, operation, seconds))
            self._making[path].add_done_callback(lambda made: self._making.pop(path))
        await asyncio.shield(self._making[path])
        return path

    async def _make(self, task: Task, path: Path, operation: Operation, seconds: float) -> None:
        await self._executor.run(operation, task.owner, seconds)
        self._tasks.store.add_bytes(task.id, path.stat().st_size)

    def read(self, task: Task) -> Read:
        """A task as operations name it."""
        engine = self._tasks.engine
        reader = engine.reader.reader if task.job.asked.needs_reader else ""
        return Read(str(self._tasks.store.path), task.id, _upload(task), task.job.asked, reader)


def _upload(task: Task) -> Upload:
    return Upload(task.job.upload, task.job.shown_as)
