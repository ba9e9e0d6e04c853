"""docling's endpoints for conversion while the client waits."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

from fastapi import APIRouter, Depends, File, Form, Request, Response, UploadFile

from sokdok.server.api.dependencies import Owner, Parts, Server
from sokdok.server.api.docling.requests import Options, SourcesAsked, form_options, is_zip
from sokdok.server.api.docling.responses import status_of
from sokdok.server.api.docling.uploads import Source, taken
from sokdok.server.api.sending import sent
from sokdok.server.api.waiting import Waiting
from sokdok.server.executor.messages import Ended, WriteConverted
from sokdok.server.foreign.docling import Converted
from sokdok.server.tasks.store import Task

router = APIRouter(prefix="/v1/convert", tags=["docling"])
FORM_OPTIONS = Depends(form_options)
Files = Annotated[list[UploadFile], File(description="PDFs, pictures, office documents or texts.")]
TargetType = Annotated[str, Form(description="inbody or zip; several documents are a zip always.")]
ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {
        "model": Converted,
        "description": "One document; a zip archive if it was asked for, or of several documents.",
        "content": {"application/zip": {"schema": {"type": "string", "format": "binary"}}},
    }
}


@router.post("/file", response_model=None, responses=ANSWERS)
async def file(
    request: Request,
    server: Server,
    owner: Owner,
    files: Files,
    options: Options = FORM_OPTIONS,
    target_type: TargetType = "inbody",
) -> Response:
    """Convert files that are sent."""
    return await _converted(request, server, owner, files, options, is_zip(target_type))


@router.post("/source", response_model=None, responses=ANSWERS)
async def source(request: Request, server: Server, owner: Owner, asked: SourcesAsked) -> Response:
    """Convert documents within the request, or at addresses."""
    asked.checked()
    return await _converted(request, server, owner, asked.sources, asked.options, is_zip(asked.target.kind))


async def _converted(
    request: Request, server: Parts, owner: str, sources: Sequence[Source], options: Options, zipped: bool
) -> Response:
    waiting = Waiting(server, owner)
    try:
        async for upload, name in taken(server, owner, sources):
            await waiting.add(upload, name, options.pages, password=options.password, source=options.source)
        return await answer(server, await waiting.ended(request), options, zipped)
    finally:
        waiting.close()


async def answer(server: Parts, tasks: Sequence[Task], options: Options, zipped: bool) -> Response:
    """Documents that have ended, as their client wants them."""
    zipped = zipped or options.return_as_file or len(tasks) > 1
    ended = tuple(
        Ended(server.results.read(task), status_of(task), (task.ended or task.created) - task.created) for task in tasks
    )
    how = tuple(options.forms), options.md_page_break_placeholder, zipped
    file = await server.results.answered(tasks[0], lambda to: WriteConverted(ended, *how, to))
    return sent(file, "application/zip", "converted_docs.zip") if zipped else sent(file)
