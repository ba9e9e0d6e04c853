"""Mistral's `/v1/ocr`: a document in, its pages out, in one request."""

from __future__ import annotations

from fastapi import APIRouter, Request, Response

from sokdok.server.api.dependencies import Owner, Parts, Server
from sokdok.server.api.mistral.files import id_in, required
from sokdok.server.api.mistral.requests import DocumentUrl, FileId, ImageUrl, OcrAsked
from sokdok.server.api.sending import sent
from sokdok.server.api.sources import from_url
from sokdok.server.api.waiting import Waiting
from sokdok.server.executor.messages import WriteOcr
from sokdok.server.foreign.mistral import OcrTold

router = APIRouter(prefix="/v1", tags=["mistral"])


@router.post("/ocr", response_model=None, responses={200: {"model": OcrTold, "description": "The pages."}})
async def ocr(request: Request, server: Server, owner: Owner, asked: OcrAsked) -> Response:
    """Read a document."""
    asked.refuse()
    pages = asked.range
    server.engine.require_room(1, owner)
    waiting = Waiting(server, owner)
    try:
        await waiting.add(*await _taken(request, server, owner, asked.document), pages, password=asked.password)
        (task,) = await waiting.ended(request)
        how = asked.form, server.engine.reader.reader, server.settings.bounds.body_bytes
        read = server.results.read(task)
        return sent(await server.results.answered(task, lambda to: WriteOcr(read, *how, to)))
    finally:
        waiting.close()


async def _taken(
    request: Request, server: Parts, owner: str, document: DocumentUrl | ImageUrl | FileId
) -> tuple[str, str]:
    """The document in the spool: its name there, and the one for people."""
    if isinstance(document, DocumentUrl):
        address, name = document.document_url, document.document_name or "document"
    elif isinstance(document, ImageUrl):
        address, name = document.image_url if isinstance(document.image_url, str) else document.image_url.url, "picture"
    id = document.file_id if isinstance(document, FileId) else id_in(request, server, owner, address)
    if id is None:
        return await from_url(server, address, name)
    kept, file = required(server, owner, id)
    return server.tasks.spool.again(kept.upload), file.name
