from __future__ import annotations

import asyncio
from collections.abc import Sequence

import pytest
from starlette.exceptions import HTTPException
from starlette.types import Message, Receive, Scope, Send

from sokdok.server.security.bodies import BoundedBodies


async def taken(pieces: Sequence[bytes], length: int | None = None, most: int = 10, pause: float = 0.0) -> bytes:
    """What an application gets of a body that comes in pieces."""
    waiting = [{"type": "http.request", "body": piece, "more_body": True} for piece in pieces]
    waiting[-1]["more_body"] = False
    got = b""

    async def receive() -> Message:
        await asyncio.sleep(pause)
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
    await BoundedBodies(app, most, 0.2)({"type": "http", "headers": headers}, receive, send)
    return got


def test_a_body_within_the_bound_comes_through() -> None:
    assert asyncio.run(taken([b"12345", b"67890"], 10)) == b"1234567890"


@pytest.mark.parametrize("length", [None, 11, 3])  # chunked, told, and told wrong
def test_a_larger_one_is_refused(length: int | None) -> None:
    with pytest.raises(HTTPException) as caught:
        asyncio.run(taken([b"12345", b"67890", b"1"], length))
    assert caught.value.status_code == 413


def test_a_client_that_stops_sending_is_not_waited_for() -> None:
    with pytest.raises(HTTPException) as caught:
        asyncio.run(taken([b"1"], pause=5))
    assert caught.value.status_code == 408


def test_a_client_that_sends_byte_after_byte_is_not_either() -> None:
    with pytest.raises(HTTPException) as caught:
        asyncio.run(taken([b"1"] * 9, pause=0.05))
    assert caught.value.status_code == 408
    assert asyncio.run(taken([b"1" * 4_096] * 9, most=40_000, pause=0.05)), "at a fair pace it may take longer"
