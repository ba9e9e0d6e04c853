"""Bodies of requests: so many bytes at most, and no client that sends them one by one."""

from __future__ import annotations

import asyncio
import time

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sokdok.reasons import say

LEAST_RATE = 4_096  # bytes a second that a body comes at in the long run


class BoundedBodies:
    """ASGI middleware. A body that is too large is refused before it is read where its length is told.

    Raises HTTPException into the application, 413 or 408, which answers it as any other.
    """

    def __init__(self, app: ASGIApp, most: int, seconds: float) -> None:
        """`most` bytes of a body; `seconds` between two pieces of it, and beyond what it takes at the least rate."""
        self.app, self.most, self.seconds = app, most, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] == "http":
            receive = self._bounded(receive, Headers(scope=scope).get("content-length", ""))
        await self.app(scope, receive, send)

    def _bounded(self, receive: Receive, length: str) -> Receive:
        taken, whole, begun = 0, False, 0.0

        async def bounded() -> Message:
            nonlocal taken, whole, begun
            if whole:  # now only whether the client goes is waited for
                return await receive()
            if length.isdecimal() and int(length) > self.most:
                raise self._too_large()
            begun = begun or time.monotonic()  # not before it is asked for
            left = begun + self.seconds + taken / LEAST_RATE - time.monotonic()
            try:
                message = await asyncio.wait_for(receive(), min(left, self.seconds))
            except TimeoutError:
                raise HTTPException(408, f"the body came too slowly: within {self.seconds:g} s too little") from None
            taken += len(message.get("body", b""))
            whole = not message.get("more_body", False)
            if taken > self.most:
                raise self._too_large()
            return message

        return bounded

    def _too_large(self) -> HTTPException:
        return HTTPException(413, say("large_body", most=self.most))
