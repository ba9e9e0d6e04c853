"""Fields of a document by a JSON schema, each with the place where it stands; nothing is made up."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Depends, File, Form, HTTPException, Request, Response, UploadFile

from sokdok.server.api.common import MOST_PASSWORD, Owner, Server, answers, json_answer, known_form
from sokdok.server.api.own.pages import Box
from sokdok.server.api.uploads import spooled
from sokdok.server.api.waiting import Waiting
from sokdok.server.tasks.files import shown_name

router = APIRouter(tags=["extract"])
_MOST_SCHEMA = 200_000
_SECONDS = 30.0


@dataclass(frozen=True)
class ValueSource:
    """Where a value stands."""

    page: int
    box: Box | None  # around its words, in pixels of the page
    words: list[str]
    how: Literal["text", "number", "date", "inferred"]


@dataclass(frozen=True)
class ExtractedFields:
    """A document's fields."""

    status: Literal["SUCCESS", "PARTIAL", "FAILURE"]
    """PARTIAL: something that the schema asks for is missing, or a page could not be read"""
    data: dict[str, Any]  # fits the schema; null where it asks for what is not in the document
    sources: dict[str, ValueSource]  # JSON pointer of a value → where it stands
    refused: dict[str, str]  # JSON pointer of a field → why it has no value


@router.post("/extract", dependencies=[Depends(known_form)], **answers(ExtractedFields))
async def extract(
    request: Request,
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A PDF, a picture, an office document or a text.")],
    json_schema: Annotated[
        str, Form(alias="schema", max_length=_MOST_SCHEMA, description="A JSON schema of an object.")
    ],
    pages: Annotated[str | None, Form(max_length=1000, description="As 1-5,7; all by default.")] = None,
    source: Annotated[Literal["auto", "reader", "text-layer"], Form(description="Whose words count.")] = "auto",
    password: Annotated[str | None, Form(max_length=MOST_PASSWORD, description="Of a PDF; it is not kept.")] = None,
) -> Response:
    """Have the server's language model fill in the fields; a value that is not in the document is refused."""
    extractor = server.settings.extractor
    if extractor is None:
        raise HTTPException(422, "this server has no language model, which finds the fields")
    await server.tools.run(
        "sokdok.server.work.texts:check_schema", json_schema, owner=owner, seconds=_SECONDS, kind=None
    )
    server.engine.require_room(1, owner)
    shown_as = shown_name(file.filename)
    upload = await spooled(server, file.file, shown_as)
    waiting = Waiting(server, owner)
    try:
        await waiting.add(upload, shown_as, pages, password=password, source=source)
        (task,) = await waiting.ended(request)
        seconds = server.settings.bounds.wait_seconds
        return json_answer(await server.results.answer(task, "extract", json_schema, *extractor, seconds=seconds))
    finally:
        waiting.close()
