"""What is made of a task's pages: pictures, and the document in every form; kept in the task's folder."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import IO, Any
from uuid import uuid4

from sokdok.server.engine.tools import Tools
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
_PICTURE_S = 60.0  # for one picture


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
        return await self._made(task, f"page-{page}-{step}.png", _PICTURE_S, "draw_page", *asked)

    async def figure(self, task: Task, id: str) -> Path:
        """A figure's picture, by the id that `list_figures` gives it; a PNG. Raises Absent."""
        return await self._made(task, f"figure-{id}.png", _PICTURE_S, "cut_figure", self._tasks.read(task), id)

    async def written(self, task: Task, form: str, *, words: bool = False, page: int | None = None) -> Path:
        """The document in one of `FORMS`, or one of its pages; `words`: in JSON with their places."""
        words = words and form == "json"
        name = "document" if page is None else f"page-{page}"
        if page is not None and task.ended is None:  # pages around it, which decide its furniture, are still to come
            name += f"-of-{task.pages}"
        name += f"{'-words' if words else ''}.{form}"
        return await self._made(task, name, self._seconds, "write_pages", self._tasks.read(task), form, words, page)

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

    async def _made(self, task: Task, name: str, seconds: float, method: str, *arguments: Any) -> Path:
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
