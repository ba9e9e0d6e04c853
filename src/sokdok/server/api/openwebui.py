"""Open WebUI's external document loader: a file as the body of a PUT, its text back."""

from __future__ import annotations

import asyncio
from typing import Annotated, Any
from urllib.parse import unquote

from fastapi import APIRouter, Header, HTTPException, Request, Response

from sokdok.server.api.dependencies import Owner, Server
from sokdok.server.api.sending import sent
from sokdok.server.api.waiting import MOST_PASSWORD, Waiting
from sokdok.server.engine.refused import PASSWORD_FIELD, Unreadable
from sokdok.server.executor.messages import WriteLoaded
from sokdok.server.foreign.openwebui import Loaded
from sokdok.server.tasks.spool import shown_name

router = APIRouter(tags=["open webui"])
_BINARY = {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}
_ANSWERS: dict[int | str, dict[str, Any]] = {200: {"model": Loaded, "description": "The document."}}


@router.put(
    "/process",
    response_model=None,
    responses=_ANSWERS,
    openapi_extra={"requestBody": {"content": _BINARY, "required": True}},
)
async def process(
    request: Request,
    server: Server,
    owner: Owner,
    x_filename: Annotated[str, Header(max_length=10_000, description="Percent-encoded.")] = "",
    x_password: Annotated[
        str | None, Header(max_length=3 * MOST_PASSWORD, description="Ours: of a PDF, percent-encoded; not kept.")
    ] = None,
) -> Response:
    """Read the file that is the body."""
    server.engine.require_room(1, owner)
    shown_as = shown_name(unquote(x_filename))
    waiting = Waiting(server, owner)
    try:
        password = None if x_password is None else unquote(x_password)
        await waiting.add(await _taken(request, server, shown_as), shown_as, password=password)
        (task,) = await waiting.ended(request)
        told: dict[str, str | int] = {"file_name": shown_as, "pages": task.pages, "pages_failed": task.failed}
        told["reader"] = server.engine.reader.reader
        read = server.results.read(task)
        return sent(await server.results.answered(task, lambda to: WriteLoaded(read, told, to)))
    except Unreadable as error:  # nothing but the file has room in this body
        raise Unreadable(str(error).replace(PASSWORD_FIELD, "in the header X-Password")) from None
    finally:
        waiting.close()


async def _taken(request: Request, server: Server, shown_as: str) -> str:
    """Put the body into the spool as it comes. Raises HTTPException 422 for an empty one."""
    with server.tasks.spool.new(shown_as) as path:
        size = 0
        with path.open("wb") as file:
            async for piece in request.stream():
                size += len(piece)
                await asyncio.to_thread(file.write, piece)
        if not size:
            raise HTTPException(422, f"{shown_as} is empty (0 bytes): send the file as the body")
        return path.name
