"""Pages of a task as they are read: what each says, its picture, and where a text stands."""

from __future__ import annotations

import asyncio
import json
from typing import Annotated, Literal

from fastapi import APIRouter, HTTPException, Path, Query, Response
from fastapi.responses import FileResponse
from pydantic import BaseModel

from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_to_json
from sokdok.files.markup import json_text
from sokdok.server.api.dependencies import Server
from sokdok.server.api.own.common import PNG, AskedTask, form_answer, picture_answer
from sokdok.server.api.refusals import named
from sokdok.server.tasks.results import WIDTHS
from sokdok.server.tasks.store import Task, page_of

router = APIRouter(prefix="/tasks/{id}", tags=["pages"])
Number = Annotated[int, Path(ge=1, le=1_000_000, description="Of the page, from 1.")]
Box = tuple[int, int, int, int]
"""left, top, right, bottom in pixels of the page as it was read, origin top left"""


class Place(BaseModel):
    """A place of a text."""

    page: int
    text: str
    """the words that it stands in"""
    boxes: list[Box]
    """around them, one for each line"""
    page_size: tuple[int, int]
    """width and height that boxes are of"""


class Places(BaseModel):
    """Where a text stands, in reading order."""

    text: str
    places: list[Place]


@router.get(
    "/pages/{number}",
    response_model=None,
    responses={200: {"content": {"application/json": {}, "text/markdown": {}, "text/html": {}}}},
)
async def page(
    server: Server,
    task: AskedTask,
    number: Number,
    form: Annotated[Literal["json", "md", "html"], Query(description="What it is written as.")] = "json",
    words: Annotated[bool, Query(description="JSON: every word with its box and confidence.")] = False,
) -> Response:
    """A page as soon as it is read, also one that failed. Boxes are pixels of its width and height, from top left."""
    _require_page(task, number)
    found = await asyncio.to_thread(page_of, server.tasks.store.path, task.id, number)
    if found is None:
        raise HTTPException(404, f"page {number} is not read yet")
    if form == "json":
        return Response(_told(found, words), media_type="application/json")
    path = await server.results.written(task, form, page=number)
    return form_answer(path, f"{task.job.shown_as}-{number}", form)


@router.get("/pages/{number}/picture", responses=PNG, response_class=FileResponse)
async def picture(
    server: Server,
    task: AskedTask,
    number: Number,
    width: Annotated[int, Query(ge=1, le=WIDTHS[-1], description="In pixels, at least.")] = 960,
) -> FileResponse:
    """A page's picture, also before it is read; the server chooses the next larger of a few widths."""
    _require_page(task, number)
    return picture_answer(await server.results.picture(task, number, width))


@router.get("/find")
async def find(server: Server, task: AskedTask, text: Annotated[str, Query(min_length=1, max_length=500)]) -> Places:
    """Where a text stands on the pages that are read, whatever its case, width and spaces."""
    return Places.model_validate({"text": text, "places": await server.results.find(task, text)})


def _told(page: DocumentPage, words: bool) -> str:
    """A page as a document's JSON has it; beside the reason of one that failed its name, if it has one (`why`)."""
    text = page_to_json(page, words=words)
    return json_text(json.loads(text) | {"why": named(page.error)}) if page.error else text


def _require_page(task: Task, number: int) -> None:
    if number not in task.job.pages:
        raise HTTPException(404, f"page {number} was not asked for")
