"""OpenAI's API, as far as it reads: a model that read to the prompts of named tasks, and documents.

What is read is in the last message that has any: pictures as data URLs, documents as `file` parts or where a picture
may be, all of whose pages are read in order. The text of that message is the prompt of its pictures. Unknown fields are
passed over, as OpenAI's clients expect of a compatible server; those that say what the answer must be are not.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator, Callable, Coroutine
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
from sokdok.server.api import requests
from sokdok.server.api.common import Owner, Parts, Password, Server
from sokdok.server.api.errors import answer_to
from sokdok.server.api.mistral import ImageAddress, kept_file
from sokdok.server.engine.job import PictureRead
from sokdok.server.errors import Unreadable

router = APIRouter(prefix="/v1", tags=["openai"])
MOST_PARTS = 20  # pictures and documents of a request
_PIECE = 200  # characters of a delta: a reader gives a page when it is read whole
_OF_DOCUMENTS = {PLAIN, TASKS["free"].prompt, TASKS["markdown"].prompt, TASKS["document"].prompt}
_SECONDS = 60.0  # for cutting a text


_ANSWERS: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/json": {}, "text/event-stream": {}}, "description": "A completion, or its pieces."}
}


class SentFile(BaseModel):
    """A document within the request, or one that was kept before."""

    file_data: Annotated[str | None, Field(description="A data URL.")] = None
    file_id: Annotated[str | None, Field(description="Of /v1/files.")] = None
    filename: Annotated[str | None, Field(max_length=10_000)] = None
    password: Password = None


class MessagePart(BaseModel):
    """A piece of a message."""

    type: Literal["text", "image_url", "file"]
    text: str = ""
    image_url: ImageAddress | None = None
    file: SentFile | None = None


class Message(BaseModel):
    """What somebody said."""

    role: str
    content: str | list[MessagePart] | None = None

    @property
    def parts(self) -> list[ImageAddress | SentFile]:
        """Its pictures and documents."""
        parts = self.content if isinstance(self.content, list) else []
        return [found for part in parts if (found := part.image_url or part.file) is not None]

    @property
    def text(self) -> str:
        """Its text."""
        if isinstance(self.content, list):
            return "\n".join(part.text for part in self.content if part.type == "text").strip()
        return (self.content or "").strip()


class StreamOptions(BaseModel):
    """What a stream has apart from the text."""

    include_usage: bool = False


class ResponseFormat(BaseModel):
    """What an answer must be."""

    type: Literal["text", "json_object", "json_schema"] = "text"
    json_schema: dict[str, Any] = {}


class Chat(BaseModel):
    """A request."""

    model: str
    messages: Annotated[list[Message], Field(min_length=1, max_length=1000)]
    stream: bool = False
    stream_options: StreamOptions | None = None
    max_tokens: Annotated[int | None, Field(ge=1)] = None
    max_completion_tokens: Annotated[int | None, Field(ge=1)] = None
    response_format: Annotated[
        ResponseFormat | None, Field(description="json_schema: fields of a document, as /v1/extract finds them.")
    ] = None
    temperature: Annotated[float | None, Field(ge=0, le=2)] = None
    top_p: Annotated[float | None, Field(gt=0, le=1)] = None
    n: Literal[1] | None = None

    @property
    def token_limit(self) -> int | None:
        """Tokens of the answer, at most."""
        return self.max_completion_tokens or self.max_tokens


@router.get("/models")
async def models(server: Server, owner: Owner) -> dict[str, Any]:
    """The model that reads."""
    return {"object": "list", "data": [await model(server, owner, server.engine.about.reader)]}


@router.get("/models/{name:path}")
async def model(server: Server, owner: Owner, name: str) -> dict[str, Any]:
    """The model by its name, with the capabilities that Mistral's clients ask for."""
    _require_model(server, name)
    able = {"vision": True, "ocr": True, "completion_chat": True}
    card = {"id": name, "object": "model", "created": 0, "owned_by": "sokdok"}
    return card | {"type": "base", "capabilities": able}


@router.post("/chat/completions", response_model=None, responses=_ANSWERS)
async def completions(request: Request, server: Server, owner: Owner, chat: Chat) -> dict[str, Any] | Response:
    """Read the pictures and documents of the last message that has any."""
    _require_model(server, chat.model)
    asked = next((message for message in reversed(chat.messages) if message.parts), None)
    if asked is None:
        raise HTTPException(422, "no message has a picture or a document: send one as image_url or file, a data URL")
    if len(asked.parts) > MOST_PARTS:
        raise HTTPException(422, f"a message may have {MOST_PARTS} pictures, and this one has {len(asked.parts)}")
    schema = await _schema(server, owner, chat, asked)
    server.engine.require_room(len(asked.parts), owner)
    sampling = {"temperature": chat.temperature, "top_p": chat.top_p}
    question = replace(server.engine.question, prompt=prompt_of(asked.text), max_tokens=chat.token_limit, **sampling)
    with ExitStack() as stack:
        pictures = stack.enter_context(closing(requests.WaitedPictures(server, owner)))
        documents = stack.enter_context(closing(requests.WaitedDocuments(server, owner)))
        kinds = []
        for place, part in enumerate(asked.parts, 1):
            upload, name = await _spooled(server, owner, part, place)
            kinds.append("picture" if schema is None and _is_picture(server, part, upload) else "document")
            if kinds[-1] == "picture":
                pictures.add(upload, name, question)
            elif question.prompt not in _OF_DOCUMENTS and schema is None:
                server.tasks.spool.remove(upload)
                raise HTTPException(422, f"{name} is a document, which is read as it stands: leave out the prompt")
            else:
                password = part.password if isinstance(part, SentFile) else None
                await documents.add(upload, name, replace(server.engine.question, password=password))
        reading = _read(server, chat, kinds, pictures, documents, schema)
        if not chat.stream:
            answer = await requests.while_waited(request, server, reading)
            message = {"role": "assistant", "content": answer.text}
            choice = {"index": 0, "message": message, "logprobs": None, "finish_reason": _finish(answer)}
            return _head(chat, "chat.completion") | {"choices": [choice], "usage": _usage(answer)}
        return Streamed(stack.pop_all().close, _chunks(chat, reading))


async def _schema(server: Parts, owner: str, chat: Chat, asked: Message) -> str | None:
    """The JSON schema that the answer must fit. Raises HTTPException 400 where that can't be had."""
    wanted = chat.response_format
    if wanted is None or wanted.type == "text":
        return None
    if not isinstance(wanted.json_schema.get("schema"), dict):
        raise HTTPException(400, "response_format: send a json_schema, whose fields are filled in")
    if len(asked.parts) > 1:
        raise HTTPException(400, "response_format: fields are those of one document, and the message has several")
    return await requests.checked_schema(server, owner, wanted.json_schema["schema"], "response_format", 400)


async def _spooled(server: Parts, owner: str, part: ImageAddress | SentFile, place: int) -> tuple[str, str]:
    """A picture or a document in the spool: its name there, and the one for people."""
    if isinstance(part, ImageAddress):
        return await requests.from_url(server, part.url, f"picture {place}")
    if part.file_id is not None:
        return kept_file(server, owner, part.file_id)
    if part.file_data is None:
        raise HTTPException(422, "file: send file_data, a data URL, or the file_id of a file of /v1/files")
    return await requests.from_url(server, part.file_data, part.filename or f"document {place}")


def _is_picture(server: Parts, part: ImageAddress | SentFile, upload: str) -> bool:
    """Whether it is one page without words of its own, about which a reader can be asked anything."""
    with (server.tasks.spool.folder / upload).open("rb") as file:
        head = file.read(1024)
    several = b"%PDF-" in head or head.startswith((b"II*\0", b"MM\0*", b"II+\0", b"MM\0+"))  # PDF, TIFF
    return isinstance(part, ImageAddress) and part.url.startswith("data:image/") and not several


class Streamed(StreamingResponse):
    """A stream whose `end` is called once nobody waits for it: also where the client went before it began."""

    def __init__(self, end: Callable[[], None], content: AsyncIterator[bytes]) -> None:
        super().__init__(content, media_type="text/event-stream", headers=requests.STREAM_HEADERS)
        self._end = end

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it."""
        try:
            await super().__call__(scope, receive, send)
        finally:
            self._end()


async def _read(
    server: Parts,
    chat: Chat,
    kinds: list[str],
    pictures: requests.WaitedPictures,
    documents: requests.WaitedDocuments,
    schema: str | None,
) -> PictureRead:
    """What pictures and documents say together, in order, within the tokens asked for.

    Raises Unreadable, or what ended one.
    """
    rows, tasks = iter(await pictures.rows()), iter(await documents.ended())
    read = list[PictureRead]()
    for kind in kinds:
        if kind == "picture":
            read.append(msgspec.json.decode(next(rows), type=PictureRead))
        elif schema is None:
            read.append(msgspec.json.decode(await server.results.answer(next(tasks), "chat"), type=PictureRead))
        else:
            fields = await requests.fields_of(server, next(tasks), schema)
            read.append(PictureRead(msgspec.json.encode(fields).decode()))
        if read[-1].status == "failed":
            raise Unreadable(read[-1].error)
    names = "vision_tokens", "text_tokens", "prompt_tokens"
    counts: dict[str, Any] = {name: sum(getattr(one, name) for one in read) for name in names}
    text, short = "\n\n".join(one.text for one in read if one.text), any(one.status == "truncated" for one in read)
    if chat.token_limit is not None and counts["text_tokens"] > chat.token_limit:
        cut, asked = "sokdok.server.work.texts:first_tokens", (text, chat.token_limit)
        how: dict[str, Any] = {"owner": pictures.owner, "seconds": _SECONDS, "kind": tuple[str, int]}
        (text, counts["text_tokens"]), short = await server.tools.run(cut, *asked, **how), True
    return PictureRead(text, "truncated" if short else "ok", **counts)


async def _chunks(chat: Chat, work: Coroutine[Any, Any, PictureRead]) -> AsyncIterator[bytes]:
    """The answer as server-sent events; an error in its midst is one, too."""
    head = _head(chat, "chat.completion.chunk")

    def delta(delta: dict[str, str], finish: str | None = None) -> bytes:
        choice = {"index": 0, "delta": delta, "logprobs": None, "finish_reason": finish}
        return _event(head | {"choices": [choice]})

    reading = asyncio.ensure_future(work)
    try:
        yield delta({"role": "assistant", "content": ""})
        while not (await asyncio.wait({reading}, timeout=requests.PING_S))[0]:
            yield requests.PING
        answer = reading.result()
        for start in range(0, len(answer.text), _PIECE):
            yield delta({"content": answer.text[start : start + _PIECE]})
        yield delta({}, _finish(answer))
        if chat.stream_options is not None and chat.stream_options.include_usage:
            yield _event(head | {"choices": [], "usage": _usage(answer)})
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


def _finish(answer: PictureRead) -> str:
    return "length" if answer.status == "truncated" else "stop"


def _usage(answer: PictureRead) -> dict[str, Any]:
    asked = answer.vision_tokens + answer.prompt_tokens
    return {
        "prompt_tokens": asked,
        "completion_tokens": answer.text_tokens,
        "total_tokens": asked + answer.text_tokens,
        "prompt_tokens_details": {"vision_tokens": answer.vision_tokens},
    }


def _event(data: dict[str, Any]) -> bytes:
    return b"data: " + msgspec.json.encode(data) + b"\n\n"
