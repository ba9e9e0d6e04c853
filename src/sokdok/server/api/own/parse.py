"""Figures read: a chart as its values, a molecule as SMILES, a geometric figure as what holds in it."""

from __future__ import annotations

from base64 import b64encode
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Depends, File, Form, Query, Request, UploadFile
from pydantic import BaseModel

from sokdok.server.api.dependencies import Owner, Parts, Server, spooled
from sokdok.server.api.own.common import AskedTask, known_form
from sokdok.server.api.own.figures import FigureId
from sokdok.server.api.own.reading import read_now
from sokdok.server.api.refusals import Named, named
from sokdok.server.engine.messages import FigureAsked, FigureRead, Job
from sokdok.server.engine.refused import Unreadable
from sokdok.server.tasks.spool import shown_name

router = APIRouter(tags=["figures"])
Kind = Literal["auto", "chart", "molecule", "geometry", "table", "handwriting"]
Language = Literal["en", "ko"]
_SAME = ("formula", "inchikey", "smiles")


class Values(BaseModel):
    """What a chart or a table says."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class Statement(BaseModel):
    """What is said of a figure, and where what it speaks of is: pixels of the picture, from its top left."""

    text: str
    lines: list[tuple[float, float, float, float]]
    """x and y of both ends"""
    circles: list[tuple[float, float, float]]
    """x and y of the centre, radius"""
    points: list[tuple[float, float]]


class Parsed(BaseModel):
    """What a figure means."""

    file: str
    kind: str
    """what it was read as, one of those that can be asked for; else what it looks like and is not read: a box plot, a
    map …, or a picture, which has nothing to read"""
    status: Literal["SUCCESS", "PARTIAL", "FAILURE", "UNSUPPORTED"]
    """PARTIAL: what was read explains too little of the drawing; UNSUPPORTED: a kind that is not read"""
    looks: float
    """0 to 1: how much it looks like that kind"""
    valid: bool
    reason: str
    """why it is not valid"""
    why: Named | None
    """the same reason, if it is one that has a name"""
    warnings: list[str]
    warnings_named: list[Named | None]
    """the same, those that have a name"""
    confidence: float | None
    text: str
    """as the reader wrote it"""
    picture: str
    """data URL of what was read"""
    size: tuple[int, int]
    """width and height of it"""
    redrawn: str | None
    """data URL of what was understood, drawn anew"""
    table: Values | None
    html: str
    """of a chart or a table"""
    smiles: str
    """of a molecule, as are the following two"""
    formula: str
    inchikey: str
    statements: list[Statement]
    result: dict[str, Any]
    """as `sokdok parse --json` prints it"""


@router.post("/parse", dependencies=[Depends(known_form)])
async def parse(
    request: Request,
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A picture, or a PDF whose first page is read.")],
    kind: Annotated[Kind, Form(description="What it is; auto finds out.")] = "auto",
    language: Annotated[Language, Form(description="Of statements.")] = "en",
) -> Parsed:
    """Read a figure. Nothing of what is sent is kept."""
    server.engine.require_room(1, owner)
    shown_as = shown_name(file.filename, "figure")
    upload = await spooled(server, file.file, shown_as)
    return _parsed(await _read(request, server, owner, upload, shown_as, FigureAsked(kind, language)), shown_as)


@router.get("/tasks/{id}/figures/{figure}/parse")
async def parse_figure(
    request: Request,
    server: Server,
    owner: Owner,
    task: AskedTask,
    figure: FigureId,
    kind: Annotated[Kind, Query(description="What it is; auto finds out.")] = "auto",
    language: Annotated[Language, Query(description="Of statements.")] = "en",
) -> Parsed:
    """Read a figure of a task's pages."""
    server.engine.require_room(1, owner)
    path = await server.results.figure(task, figure)
    shown_as = f"{task.job.shown_as}, figure {figure}"
    with path.open("rb") as picture:
        upload = await spooled(server, picture, path.name)
    return _parsed(await _read(request, server, owner, upload, shown_as, FigureAsked(kind, language)), shown_as)


async def _read(
    request: Request, server: Parts, owner: str, upload: str, shown_as: str, asked: FigureAsked
) -> FigureRead:
    """What a figure means. Raises Unreadable, and what `read_now` does."""
    job = Job(kind="figure", upload=upload, shown_as=shown_as, asked=server.engine.question, pages=(1,), figure=asked)
    (row,) = await read_now(server, owner, [job], request)
    read = msgspec.json.decode(row, type=FigureRead)
    if read.error:
        raise Unreadable(read.error)
    return read


def _parsed(read: FigureRead, shown_as: str) -> Parsed:
    """A figure for its client."""
    result: dict[str, Any] = read.result["result"]
    same = {name: result.get(name, "") for name in _SAME}
    told = {name: result.get(name) for name in ("valid", "reason", "warnings", "confidence")}
    return Parsed.model_validate(
        {name: read.result[name] for name in ("kind", "status", "looks", "text")}
        | same
        | told
        | {
            "why": named(result.get("reason", "")),
            "warnings_named": [named(each) for each in result.get("warnings", ())],
            "file": shown_as,
            "picture": f"data:image/png;base64,{b64encode(read.picture).decode()}",
            "size": read.size,
            "redrawn": read.redrawn or None,
            "table": None if read.table is None else msgspec.to_builtins(read.table),
            "html": result.get("html", "") if result.get("valid") else "",
            "statements": msgspec.to_builtins(read.statements),
            "result": read.result,
        }
    )
