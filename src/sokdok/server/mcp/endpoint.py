"""The route `/mcp` of the server, which loads MCP's SDK when it is first asked: importing that takes a second."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from importlib.util import find_spec
from types import ModuleType

import anyio
from anyio.abc import TaskStatus
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sokdok.server.api.dependencies import Parts, owner

if find_spec("mcp") is None:  # said when a server starts, as of every other library of its extra
    raise ModuleNotFoundError("No module named 'mcp'", name="mcp")

PATH = "/mcp"


class Endpoint:
    """An ASGI application, for POST alone: a server without sessions sends nothing unasked."""

    def __init__(self) -> None:
        self._inner: ASGIApp | None = None
        self._open: Callable[[], Awaitable[ASGIApp]] | None = None
        self._opening = asyncio.Lock()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises HTTPException 401."""
        owner(Request(scope))
        assert self._open is not None, "the application's lifespan has not begun"
        async with self._opening:
            self._inner = self._inner or await self._open()
        await self._inner(scope, receive, send)

    @asynccontextmanager
    async def running(self, parts: Parts) -> AsyncIterator[None]:
        """Answer for a server, while it lasts."""

        async def answer(*, task_status: TaskStatus[ASGIApp]) -> None:
            http = await asyncio.to_thread(_load)
            async with http.answering(parts) as inner:
                task_status.started(inner)
                await anyio.sleep_forever()

        # The SDK is entered and left by one task, which none of the requests is.
        async with anyio.create_task_group() as tasks:
            self._open = lambda: tasks.start(answer)
            yield
            tasks.cancel_scope.cancel()


def _load() -> ModuleType:
    from sokdok.server.mcp import http

    return http
