"""Bodies of requests: so many bytes at most."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sokdok.reasons import say


class BoundedBodies:
    """ASGI middleware. A body that is too large is refused before it is read where its length is stated.

    Raises HTTPException 413 into the application, which answers it as any other.
    """

    def __init__(self, app: ASGIApp, most: int) -> None:
        self.app, self.most = app, most

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        length = Headers(scope=scope).get("content-length", "") if scope["type"] == "http" else ""
        taken = 0

        async def bounded() -> Message:
            nonlocal taken
            if length.isdecimal() and int(length) > self.most:
                raise HTTPException(413, say("large_body", most=self.most))
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise HTTPException(413, say("large_body", most=self.most))
            return message

        await self.app(scope, bounded, send)
