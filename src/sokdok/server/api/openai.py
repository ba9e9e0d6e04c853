"""OpenAI's API, as far as it reads pictures: a model that answers to the prompts of named tasks.

Pictures come as data URLs, or as addresses where the server fetches files, in the last message that has any; the text
beside them is the prompt. Unknown fields are passed over, as OpenAI's clients expect of a compatible server.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from typing import Annotated, Any, Literal
from uuid import uuid4

import msgspec
from fastapi import APIRouter, HTTPException, Request, Response
from fastapi.responses import StreamingResponse
from pydantic import BaseModel, Field
from starlette.types import Receive, Scope, Send

from sokdok.errors import SokdokError
from sokdok.reading.prompts import PLAIN, TASKS
from sokdok.server.api.dependencies import Owner, Parts, Server
from sokdok.server.api.errors import answer_to
from sokdok.server.api.sources import from_url
from sokdok.server.api.waiting import while_waited
from sokdok.server.engine.job_handle import JobHandle
from sokdok.server.engine.messages import Job, PictureRead
from sokdok.server.engine.refused import Unreadable

router = APIRouter(prefix="/v1", tags=["openai"])
PING_S = 15.0
MOST_PICTURES = 20
"""of a request"""
_PIECE = 200
"""characters of a delta: readers tell a page when it is read whole"""


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/event-stream": {}}, "description": "A completion, or its pieces."}
}


class Address(BaseModel):
    """Where a picture is."""

    url: str


class Part(BaseModel):
    """A piece of a message."""

    type: str
    text: str = ""
    image_url: Address | None = None


class Message(BaseModel):
    """What somebody said."""

    role: str
    content: str | list[Part] | None = None

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
    """What a stream tells beside the text."""

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
    return {"object": "list", "data": [_model(server)]}


@router.get("/models/{name:path}")
async def model(server: Server, owner: Owner, name: str) -> dict[str, Any]:
    """The same by its name."""
    _require_model(server, name)
    return _model(server)


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
    reading = Answering(server, owner, chat, prompt_of(asked.said))
    try:
        for place, url in enumerate(asked.pictures, 1):
            await reading.add(url, f"picture {place}")
    except BaseException:
        reading.close()
        raise
    if chat.stream:
        headers = {"Cache-Control": "no-cache", "X-Accel-Buffering": "no"}
        return Streamed(reading.close, reading.stream(), media_type="text/event-stream", headers=headers)
    try:
        return await reading.whole(request)
    finally:
        reading.close()


class Streamed(StreamingResponse):
    """A stream whose `end` is called once nobody waits for it: also where the client went before it began."""

    def __init__(self, end: Callable[[], None], content: AsyncIterator[bytes], **options: Any) -> None:
        super().__init__(content, **options)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


class Answering:
    """One request: its pictures are jobs, which end with it."""

    def __init__(self, server: Parts, owner: str, chat: Chat, prompt: str) -> None:
        self.server, self.owner, self.chat = server, owner, chat
        self.id, self.created = f"chatcmpl-{uuid4().hex}", int(time.time())
        sampling = {"temperature": chat.temperature, "top_p": chat.top_p}
        most = chat.max_completion_tokens or chat.max_tokens
        self._asked = msgspec.structs.replace(server.engine.question, prompt=prompt, max_tokens=most, **sampling)
        self._uploads: list[str] = []
        self._handles: list[JobHandle] = []
        self._rows: dict[int, bytes] = {}

    async def add(self, url: str, name: str) -> None:
        """Take a picture. Raises HTTPException, or what the engine refuses."""
        upload, _ = await from_url(self.server, url, name)
        self._uploads.append(upload)
        job = Job(kind="picture", upload=upload, shown_as=name, asked=self._asked, pages=(1,))
        place = len(self._handles)

        def keep(number: int, row: bytes, failed: bool) -> None:
            self._rows[place] = row

        self._handles.append(self.server.engine.submit(job, self.owner, keep))

    def close(self) -> None:
        """Nobody waits any more."""
        for handle in self._handles:
            self.server.engine.scheduler.cancel(handle)
        for upload in self._uploads:
            self.server.tasks.spool.remove(upload)

    async def whole(self, request: Request) -> dict[str, Any]:
        """The answer at once. Raises SokdokError."""
        pages = await while_waited(request, self.server, self._read())
        message = {"role": "assistant", "content": _text(pages)}
        choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(pages)}
        return self._head("chat.completion") | {"choices": [choice], "usage": _usage(pages)}

    async def stream(self) -> AsyncIterator[bytes]:
        """The answer as server-sent events; an error in its midst is one, too."""
        reading = asyncio.ensure_future(self._read())
        try:
            yield self._delta({"role": "assistant", "content": ""})
            while not (await asyncio.wait({reading}, timeout=PING_S))[0]:
                yield b": still here\n\n"
            pages = reading.result()
            text = _text(pages)
            for start in range(0, len(text), _PIECE):
                yield self._delta({"content": text[start : start + _PIECE]})
            yield self._delta({}, _finish(pages))
            if self.chat.stream_options is not None and self.chat.stream_options.include_usage:
                yield _event(self._head("chat.completion.chunk") | {"choices": [], "usage": _usage(pages)})
            yield b"data: [DONE]\n\n"
        except SokdokError as error:
            yield b"data: " + bytes(answer_to(error).body) + b"\n\n"
        finally:
            reading.cancel()

    async def _read(self) -> list[PictureRead]:
        """What the pictures say, in order. Raises Unreadable, or what ended a job."""
        for handle in self._handles:
            await handle.ended()
        pages = [msgspec.json.decode(self._rows[place], type=PictureRead) for place in range(len(self._handles))]
        for page in pages:
            if page.status == "failed":
                raise Unreadable(page.error)
        return pages

    def _head(self, kind: str) -> dict[str, Any]:
        return {"id": self.id, "object": kind, "created": self.created, "model": self.chat.model}

    def _delta(self, delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event(self._head("chat.completion.chunk") | {"choices": [choice]})


def prompt_of(text: str) -> str:
    """What the reader is asked: a task's prompt also where a client leaves out its mark for the picture."""
    if not text:
        return PLAIN
    known = {task.prompt.removeprefix("<image>").strip(): task.prompt for task in TASKS.values()}
    return text if text == PLAIN else known.get(text.removeprefix("<image>").strip(), text)


def _model(server: Parts) -> dict[str, Any]:
    return {"id": server.engine.reader.reader, "object": "model", "created": 0, "owned_by": "sokdok"}


def _require_model(server: Parts, name: str) -> None:
    if name != server.engine.reader.reader:
        raise HTTPException(404, f"there is no model of that name: the server reads by {server.engine.reader.reader}")


def _text(pages: list[PictureRead]) -> str:
    return "\n\n".join(page.text for page in pages)


def _finish(pages: list[PictureRead]) -> str:
    return "length" if any(page.status == "truncated" for page in pages) else "stop"


def _usage(pages: list[PictureRead]) -> dict[str, Any]:
    vision = sum(page.vision_tokens for page in pages)
    asked = vision + sum(page.prompt_tokens for page in pages)
    told = sum(page.text_tokens for page in pages)
    return {
        "prompt_tokens": asked,
        "completion_tokens": told,
        "total_tokens": asked + told,
        "prompt_tokens_details": {"vision_tokens": vision},
    }


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"
