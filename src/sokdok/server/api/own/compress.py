"""A text as pages, what that costs and what comes back of it; and messages whose old tool results say less."""

from __future__ import annotations

import io
import time
from base64 import b64encode
from contextlib import closing
from typing import Annotated, Any, Literal

import msgspec
from fastapi import APIRouter, Body, HTTPException, Query, Request, Response
from pydantic import BaseModel, ConfigDict, Discriminator, Field, Tag

from sokdok.reasons import say
from sokdok.server.api.common import Owner, Parts, Server, answers, json_answer
from sokdok.server.api.requests import WaitedPictures, spooled, while_waited
from sokdok.server.engine.job import PictureRead

router = APIRouter(prefix="/compress", tags=["compress"])
retrieving = APIRouter(prefix="/retrieve", tags=["compress"])
_TEXTS = "sokdok.server.work.texts"
_MOST_LEFT_OUT = 64 << 20  # characters of texts that messages have lost, and the server remembers
_GATEWAY_S = 30.0  # for messages: a gateway sends them on as they are rather than wait
_SECONDS = 120.0  # for drawing a text, or comparing two


class TextToDraw(BaseModel):
    """What to draw."""

    model_config = ConfigDict(extra="forbid")
    text: Annotated[str, Field(min_length=1)]
    mode: Literal["tiny", "small", "base", "large"] = "small"  # size of a page
    cell: Literal["8x16", "8x8", "4x8"] | None = None  # pixels of a character; None: the largest that fits one page
    model: Annotated[str | None, Field(max_length=100)] = None  # whose tokens and price are wanted too
    read_back: bool = False  # read the pages, and compare


class Conversation(BaseModel):
    """What a gateway is about to send to a model; fields that are not named here are passed over."""

    messages: Annotated[list[dict[str, Any]], Field(min_length=1, max_length=10_000)]
    model: Annotated[str | None, Field(max_length=200)] = None  # who gets them, and counts them


Asked = Annotated[
    Annotated[TextToDraw, Tag("text")] | Annotated[Conversation, Tag("messages")],
    Discriminator(lambda asked: "messages" if isinstance(asked, dict) and "messages" in asked else "text"),
]


@router.get("/models", **answers(dict[str, Any]))
async def models(server: Server, owner: Owner) -> Response:
    """`models` whose tokens are known: `name`, `as_of` when, and whether they are `priced`."""
    return json_answer(await server.tools.run(f"{_TEXTS}:list_models", owner=owner, seconds=_SECONDS))


@router.post("", **answers(dict[str, Any]))
async def compress(request: Request, server: Server, owner: Owner, asked: Annotated[Asked, Body()]) -> Response:
    """Draw a `text` as pages, and say how many tokens that saves; or have old tool results of `messages` say less.

    A text has its `pages`, tokens, `ratio`, `price`, and what was `read_back` by the server's reader if asked to.
    Messages come back with `tokens_before` and `tokens_after`; what was left out is had by its `hash`.
    """
    if isinstance(asked, Conversation):
        return await _shortened(server, owner, await request.body())
    text, bounds = asked, server.settings.bounds
    if len(text.text) > bounds.text_characters:
        raise HTTPException(413, say("text_long", characters=len(text.text), most=bounds.text_characters))
    nano = server.engine.about.reader == "nano"
    drawing = text.text, text.mode, text.cell, nano, text.model, bounds.text_pages
    how: dict[str, Any] = {"owner": owner, "seconds": _SECONDS, "kind": dict[str, Any]}
    row = await server.tools.run(f"{_TEXTS}:draw_text", *drawing, **how)
    pictures: list[bytes] = row.pop("pictures")
    each = row["vision_tokens"] // len(pictures)
    back = None
    if text.read_back:
        started = time.perf_counter()
        server.engine.require_room(len(pictures), owner)
        with closing(WaitedPictures(server, owner)) as waiting:
            for number, data in enumerate(pictures, 1):
                waiting.add(await spooled(server, io.BytesIO(data), "page.png"), f"page {number}")
            rows = await while_waited(request, server, waiting.rows())
        read, seconds = [msgspec.json.decode(row, type=PictureRead) for row in rows], time.perf_counter() - started
        back = await server.tools.run(f"{_TEXTS}:compare_texts", text.text, "".join(page.text for page in read), **how)
        back |= {"seconds": seconds, "failed": sum(page.status == "failed" for page in read)}
    answer = row | {
        "tokenizer": "deepseek",
        "attention": {"text": row["text_tokens"] ** 2, "vision": row["vision_tokens"] ** 2},
        "pages": [
            {"picture": f"data:image/png;base64,{b64encode(data).decode()}", "vision_tokens": each} for data in pictures
        ],
        "read_back": back,
    }
    return json_answer(msgspec.json.encode(answer))  # what is infinite is null


async def _shortened(server: Parts, owner: str, body: bytes) -> Response:
    how: dict[str, Any] = {"owner": owner, "seconds": _GATEWAY_S, "kind": tuple[bytes, dict[str, str]]}
    answer, left_out = await server.tools.run(f"{_TEXTS}:shorten", body, not server.settings.compress, **how)
    for hash, text in left_out.items():
        server.left_out.pop((owner, hash), None)  # again, as the newest
        server.left_out[owner, hash] = text
    kept = sum(map(len, server.left_out.values()))
    while kept > _MOST_LEFT_OUT:
        kept -= len(server.left_out.pop(next(iter(server.left_out))))
    return json_answer(answer)


@retrieving.get("/{hash}")
async def retrieve(
    server: Server,
    owner: Owner,
    hash: str,
    query: Annotated[str | None, Query(description="Without effect: the whole text is given.")] = None,
) -> dict[str, str]:
    """A text that was left out of messages, as long as the server remembers it: until it is stopped, at most."""
    text = server.left_out.get((owner, hash))
    if text is None:
        raise HTTPException(404, "nothing was left out by that hash here, or it is remembered no longer")
    return {"hash": hash, "original_content": text}
