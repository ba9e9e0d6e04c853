"""A text as pages: what it costs as text and as pictures, and what comes back when the pages are read."""

from __future__ import annotations

import io
import time
from base64 import b64decode
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Request
from pydantic import BaseModel, ConfigDict, Field

from sokdok.reasons import say
from sokdok.server.api.dependencies import Owner, Parts, Server, spooled
from sokdok.server.api.own.reading import read_now
from sokdok.server.engine.messages import Job, PictureRead
from sokdok.server.executor.messages import CompareTexts, DrawText, ListModels, OfText

router = APIRouter(prefix="/compress", tags=["compress"])
SECONDS = 120.0
"""for drawing a text, or comparing two"""


class Text(BaseModel):
    """What to draw."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1)]
    mode: Literal["tiny", "small", "base", "large"] = "small"
    """size of a page"""
    cell: Literal["8x16", "8x8", "4x8"] | None = None
    """pixels of a character; by default the largest that fits one page"""
    model: Annotated[str | None, Field(max_length=100)] = None
    """whose tokens and price are told too"""
    read_back: bool = False
    """read the pages, and compare"""


class Attention(BaseModel):
    """Pairs that attention looks at."""

    text: int
    vision: int


class DrawnPage(BaseModel):
    """A page of the text."""

    picture: str
    """data URL"""
    vision_tokens: int


class Price(BaseModel):
    """What a model takes for the text, as text and as pages of its own best size, sent once."""

    model: str
    as_of: str
    """of the formula for images"""
    text_tokens: int
    exact_text: bool
    """or an estimate that errs high"""
    image_tokens: int
    page_size: tuple[int, int]
    glyph: str
    pages: int
    sendable: bool
    """whether one request takes so many images"""
    ratio: float
    text_dollars: float | None
    pages_dollars: float | None
    new: Literal["picture", "text"]
    """what it is cheaper as"""


class Difference(BaseModel):
    """A place where what was read is another text."""

    line: int
    """of the text, from 1"""
    lines: int
    expected: str
    read: str


class Back(BaseModel):
    """What came back."""

    text: str
    fidelity: float
    """1 less the share of characters to edit, white space collapsed"""
    exact: float
    """the same, white space counted"""
    identical: bool
    seconds: float
    failed: int
    """pages"""
    differences: list[Difference]


class Compressed(BaseModel):
    """A text on pages."""

    characters: int
    mode: str
    page_size: tuple[int, int]
    cell: str
    cell_reason: str
    escaped_characters: int
    """drawn as their code points"""
    text_tokens: int
    tokenizer: str
    """whose they are"""
    vision_tokens: int
    """the paper's count"""
    sequence_tokens: int
    """what the decoder's sequence really holds"""
    ratio: float
    """text tokens per vision token"""
    attention: Attention
    pages: list[DrawnPage]
    price: Price | None
    read_back: Back | None


class Model(BaseModel):
    """A model whose tokens are known."""

    name: str
    as_of: str
    priced: bool


class Models(BaseModel):
    """By provider."""

    models: list[Model]


@router.get("/models")
async def models(server: Server, owner: Owner) -> Models:
    """Whose tokens and prices can be told."""
    return Models.model_validate({"models": await _asked(server, owner, ListModels())})


@router.post("")
async def compress(request: Request, server: Server, owner: Owner, text: Text) -> Compressed:
    """Draw a text as pages, and say how many tokens that saves; read back by the server's reader if asked to."""
    bounds = server.settings.bounds
    if len(text.text) > bounds.text_characters:
        raise HTTPException(413, say("text_long", characters=len(text.text), most=bounds.text_characters))
    nano = server.engine.reader.reader == "nano"
    operation = DrawText(text.text, text.mode, text.cell, nano, text.model, bounds.text_pages)
    row = await _asked(server, owner, operation)
    pictures = row.pop("pictures")
    each = row["vision_tokens"] // len(pictures)
    back = await _read_back(request, server, owner, text.text, pictures) if text.read_back else None
    return Compressed.model_validate(
        row
        | {
            "tokenizer": "deepseek",
            "attention": {"text": row["text_tokens"] ** 2, "vision": row["vision_tokens"] ** 2},
            "pages": [{"picture": f"data:image/png;base64,{data}", "vision_tokens": each} for data in pictures],
            "read_back": back,
        }
    )


async def _read_back(request: Request, server: Parts, owner: str, text: str, pictures: list[str]) -> dict[str, Any]:
    """Have pages read as any picture is, and compare."""
    server.engine.require_room(len(pictures), owner)
    jobs: list[Job] = []
    started = time.perf_counter()
    try:
        for number, data in enumerate(pictures, 1):
            upload = await spooled(server, io.BytesIO(b64decode(data)), "page.png")
            jobs.append(
                Job(
                    kind="picture",
                    upload=upload,
                    shown_as=f"page {number}",
                    asked=server.engine.question,
                    pages=(1,),
                )
            )
    except BaseException:
        for job in jobs:
            server.tasks.spool.remove(job.upload)
        raise
    rows = await read_now(server, owner, jobs, request)
    seconds = time.perf_counter() - started
    read = [msgspec.json.decode(row, type=PictureRead) for row in rows]
    found: dict[str, Any] = await _asked(server, owner, CompareTexts(text, "".join(page.text for page in read)))
    return found | {"seconds": seconds, "failed": sum(page.status == "failed" for page in read)}


async def _asked(server: Parts, owner: str, operation: OfText) -> Any:
    return msgspec.json.decode(await server.executor.run(operation, owner, SECONDS))
