"""How the server is. Whether it lives is open to all: who watches over it has no key."""

from __future__ import annotations

from typing import Any

from fastapi import APIRouter, Response
from fastapi.responses import PlainTextResponse

from sokdok.server.api.dependencies import Owner, Server
from sokdok.server.api.refusals import refusal
from sokdok.server.metrics import registry_of, told
from sokdok.version import version as installed

router = APIRouter(tags=["health"])


@router.get("/health")
async def health() -> dict[str, str]:
    """The server answers."""
    return {"status": "ok"}


@router.get("/ready", response_model=None)
async def ready(server: Server) -> dict[str, str] | Response:
    """Whether jobs are taken: 503 while the server starts or stops."""
    if server.engine.ready:
        return {"status": "ready"}
    return refusal(503, "the server takes nothing now", retry_after=5)


@router.get("/version")
async def version(owner: Owner) -> dict[str, str]:
    """Of sokdok."""
    return {"version": installed()}


@router.get("/metrics", response_class=PlainTextResponse)
async def metrics(server: Server, owner: Owner) -> Response:
    """In the format of Prometheus."""
    return Response(told(registry_of(server.engine)), media_type="text/plain; version=0.0.4; charset=utf-8")


@router.get("/v1/capabilities")
async def capabilities(server: Server, owner: Owner) -> dict[str, Any]:
    """The reader, the limits of what may be asked, and what the key that asks may take."""
    key = {"queue_pages": server.engine.queue_of(owner)}
    return server.settings.capabilities() | {"reader": server.engine.reader.reader, "key": key}
