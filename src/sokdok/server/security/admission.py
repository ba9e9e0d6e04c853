"""Who may send a body: its key is looked at before the body is."""

from __future__ import annotations

from starlette.datastructures import Headers
from starlette.types import ASGIApp, Receive, Scope, Send

from sokdok.server.api.refusals import refusal
from sokdok.server.security.keys import Keys, shown_key

NO_KEY = "a key is missing or wrong: send it as Authorization: Bearer KEY, or as X-Api-Key"
_READING = {"GET", "HEAD", "OPTIONS"}
"""methods without a body: whether an address of theirs needs a key is said where it is served"""


class Admission:
    """ASGI middleware. The framework reads a body before it asks who sends it: strangers could fill the disk."""

    def __init__(self, app: ASGIApp, keys: Keys) -> None:
        self.app, self.keys = app, keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http" or scope["method"] in _READING:
            await self.app(scope, receive, send)
            return
        owner = self.keys.owner(shown_key(Headers(scope=scope)))
        if owner is None:
            await refusal(401, NO_KEY)(scope, receive, send)
            return
        scope.setdefault("state", {})["owner"] = owner
        await self.app(scope, receive, send)
