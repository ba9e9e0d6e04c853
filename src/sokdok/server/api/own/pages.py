"""Pages of a task as they are read: what each says, its picture, its figures, and where a text stands."""

from __future__ import annotations

import asyncio
import json
from pathlib import Path
from typing import Annotated, Any, Literal

from fastapi import APIRouter, Body, HTTPException, Query, Response
from fastapi import Path as FromPath
from fastapi.responses import FileResponse

from sokdok.documents.document import DocumentPage
from sokdok.documents.write.json_file import page_from_json, page_to_json
from sokdok.files import json_text
from sokdok.server.api.common import AskedTask, Server, answers, json_answer
from sokdok.server.api.own.tasks import form_answer
from sokdok.server.errors import named
from sokdok.server.tasks.files import page_in_document
from sokdok.server.tasks.store import Task
from sokdok.server.tasks.tasks import WIDTHS

router = APIRouter(prefix="/tasks/{id}", tags=["pages"])
Number = Annotated[int, FromPath(ge=1, le=1_000_000, description="Of the page, from 1.")]
FigureId = Annotated[str, FromPath(pattern=r"^[1-9]\d{0,6}-[1-9]\d{0,4}$", description="As 3-1: the first of page 3.")]
PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "The picture."}}
_KEPT = {"Cache-Control": "private, max-age=3600"}  # a page that was read stays as it is


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
    found = await asyncio.to_thread(page_in_document, server.tasks.log(task.id), number)
    if found is None:
        raise HTTPException(404, f"page {number} is not read yet")
    if form == "json":
        return Response(_as_json(found, words), media_type="application/json")
    return form_answer(await server.results.written(task, form, page=number), f"{task.job.shown_as}-{number}", form)


@router.put("/pages/{number}", **answers(dict[str, Any]))
async def put_right(
    server: Server, task: AskedTask, number: Number, asked: Annotated[dict[str, Any], Body(description="The page.")]
) -> Response:
    """Put a page in place of one that was read, once its task has ended: its JSON with `words=true`, put right.

    Every form of the document has it. Words that a person has written have `person` as their `source`.
    """
    _require_page(task, number)
    if task.ended is None:
        raise HTTPException(409, "the task has not ended: put pages right when all of them are read")
    page = await asyncio.to_thread(page_from_json, json_text(asked | {"number": number}))
    server.tasks.amend(task, page)
    return Response(_as_json(page, True), media_type="application/json")


@router.get("/pages/{number}/picture", responses=PNG, response_class=FileResponse)
async def picture(
    server: Server,
    task: AskedTask,
    number: Number,
    width: Annotated[int, Query(ge=1, le=WIDTHS[-1], description="In pixels, at least.")] = 960,
) -> FileResponse:
    """A page's picture, also before it is read; the server chooses the next larger of a few widths."""
    _require_page(task, number)
    return _picture(await server.results.picture(task, number, width))


@router.get("/find", **answers(dict[str, Any]))
async def find(server: Server, task: AskedTask, text: Annotated[str, Query(min_length=1, max_length=500)]) -> Response:
    """`places` of a text on the pages that are read, whatever its case, width and spaces: page, words, boxes."""
    return json_answer(await server.results.answer(task, "find_text", text))


@router.get("/figures", **answers(dict[str, Any]), tags=["figures"])
async def figures(server: Server, task: AskedTask) -> Response:
    """`figures`, what stands as a picture on the pages that are read, in their order.

    Each has its `id`, `page`, `kind` (image, figure, chart, or unread: what was not read for certain), `box` and the
    `page_size` that the box is of, its `text` and `confidence`.
    """
    return json_answer(await server.results.answer(task, "list_figures"))


@router.get("/figures/{figure}", responses=PNG, response_class=FileResponse, tags=["figures"])
async def figure(server: Server, task: AskedTask, figure: FigureId) -> FileResponse:
    """One of them, cut out of its page."""
    return _picture(await server.results.figure(task, figure))


def _picture(path: Path) -> FileResponse:
    return FileResponse(path, media_type="image/png", headers=_KEPT)


def _as_json(page: DocumentPage, words: bool) -> str:
    """A page as a document's JSON has it; of one that failed with the name of its reason, if it has one (`why`)."""
    text = page_to_json(page, words=words)
    return json_text(json.loads(text) | {"why": named(page.error)}) if page.error else text


def _require_page(task: Task, number: int) -> None:
    if number not in task.job.pages:
        raise HTTPException(404, f"page {number} was not asked for")
