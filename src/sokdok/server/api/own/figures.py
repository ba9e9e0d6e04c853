"""What is understood of a figure or a document.

- A chart as its values, a molecule as SMILES, a geometric figure as what holds in it.
- Fields of a document by a JSON schema, each with the place where it stands; nothing is made up.
"""

from __future__ import annotations

from contextlib import closing
from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile
from msgspec.structs import replace

from sokdok.documents.extract import Extraction
from sokdok.server.api import requests
from sokdok.server.api.common import MOST_PASSWORD, AskedTask, Owner, Parts, Server, answers, json_answer, known_form
from sokdok.server.api.own.pages import FigureId
from sokdok.server.engine.job import FigureOptions, error_in
from sokdok.server.errors import Unreadable
from sokdok.server.tasks.files import shown_name
from sokdok.server.work.figures import ParsedFigure

router = APIRouter()
_MOST_SCHEMA = 200_000
Kind = Literal["auto", "chart", "molecule", "geometry", "table", "handwriting"]
Language = Literal["en", "ko"]


@router.post("/parse", tags=["figures"], dependencies=[Depends(known_form)], **answers(ParsedFigure))
async def parse(
    request: Request,
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A picture, or a PDF whose first page is read.")],
    kind: Annotated[Kind, Form(description="What it is; auto finds out.")] = "auto",
    language: Annotated[Language, Form(description="Of statements.")] = "en",
) -> Response:
    """Read a figure. Nothing of what is sent is kept."""
    server.engine.require_room(1, owner)
    shown_as = shown_name(file.filename, "figure")
    return await _read(request, server, owner, file.file, shown_as, FigureOptions(kind, language))


@router.get("/tasks/{id}/figures/{figure}/parse", tags=["figures"], **answers(ParsedFigure))
async def parse_figure(
    request: Request,
    server: Server,
    owner: Owner,
    task: AskedTask,
    figure: FigureId,
    kind: Annotated[Kind, Query(description="What it is; auto finds out.")] = "auto",
    language: Annotated[Language, Query(description="Of statements.")] = "en",
) -> Response:
    """Read a figure of a task's pages."""
    server.engine.require_room(1, owner)
    path = await server.results.figure(task, figure)
    with path.open("rb") as picture:
        shown_as = f"{task.job.shown_as}, figure {figure}"
        return await _read(request, server, owner, picture, shown_as, FigureOptions(kind, language))


async def _read(
    request: Request, server: Parts, owner: str, picture: BinaryIO, shown_as: str, asked: FigureOptions
) -> Response:
    """What a figure means, as its child wrote it. Raises Unreadable, and what a job ends with."""
    with closing(requests.WaitedPictures(server, owner)) as pictures:
        pictures.add(await requests.spooled(server, picture, shown_as), shown_as, kind="figure", figure=asked)
        (row,) = await requests.while_waited(request, server, pictures.rows())
    if row.startswith(b'{"error":'):
        raise Unreadable(error_in(row))
    return json_answer(row)


@router.post("/extract", tags=["extract"], dependencies=[Depends(known_form)], **answers(Extraction))
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
    await requests.checked_schema(server, owner, json_schema, "schema")
    server.engine.require_room(1, owner)
    shown_as = shown_name(file.filename)
    upload = await requests.spooled(server, file.file, shown_as)
    with closing(requests.WaitedDocuments(server, owner)) as waiting:
        question = replace(server.engine.question, pages=pages, password=password, source=source)
        await waiting.add(upload, shown_as, question)
        (task,) = await requests.while_waited(request, server, waiting.ended())
        return json_answer(await requests.extracted(server, task, json_schema))
