"""MCP's streamable HTTP at `/mcp`: each request stands for itself, and shows its key as every other request does.

Documents are those that a client has uploaded to the server: its tasks, and what comes in a call itself. The SDK is
loaded by the first request: importing it takes a second.
"""

from __future__ import annotations

import asyncio
import io
import logging
import sys
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from functools import partial
from importlib import import_module
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

import anyio
from anyio.abc import TaskStatus
from msgspec.structs import replace
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError
from sokdok.memory.memory import Memory
from sokdok.memory.tools import text_argument
from sokdok.server.api.common import MOST_PASSWORD, Parts, owner
from sokdok.server.api.requests import accepted, from_base64, spooled
from sokdok.server.mcp.reading import OpenedDocument
from sokdok.server.tasks.files import pages_in, shown_name
from sokdok.server.tasks.store import Task

if TYPE_CHECKING:
    from sokdok.server.mcp.server import Offer

if find_spec("mcp") is None:  # said when a server starts, as of every other library of its extra
    raise ModuleNotFoundError("No module named 'mcp'", name="mcp")

PATH = "/mcp"
DEFAULT = "default"  # the conversation where the address names none: `/mcp?conversation=NAME`
_MOST_NAME = 200
_MOST_KNOWN = 20
_WIDTH_PX = 960  # of a picture: what a model looks at without making it smaller
_LOOK_S = 1.0  # between looks at the journal, where nothing wakes one before


class McpEndpoint:
    """An ASGI application, for POST alone: a server without sessions sends nothing unasked."""

    def __init__(self) -> None:
        self._inner: ASGIApp | None = None
        self._opening = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises HTTPException 401."""
        owner(Request(scope))
        async with self._opening:
            self._inner = self._inner or await self._tasks.start(self._answer)
        await self._inner(scope, receive, send)

    @asynccontextmanager
    async def running(self, parts: Parts) -> AsyncIterator[None]:
        """Answer for a server, while it lasts."""
        # The SDK is entered and left by one task, which none of the requests is.
        async with anyio.create_task_group() as self._tasks:
            self._parts = parts
            yield
            self._tasks.cancel_scope.cancel()

    async def _answer(self, *, task_status: TaskStatus[ASGIApp]) -> None:
        parts = self._parts
        sdk = "mcp.server.streamable_http_manager", "sokdok.server.mcp.server"
        manager_of, build = [await asyncio.to_thread(import_module, name) for name in sdk]
        # The SDK's warnings and errors quote what was sent; ours say what went wrong.
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
        memory = parts.settings.memory is not None
        server = build.build(lambda context: _offered_to(parts, context.request), documents=True, memory=memory)
        # Hosts, origins and the size of a body are checked before, and refused in our words.
        manager = manager_of.StreamableHTTPSessionManager(server, stateless=True, max_request_body_size=sys.maxsize)
        async with manager.run():
            task_status.started(manager.handle_request)
            await anyio.sleep_forever()


def _offered_to(parts: Parts, request: Request) -> Offer:
    """The asker's documents, and a conversation of the asker's memory where the server keeps any."""
    from mcp.shared.exceptions import MCPError
    from mcp.types import INVALID_PARAMS

    from sokdok.server.mcp.server import Offer

    who = owner(request)
    documents = Uploads(parts, who)
    if parts.settings.memory is None:
        return Offer(documents)
    conversation = request.query_params.get("conversation") or DEFAULT
    if len(conversation) > _MOST_NAME:
        raise MCPError(INVALID_PARAMS, f"the name of a conversation has {_MOST_NAME} characters at most")
    return Offer(documents, lambda: Memory(parts.memory_file(who), conversation=conversation))


class Uploads:
    """Documents of one owner."""

    required: tuple[str, ...] = ()

    def __init__(self, server: Parts, owner: str) -> None:
        self.server, self.owner = server, owner
        self.properties: dict[str, Any] = {
            "document": {
                "type": "string",
                "description": "Id of a document, of an upload to /v1/tasks or from an answer.",
            },
            "data": {"type": "string", "description": "Instead: the file's content in base64."},
            "name": {"type": "string", "maxLength": 200, "description": "What to call that file: report.pdf"},
            "password": {"type": "string", "maxLength": MOST_PASSWORD, "description": "Of an encrypted PDF; not kept."},
        }

    async def open(self, arguments: Mapping[str, Any]) -> OpenedDocument:
        """A task, or a new one of the data that came with a call."""
        if ("data" in arguments) == ("document" in arguments):
            raise InputError("name a document by its id in 'document', or send one in 'data', in base64")
        if "data" in arguments:
            return self._opened(await self._created(arguments))
        id = text_argument(arguments, "document", '"4b91…"')
        task = self.server.tasks.find(id, self.owner)
        if task is None or task.job.kind != "document":
            raise InputError(f"there is no document {id!r}: upload it to /v1/tasks, or send it in 'data'")
        return self._opened(task)

    def known(self) -> Sequence[OpenedDocument]:
        """The newest."""
        tasks = self.server.tasks.of_owner(self.owner, _MOST_KNOWN)
        return [self._opened(task) for task in tasks if task.job.kind == "document"]

    def _opened(self, task: Task) -> OpenedDocument:
        pages, picture = partial(self._pages, task), partial(self._picture, task)
        return OpenedDocument(task.id, task.job.shown_as, task.job.pages, pages, picture)

    async def _created(self, arguments: Mapping[str, Any]) -> Task:
        """Accept what a call holds: all of its pages, so that later calls can ask for others."""
        server, owner = self.server, self.owner
        texts = {name: value for name, value in arguments.items() if isinstance(value, str)}
        shown_as = shown_name(texts.get("name"))
        server.engine.require_room(1, owner)
        data = arguments["data"]
        if not isinstance(data, str) or not data:
            raise InputError("the argument 'data' must be the file's content in base64")
        content = await asyncio.to_thread(from_base64, data.partition(";base64,")[2] or data, "the argument 'data'")
        upload = await spooled(server, io.BytesIO(content), shown_as)
        question = replace(server.engine.question, password=texts.get("password"))
        return await accepted(server, owner, upload, shown_as, question)

    async def _pages(self, task: Task, numbers: Sequence[int], seconds: float) -> AsyncIterator[DocumentPage]:
        """Pages as soon as they and those before them are journaled."""
        tasks, end = self.server.tasks, time.monotonic() + seconds
        known = set[int]()
        for number in numbers:
            while number not in known:
                if number in (known := {record.number for record in tasks.pages(task.id)}):
                    break
                handle = tasks.handle(task.id)
                if handle is None:
                    ended = tasks.find(task.id, self.owner)
                    why = (ended.reason or f"the task was {ended.state}") if ended else "it is kept no longer"
                    raise InputError(f"{task.job.shown_as} was not read: {why}")
                if (left := end - time.monotonic()) <= 0:
                    return
                await asyncio.wait({asyncio.ensure_future(handle.change())}, timeout=min(left, _LOOK_S))
            for page in pages_in(tasks.log(task.id), number, number):
                yield page

    async def _picture(self, task: Task, number: int) -> bytes:
        """A page as it is drawn for everybody."""
        path = await self.server.results.picture(task, number, _WIDTH_PX)
        return await asyncio.to_thread(path.read_bytes)
