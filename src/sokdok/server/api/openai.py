"""OpenAI's API, as far as it reads pictures: a model that answers to the prompts of named tasks.

Pictures come as data URLs in the last message that has any; the text of that message is the prompt. Unknown fields are
passed over, as OpenAI's clients expect of a compatible server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import ExitStack, closing
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from msgspec.structs import replace
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from sokdok.errors import SokdokError
from sokdok.reading.prompts import PLAIN, TASKS
from sokdok.server.api.common import Owner, Parts, Server
from sokdok.server.api.errors import answer_to
from sokdok.server.api.requests import PING, PING_S, STREAM_HEADERS, WaitedPictures, from_url, while_waited
from sokdok.server.engine.job import PictureRead
from sokdok.server.errors import Unreadable

router = APIRouter(prefix="/v1", tags=["openai"])
MOST_PICTURES = 20  # of a request
_PIECE = 200  # characters of a delta: a reader gives a page when it is read whole


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/event-stream": {}}, "description": "A completion, or its pieces."}
}


class PictureAddress(BaseModel):
    """Where a picture is."""

    url: str


class MessagePart(BaseModel):
    """A piece of a message."""

    type: str
    text: str = ""
    image_url: PictureAddress | None = None


class Message(BaseModel):
    """What somebody said."""

    role: str
    content: str | list[MessagePart] | None = None

    @property
    def pictures(self) -> list[str]:
        """Addresses of its pictures."""
        parts = self.content if isinstance(self.content, list) else []
        return [part.image_url.url for part in parts if part.image_url is not None]

    @property
    def said(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text").strip()
        return (self.content or "").strip()


class StreamOptions(BaseModel):
    """What a stream has apart from the text."""

    include_usage: bool = False


class Chat(BaseModel):
    """A request."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=1000)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    n: Literal[1] | None = None


@router.get("/models")
async def models(server: Server, owner: Owner) -> dict[str, Any]:
    """The model that reads."""
    return {"object": "list", "data": [await model(server, owner, server.engine.about.reader)]}


@router.get("/models/{name:path}")
async def model(server: Server, owner: Owner, name: str) -> dict[str, Any]:
    """The same by its name."""
    _require_model(server, name)
    return {"id": name, "object": "model", "created": 0, "owned_by": "sokdok"}


@router.post("/chat/completions", response_model=None, responses=_ANSWERS)
async def completions(request: Request, server: Server, owner: Owner, chat: Chat) -> dict[str, Any] | Response:
    """Read the pictures of the last message that has any."""
    _require_model(server, chat.model)
    asked = next((message for message in reversed(chat.messages) if message.pictures), None)
    if asked is None:
        raise HTTPException(422, "no message has a picture: send one as image_url with a data URL")
    if len(asked.pictures) > MOST_PICTURES:
        raise HTTPException(422, f"a message may have {MOST_PICTURES} pictures, and this one has {len(asked.pictures)}")
    server.engine.require_room(len(asked.pictures), owner)
    sampling = {"temperature": chat.temperature, "top_p": chat.top_p}
    most = chat.max_completion_tokens or chat.max_tokens
    question = replace(server.engine.question, prompt=prompt_of(asked.said), max_tokens=most, **sampling)
    with ExitStack() as stack:
        pictures = stack.enter_context(closing(WaitedPictures(server, owner)))
        for place, url in enumerate(asked.pictures, 1):
            name = f"picture {place}"
            upload, _ = await from_url(server, url, name)
            pictures.add(upload, name, question)
        if not chat.stream:
            return _completion(chat, await while_waited(request, server, _read(pictures)))
        return Streamed(stack.pop_all().close, _chunks(chat, pictures))


class Streamed(StreamingResponse):
    """A stream whose `end` is called once nobody waits for it: also where the client went before it began."""

    def __init__(self, end: Callable[[], None], content: AsyncIterator[bytes]) -> None:
        super().__init__(content, media_type="text/event-stream", headers=STREAM_HEADERS)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


async def _read(pictures: WaitedPictures) -> list[PictureRead]:
    """What the pictures say, in order. Raises Unreadable, or what ended a job."""
    pages = [msgspec.json.decode(row, type=PictureRead) for row in await pictures.rows()]
    for page in pages:
        if page.status == "failed":
            raise Unreadable(page.error)
    return pages


def _completion(chat: Chat, pages: list[PictureRead]) -> dict[str, Any]:
    """The answer at once."""
    message = {"role": "assistant", "content": _text(pages)}
    choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(pages)}
    return _head(chat, "chat.completion") | {"choices": [choice], "usage": _usage(pages)}


async def _chunks(chat: Chat, pictures: WaitedPictures) -> AsyncIterator[bytes]:
    """The answer as server-sent events; an error in its midst is one, too."""
    head = _head(chat, "chat.completion.chunk")

    def delta(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event(head | {"choices": [choice]})

    reading = asyncio.ensure_future(_read(pictures))
    try:
        yield delta({"role": "assistant", "content": ""})
        while not (await asyncio.wait({reading}, timeout=PING_S))[0]:
            yield PING
        pages = reading.result()
        text = _text(pages)
        for start in range(0, len(text), _PIECE):
            yield delta({"content": text[start : start + _PIECE]})
        yield delta({}, _finish(pages))
        if chat.stream_options is not None and chat.stream_options.include_usage:
            yield _event(head | {"choices": [], "usage": _usage(pages)})
        yield b"data: [DONE]\n\n"
    except SokdokError as error:
        yield b"data: " + bytes(answer_to(error).body) + b"\n\n"
    finally:
        reading.cancel()


def _head(chat: Chat, kind: str) -> dict[str, Any]:
    return {"id": f"chatcmpl-{uuid4().hex}", "object": kind, "created": int(time.time()), "model": chat.model}


def prompt_of(text: str) -> str:
    """What the reader is asked: a task's prompt also where a client leaves out its mark for the picture."""
    if not text:
        return PLAIN
    known = {task.prompt.removeprefix("<image>").strip(): task.prompt for task in TASKS.values()}
    return text if text == PLAIN else known.get(text.removeprefix("<image>").strip(), text)


def _require_model(server: Parts, name: str) -> None:
    if name != server.engine.about.reader:
        raise HTTPException(404, f"there is no model of that name: the server reads by {server.engine.about.reader}")


def _text(pages: list[PictureRead]) -> str:
    return "\n\n".join(page.text for page in pages)


def _finish(pages: list[PictureRead]) -> str:
    return "length" if any(page.status == "truncated" for page in pages) else "stop"


def _usage(pages: list[PictureRead]) -> dict[str, Any]:
    vision = sum(page.vision_tokens for page in pages)
    asked = vision + sum(page.prompt_tokens for page in pages)
    answered = sum(page.text_tokens for page in pages)
    return {
        "prompt_tokens": asked,
        "completion_tokens": answered,
        "total_tokens": asked + answered,
        "prompt_tokens_details": {"vision_tokens": vision},
    }


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"
