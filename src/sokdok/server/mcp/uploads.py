"""Documents that a client has uploaded to the server: its tasks, and what comes in a call itself."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_from_json
from sokdok.errors import InputError
from sokdok.memory.tools import text_argument
from sokdok.server.api.dependencies import Parts, spooled
from sokdok.server.api.waiting import MOST_PASSWORD, accepted
from sokdok.server.mcp.sources import Opened
from sokdok.server.tasks.spool import shown_name
from sokdok.server.tasks.store import Task

_MOST_KNOWN = 20
_WIDTH_PX = 960  # of a picture: what a model looks at without making it smaller
_LOOK_S = 1.0  # between looks at the journal, where nothing wakes one before


class Uploads:
    """Documents of one owner."""

    required: tuple[str, ...] = ()

    def __init__(self, server: Parts, owner: str) -> None:
        self.server, self.owner = server, owner
        self.properties: dict[str, Any] = {
            "document": {"type": "string", "description": "Id of a document: of an upload to /v1/tasks, or as told."},
            "data": {"type": "string", "description": "Instead: the file's content in base64."},
            "name": {"type": "string", "maxLength": 200, "description": "What to call that file: report.pdf"},
            "password": {"type": "string", "maxLength": MOST_PASSWORD, "description": "Of an encrypted PDF; not kept."},
        }

    async def open(self, arguments: Mapping[str, Any]) -> Opened:
        """A task, or a new one of the data that came with a call."""
        if ("data" in arguments) == ("document" in arguments):
            raise InputError("name a document by its id in 'document', or send one in 'data', in base64")
        if "data" in arguments:
            return self._opened(await self._created(arguments))
        id = text_argument(arguments, "document", '"4b91…"')
        task = self.server.tasks.store.find(id, self.owner)
        if task is None or task.job.kind != "document":
            raise InputError(f"there is no document {id!r}: upload it to /v1/tasks, or send it in 'data'")
        return self._opened(task)

    def known(self) -> Sequence[Opened]:
        """The newest."""
        tasks = self.server.tasks.store.of_owner(self.owner, _MOST_KNOWN)
        return [self._opened(task) for task in tasks if task.job.kind == "document"]

    def _opened(self, task: Task) -> Opened:
        return UploadedDocument(task.id, task.job.shown_as, task.job.pages, self)

    async def _created(self, arguments: Mapping[str, Any]) -> Task:
        """Accept what a call holds: all of its pages, so that later calls can ask for others."""
        server, owner = self.server, self.owner
        name = arguments.get("name")
        shown_as = shown_name(name if isinstance(name, str) else None)
        server.engine.require_room(1, owner)
        content = await asyncio.to_thread(_decoded, arguments["data"])
        upload = await spooled(server, io.BytesIO(content), shown_as)
        password = arguments.get("password")
        return await accepted(server, owner, upload, shown_as, password=password if isinstance(password, str) else None)


def _decoded(data: Any) -> bytes:
    """The bytes of base64, of a data URL too. Raises InputError."""
    if not isinstance(data, str):
        raise InputError("the argument 'data' must be the file's content in base64")
    try:
        content = base64.b64decode(data.partition(";base64,")[2] or data, validate=True)
    except (binascii.Error, ValueError):
        raise InputError("the argument 'data' is not valid base64") from None
    if not content:
        raise InputError("the argument 'data' holds nothing")
    return content


@dataclass
class UploadedDocument:
    """A task."""

    id: str
    name: str
    numbers: tuple[int, ...]
    uploads: Uploads

    async def pages(self, numbers: Sequence[int], seconds: float) -> AsyncIterator[DocumentPage]:
        """Pages as soon as they and those before them are journaled."""
        tasks, end = self.uploads.server.tasks, time.monotonic() + seconds
        for number in numbers:
            while (row := tasks.store.page(self.id, number)) is None:
                handle = tasks.handle(self.id)
                if handle is None:
                    raise InputError(f"{self.name} was not read: {self._reason()}")
                if (left := end - time.monotonic()) <= 0:
                    return
                await asyncio.wait({asyncio.ensure_future(handle.change())}, timeout=min(left, _LOOK_S))
            yield page_from_json(row.decode())

    def _reason(self) -> str:
        task = self.uploads.server.tasks.store.find(self.id, self.uploads.owner)
        if task is None:
            return "it is kept no longer"
        return task.reason or f"the task was {task.state}"

    async def picture(self, number: int) -> bytes:
        """A page as it is drawn for everybody."""
        server = self.uploads.server
        task = server.tasks.store.find(self.id, self.uploads.owner)
        if task is None:
            raise InputError(f"{self.name} is kept no longer")
        path = await server.results.picture(task, number, _WIDTH_PX)
        return await asyncio.to_thread(path.read_bytes)
