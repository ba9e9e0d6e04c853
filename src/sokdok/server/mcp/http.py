"""MCP's streamable HTTP at `/mcp`: each request stands for itself, and shows its key as every other request does."""

from __future__ import annotations

import logging
import sys
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from mcp.server.streamable_http_manager import StreamableHTTPSessionManager
from mcp.shared.exceptions import MCPError
from mcp.types import INVALID_PARAMS
from starlette.requests import Request
from starlette.types import ASGIApp, Receive, Scope, Send

from sokdok.server.api.dependencies import Parts, owner
from sokdok.server.mcp.build import Offer, build
from sokdok.server.mcp.uploads import Uploads

PATH = "/mcp"
DEFAULT = "default"
"""the conversation where the address names none: `/mcp?conversation=NAME`"""
_MOST_NAME = 200


class Endpoint:
    """An ASGI application, for POST alone: a server without sessions sends nothing unasked."""

    def __init__(self) -> None:
        self.inner: ASGIApp | None = None

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer a request. Raises HTTPException 401."""
        owner(Request(scope))
        assert self.inner is not None, "the application's lifespan has not begun"
        await self.inner(scope, receive, send)

    @asynccontextmanager
    async def running(self, parts: Parts) -> AsyncIterator[None]:
        """Answer for a server, while it lasts."""
        # The SDK's warnings and errors quote what was sent; ours say what went wrong.
        logging.getLogger("mcp").setLevel(logging.CRITICAL)
        memory = parts.memories.folder is not None
        server = build(lambda context: _offer(parts, context.request), documents=True, memory=memory)
        # Hosts, origins and the size of a body are checked before, and refused in our words.
        manager = StreamableHTTPSessionManager(server, stateless=True, max_request_body_size=sys.maxsize)
        async with manager.run():
            self.inner = manager.handle_request
            yield


def _offer(parts: Parts, request: Request) -> Offer:
    """The asker's documents, and a conversation of the asker's memory where the server keeps any."""
    who = owner(request)
    documents = Uploads(parts, who)
    if parts.memories.folder is None:
        return Offer(documents)
    conversation = request.query_params.get("conversation") or DEFAULT
    if len(conversation) > _MOST_NAME:
        raise MCPError(INVALID_PARAMS, f"the name of a conversation has {_MOST_NAME} characters at most")
    return Offer(documents, lambda: parts.memories.opened(who, conversation, create=True))
