import asyncio
import base64
from collections.abc import AsyncIterator, Callable
from typing import Any

import httpx
import openai
import pytest
from starlette.types import Message

from fakes.remote import wait_until
from fakes.server.serving import Served
from sokdok.reading.prompts import PLAIN, TASKS
from sokdok.server.api.common import Parts
from sokdok.server.api.openai import MOST_PARTS, Streamed, prompt_of


@pytest.fixture
def client(server: Served) -> openai.OpenAI:
    return openai.OpenAI(base_url=f"{server.address}/v1", api_key="any", max_retries=0)


def asked(*pictures: str, text: str = "Free OCR.") -> Any:
    urls = [f"data:image/png;base64,{base64.b64encode(picture.encode()).decode()}" for picture in pictures]
    parts = [{"type": "image_url", "image_url": {"url": url}} for url in urls]
    return [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": text}, *parts]},
    ]


def test_the_client_lists_models_and_reads_pictures(client: openai.OpenAI, server: Served) -> None:
    assert [model.id for model in client.models.list()] == ["fake"]
    assert client.models.retrieve("fake").owned_by == "sokdok"
    answer = client.chat.completions.create(model="fake", messages=asked("하나", "둘"), extra_body={"unknown": 1})
    assert answer.choices[0].message.content == "Free OCR.: 하나\n\nFree OCR.: 둘"
    assert answer.choices[0].finish_reason == "stop"
    assert answer.usage is not None and (answer.usage.prompt_tokens, answer.usage.completion_tokens) == (206, 14)
    parts = server.app.state.parts
    assert parts.engine.queued == 0 and not list(parts.tasks.spool.folder.glob("*-picture*"))


def test_what_cannot_be_read_is_422_and_never_tried_again(client: openai.OpenAI) -> None:
    with pytest.raises(openai.UnprocessableEntityError, match="it is damaged") as caught:
        client.chat.completions.create(model="fake", messages=asked("damaged"))
    assert caught.value.response.headers["x-should-retry"] == "false"
    with pytest.raises(openai.APIError, match="it is damaged"):
        list(client.chat.completions.create(model="fake", messages=asked("damaged"), stream=True))
    with pytest.raises(openai.NotFoundError, match="fake"):
        client.chat.completions.create(model="gpt", messages=asked("x"))
    with pytest.raises(openai.UnprocessableEntityError, match="no message has a picture"):
        client.chat.completions.create(model="fake", messages=[{"role": "user", "content": "hello"}])


@pytest.mark.parametrize(("picture", "reason"), [("broken", "does not answer"), ("unanswered", "it answered 500")])
def test_what_the_endpoint_fails_at_is_502_and_may_be_tried_again(
    client: openai.OpenAI, picture: str, reason: str
) -> None:
    with pytest.raises(openai.InternalServerError, match=reason) as caught:
        client.chat.completions.create(model="fake", messages=asked(picture))
    assert caught.value.status_code == 502 and "x-should-retry" not in caught.value.response.headers


def pages_of_who_leaves(parts: Parts, leave: Callable[[], None]) -> int:
    """Pages that are read of what a client asks and leaves, until none is queued and none of its uploads is kept."""
    engine, spool = parts.engine, parts.tasks.spool.folder
    read, kept = engine.counts["read"], set(spool.iterdir())
    leave()
    assert wait_until(lambda: not (engine.queued or any(reader.batches for reader in engine.readers)), 120)
    assert wait_until(lambda: set(spool.iterdir()) <= kept, 120)
    return engine.counts["read"] - read


def test_a_client_that_leaves_is_not_read_for(server: Served) -> None:
    def leave() -> None:
        with pytest.raises(httpx.ReadTimeout):
            body = {"model": "fake", "messages": asked(*["slow"] * MOST_PARTS)}
            server.post("/v1/chat/completions", json=body, timeout=httpx.Timeout(60, read=0.5))
        server.get("/health")

    assert pages_of_who_leaves(server.app.state.parts, leave) < MOST_PARTS


def test_a_client_that_leaves_in_mid_stream_is_not_read_for(server: Served) -> None:
    def leave() -> None:
        body = {"model": "fake", "messages": asked(*["slow"] * MOST_PARTS), "stream": True}
        with httpx.stream("POST", f"{server.address}/v1/chat/completions", json=body) as answer:
            assert next(answer.iter_lines()).startswith("data: ")

    assert pages_of_who_leaves(server.app.state.parts, leave) < MOST_PARTS


def test_a_stream_whose_client_left_before_it_began_ends_too() -> None:
    ended = []

    async def content() -> AsyncIterator[bytes]:
        yield b"never"

    async def receive() -> Message:
        return {"type": "http.disconnect"}

    async def send(message: Message) -> None:
        await asyncio.sleep(60)

    streamed = Streamed(lambda: ended.append(True), content())
    asyncio.run(streamed({"type": "http", "asgi": {"spec_version": "2.3"}}, receive, send))
    assert ended == [True]


def test_prompts_of_tasks_are_known_without_their_mark() -> None:
    assert prompt_of("") == PLAIN
    assert prompt_of("Parse the figure.") == TASKS["figure"].prompt
    assert prompt_of(TASKS["markdown"].prompt) == TASKS["markdown"].prompt
    assert prompt_of("What is this?") == "What is this?"
