"""What the first visitor waits for."""

from __future__ import annotations

import asyncio
import sys
from pathlib import Path
from typing import Any

import httpx

from fakes.server.serving import fake_app
from sokdok.server.settings import Settings


async def calls(client: httpx.AsyncClient) -> int:
    """How many functions are called for the page: a measure that a busy machine does not change."""
    count = 0

    def counting(frame: Any, event: str, of: Any) -> None:
        nonlocal count
        count += event == "call"

    sys.setprofile(counting)
    try:
        answer = await client.get("/")
    finally:
        sys.setprofile(None)
    assert answer.status_code == 200
    return count


def test_the_first_request_does_no_more_than_others(tmp_path: Path) -> None:
    async def run() -> None:
        app = fake_app(Settings(tmp_path))
        transport = httpx.ASGITransport(app)
        async with (
            app.router.lifespan_context(app),
            httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1") as client,
        ):
            await client.get("/health")  # puts the middleware together
            first, second = await calls(client), await calls(client)
            assert first < 2 * second, (first, second)

    asyncio.run(run())
