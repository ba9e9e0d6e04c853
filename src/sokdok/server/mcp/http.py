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
from starlette.types import ASGIApp

from sokdok.server.api.dependencies import Parts, owner
from sokdok.server.mcp.build import Offer, build
from sokdok.server.mcp.uploads import Uploads

DEFAULT = "default"  # the conversation where the address names none: `/mcp?conversation=NAME`
_MOST_NAME = 200


@asynccontextmanager
async def answering(parts: Parts) -> AsyncIterator[ASGIApp]:
    """An ASGI application that answers for a server, while it lasts."""
    # The SDK's warnings and errors quote what was sent; ours say what went wrong.
    logging.getLogger("mcp").setLevel(logging.CRITICAL)
    memory = parts.memories.folder is not None
    server = build(lambda context: _offer(parts, context.request), documents=True, memory=memory)
    # Hosts, origins and the size of a body are checked before, and refused in our words.
    manager = StreamableHTTPSessionManager(server, stateless=True, max_request_body_size=sys.maxsize)
    async with manager.run():
        yield manager.handle_request


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
