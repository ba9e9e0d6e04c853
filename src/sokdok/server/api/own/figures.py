"""Figures read: a chart as its values, a molecule as SMILES, a geometric figure as what holds in it."""

from __future__ import annotations

from typing import Annotated, BinaryIO, Literal

from fastapi import APIRouter, Depends, File, Form, Query, Request, Response, UploadFile

from sokdok.server.api.common import AskedTask, Owner, Parts, Server, answers, json_answer, known_form
from sokdok.server.api.own.pages import FigureId
from sokdok.server.api.uploads import spooled
from sokdok.server.api.waiting import Pictures, while_waited
from sokdok.server.engine.job import FigureOptions, ReadJob, error_in
from sokdok.server.errors import Unreadable
from sokdok.server.tasks.files import shown_name
from sokdok.server.work.figures import ParsedFigure

router = APIRouter(tags=["figures"])
Kind = Literal["auto", "chart", "molecule", "geometry", "table", "handwriting"]
Language = Literal["en", "ko"]


@router.post("/parse", dependencies=[Depends(known_form)], **answers(ParsedFigure))
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


@router.get("/tasks/{id}/figures/{figure}/parse", **answers(ParsedFigure))
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
    upload = await spooled(server, picture, shown_as)
    pictures = Pictures(server, owner)
    try:
        question = server.engine.question
        pictures.add(ReadJob(kind="figure", upload=upload, shown_as=shown_as, asked=question, pages=(1,), figure=asked))
        (row,) = await while_waited(request, server, pictures.rows())
    finally:
        pictures.close()
    if row.startswith(b'{"error":'):
        raise Unreadable(error_in(row))
    return json_answer(row)
