"""A text as pages: what it costs as text and as pictures, and what comes back when the pages are read."""

from __future__ import annotations

import io
import time
from base64 import b64encode
from contextlib import closing
from dataclasses import dataclass
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response
from pydantic import BaseModel, ConfigDict, Field

from sokdok.compress.one_text import ReadBack
from sokdok.compress.pages import ModelCost
from sokdok.reasons import say
from sokdok.server.api.common import Owner, Parts, Server, answers, json_answer
from sokdok.server.api.requests import WaitedPictures, spooled, while_waited
from sokdok.server.engine.job import PictureRead

router = APIRouter(prefix="/compress", tags=["compress"])
_TEXTS = "sokdok.server.work.texts"
_SECONDS = 120.0  # for drawing a text, or comparing two


class TextToDraw(BaseModel):
    """What to draw."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1)]
    mode: Literal["tiny", "small", "base", "large"] = "small"  # size of a page
    cell: Literal["8x16", "8x8", "4x8"] | None = None  # pixels of a character; None: the largest that fits one page
    model: Annotated[str | None, Field(max_length=100)] = None  # whose tokens and price are wanted too
    read_back: bool = False  # read the pages, and compare


@dataclass(frozen=True)
class DrawnTextPage:
    """A page of the text."""

    picture: str  # data URL
    vision_tokens: int


@dataclass(frozen=True)
class ReadBackText(ReadBack):
    """What came back."""

    seconds: float
    failed: int  # pages


@dataclass(frozen=True)
class CompressedText:
    """A text on pages."""

    characters: int
    mode: str
    page_size: tuple[int, int]
    cell: str
    cell_reason: str
    escaped_characters: int  # drawn as their code points
    text_tokens: int
    tokenizer: str  # whose they are
    vision_tokens: int  # the paper's count
    sequence_tokens: int  # what the decoder's sequence really holds
    ratio: float  # text tokens per vision token
    attention: dict[str, int]  # pairs that attention looks at, of the `text` and of its pages (`vision`)
    pages: list[DrawnTextPage]
    price: ModelCost | None  # what a model takes for the text, as text and as pages of its own best size, sent once
    read_back: ReadBackText | None


@router.get("/models", **answers(dict[str, Any]))
async def models(server: Server, owner: Owner) -> Response:
    """`models` whose tokens are known: `name`, `as_of` when, and whether they are `priced`."""
    return json_answer(await server.tools.run(f"{_TEXTS}:list_models", owner=owner, seconds=_SECONDS))


@router.post("", response_model=CompressedText)
async def compress(request: Request, server: Server, owner: Owner, text: TextToDraw) -> dict[str, Any]:
    """Draw a text as pages, and say how many tokens that saves; read back by the server's reader if asked to."""
    bounds = server.settings.bounds
    if len(text.text) > bounds.text_characters:
        raise HTTPException(413, say("text_long", characters=len(text.text), most=bounds.text_characters))
    nano = server.engine.about.reader == "nano"
    asked = text.text, text.mode, text.cell, nano, text.model, bounds.text_pages
    how: dict[str, Any] = {"owner": owner, "seconds": _SECONDS, "kind": dict[str, Any]}
    row = await server.tools.run(f"{_TEXTS}:draw_text", *asked, **how)
    pictures: list[bytes] = row["pictures"]
    each = row["vision_tokens"] // len(pictures)
    back = None
    if text.read_back:
        started = time.perf_counter()
        read = await _read(request, server, owner, pictures)
        seconds = time.perf_counter() - started
        back = await server.tools.run(f"{_TEXTS}:compare_texts", text.text, "".join(page.text for page in read), **how)
        back |= {"seconds": seconds, "failed": sum(page.status == "failed" for page in read)}
    return row | {
        "tokenizer": "deepseek",
        "attention": {"text": row["text_tokens"] ** 2, "vision": row["vision_tokens"] ** 2},
        "pages": [
            {"picture": f"data:image/png;base64,{b64encode(data).decode()}", "vision_tokens": each} for data in pictures
        ],
        "read_back": back,
    }


async def _read(request: Request, server: Parts, owner: str, pages: list[bytes]) -> list[PictureRead]:
    """Have pages read as any picture is."""
    server.engine.require_room(len(pages), owner)
    with closing(WaitedPictures(server, owner)) as pictures:
        for number, data in enumerate(pages, 1):
            pictures.add(await spooled(server, io.BytesIO(data), "page.png"), f"page {number}")
        rows = await while_waited(request, server, pictures.rows())
    return [msgspec.json.decode(row, type=PictureRead) for row in rows]
