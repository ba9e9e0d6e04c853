"""What an endpoint may send, and how long it may take: memory and time stay bounded whatever comes.

- Bytes are counted as they come in. No compression is asked for, and an answer that is compressed all the same is
  refused: a few bytes of it can stand for gigabytes.
- Of an answer under an error's status the beginning is enough.
- The time of a stream is what was waited for the server; a reader that pauses costs it nothing.
"""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from dataclasses import dataclass

import httpx

from sokdok.reading.remote.failure import RequestFailed

MAX_JSON_BYTES = 16 << 20
"""of one JSON: a whole answer, or one event. 32,000 tokens with their probabilities take some 4 MB; as objects of
Python it may take 24 times this."""
MAX_STREAM_BYTES = 64 << 20  # of all events of an answer; 128,000 tokens, an event each, take some 45 MB
MAX_STREAM_S = 3600.0  # from the first to the last event
MAX_ERROR_BYTES = 64 << 10  # of what comes with an error's status
MB = 1 << 20


@dataclass(frozen=True)
class Received:
    """A response that has come in whole, its beginning if it is an error."""

    status: int
    kind: str  # content type
    body: bytes


async def receive(response: httpx.Response, server: str) -> Received:
    """Read a response to its end and close it. Raises RequestFailed if it is more than an answer can be."""
    limit = MAX_JSON_BYTES if response.is_success else MAX_ERROR_BYTES
    body = bytearray()
    try:
        if encoding := _encoding(response):
            if response.is_success:
                raise RequestFailed(f"{server} sent its answer compressed ({encoding}), which nobody asked for")
            limit = 0
        async for chunk in response.aiter_raw():
            body += chunk
            if len(body) > limit:
                break
    finally:
        await response.aclose()
    if len(body) > limit and response.is_success:
        raise RequestFailed(f"{server} sent more than {limit // MB} MB for one answer")
    return Received(response.status_code, response.headers.get("content-type", ""), bytes(body[:limit]))


async def chunks_of(response: httpx.Response, server: str, silence: float) -> AsyncIterator[bytes]:
    """The bytes of a stream of events as they arrive; `silence` is the longest pause between two, in seconds.

    Raises RequestFailed if it breaks off, falls silent, or is more or longer than an answer can be.
    """
    if encoding := _encoding(response):
        raise RequestFailed(f"{server} sent its answer compressed ({encoding}), which nobody asked for")
    chunks, size, waited = response.aiter_raw(), 0, 0.0
    while True:
        began = time.monotonic()
        patience = min(silence, MAX_STREAM_S - waited)
        try:
            async with asyncio.timeout(patience):
                chunk = await anext(chunks, None)
        except TimeoutError:
            if patience < silence:
                raise RequestFailed(f"{server} was not done with its answer after {MAX_STREAM_S:g} s") from None
            raise RequestFailed(f"{server} fell silent in mid-answer for {silence:g} s") from None
        except httpx.RequestError:
            raise RequestFailed(f"{server} cut the connection in mid-answer") from None
        if chunk is None:
            return
        waited += time.monotonic() - began
        size += len(chunk)
        if size > MAX_STREAM_BYTES:
            raise RequestFailed(f"{server} sent more than {MAX_STREAM_BYTES // MB} MB for one answer")
        yield chunk


def _encoding(response: httpx.Response) -> str:
    """How an answer is compressed; nothing if it is not."""
    encoding = str(response.headers.get("content-encoding", "")).strip().lower()
    return "" if encoding == "identity" else ascii(encoding[:20]).strip("'")
