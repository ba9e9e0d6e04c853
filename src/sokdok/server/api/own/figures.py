"""Figures of a task's pages, as pictures of their own."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Path
from fastapi.responses import FileResponse
from pydantic import BaseModel, Field

from sokdok.server.api.dependencies import Server
from sokdok.server.api.own.common import PNG, AskedTask, picture_answer
from sokdok.server.api.own.pages import Box

router = APIRouter(prefix="/tasks/{id}/figures", tags=["figures"])
FigureId = Annotated[str, Path(pattern=r"^[1-9]\d{0,6}-[1-9]\d{0,4}$", description="As 3-1: the first of page 3.")]


class FigureTold(BaseModel):
    """A picture on a page."""

    id: str
    page: int
    kind: str
    """image, figure, chart, or unread: what stands as a picture because it was not read for certain"""
    box: Box | None
    page_size: tuple[int, int]
    """width and height that the box is of"""
    text: str
    confidence: float | None


class Figures(BaseModel):
    """In the order of pages."""

    figures: list[FigureTold] = Field(default_factory=list)


@router.get("")
async def figures(server: Server, task: AskedTask) -> Figures:
    """What stands as a picture on the pages that are read."""
    return Figures.model_validate({"figures": await server.results.figures(task)})


@router.get("/{figure}", responses=PNG, response_class=FileResponse)
async def figure(server: Server, task: AskedTask, figure: FigureId) -> FileResponse:
    """One of them, cut out of its page."""
    return picture_answer(await server.results.figure(task, figure))
