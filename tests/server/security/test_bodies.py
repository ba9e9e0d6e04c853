from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from sokdok.server.security.bodies import BoundedBodies


async def taken(pieces: Sequence[bytes], length: int | None = None, most: int = 10) -> bytes:
    """What an application gets of a body that comes in pieces."""
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting[-1]["more_body"] = False
    got = b""

    async def receive() -> Message:
        return waiting.pop(0)

    async def app(scope: Scope, receive: Receive, send: Send) -> None:
        nonlocal got
        more = True
        while more:
            message = await receive()
            got, more = got + message["body"], message["more_body"]

    async def send(message: Message) -> None:
        raise AssertionError

    headers = [] if length is None else [(b"content-length", str(length).encode())]
    await BoundedBodies(app, most)({"type": "http", "headers": headers}, receive, send)
    return got


def test_a_body_within_the_bound_comes_through() -> None:
    assert asyncio.run(taken([b"12345", b"67890"], 10)) == b"1234567890"


@pytest.mark.parametrize("length", [None, 11, 3])  # chunked, told, and told wrong
def test_a_larger_one_is_refused(length: int | None) -> None:
    with pytest.raises(HTTPException) as caught:
        asyncio.run(taken([b"12345", b"67890", b"1"], length))
    assert caught.value.status_code == 413
