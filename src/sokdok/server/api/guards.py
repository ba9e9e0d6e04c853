"""What stands before all endpoints: headers of every answer, requests that are not answered, sizes of bodies."""

from __future__ import annotations

import re
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sokdok.reasons import say
from sokdok.server.api.errors import refusal
from sokdok.server.keys import Keys, shown_key
from sokdok.server.settings import is_loopback

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' blob: data:; connect-src 'self'; "
    "base-uri 'none'; form-action 'self'; frame-ancestors 'none'"
)
ALWAYS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Resource-Policy": "same-origin",
}
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")  # what a client may call its request
_HOST = re.compile(r"(?P<name>[A-Za-z0-9.-]{1,255}|\[[0-9A-Fa-f:.]{2,45}\])(?::\d{1,5})?")
_SECURE = {"https", "wss"}
NO_KEY = "a key is missing or wrong: send it as Authorization: Bearer KEY, or as X-Api-Key"
# Methods without a body: whether an address of theirs needs a key is said where it is served.
_READING = {"GET", "HEAD", "OPTIONS"}


class Guarded:
    """ASGI middleware: headers on every answer, an id for every request: the client's own where it is one.

    Without keys whoever reaches the server may ask, and a browser on this machine reaches it for any site: so its
    requests must name this machine as host, and come from no other site's page. A body whose length is said in two
    ways, which a proxy and this server may read as different requests (RFC 9112, 6.1), ends its connection.
    """

    def __init__(self, app: ASGIApp, has_keys: bool) -> None:
        self.app, self.has_keys = app, has_keys

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] not in ("http", "websocket"):
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        number = given if _ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = number

        async def sending(message: Message) -> None:
            if message["type"] == "http.response.start":
                sent = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    sent.setdefault(name, value)
                sent.setdefault("Cache-Control", "no-store")
                sent["X-Request-Id"] = number
            await send(message)

        reason = "" if self.has_keys else _foreign(headers, scope)
        if "content-length" in headers and "transfer-encoding" in headers:
            answer = refusal(400, "the length of the body is said twice: as Content-Length and by Transfer-Encoding")
            answer.headers["Connection"] = "close"
            await answer(scope, receive, sending)
        elif reason and scope["type"] == "websocket":  # browsers let any page open one
            await send({"type": "websocket.close", "code": 1008})
        elif reason:
            await refusal(403, reason)(scope, receive, sending)
        else:
            await self.app(scope, receive, sending)


def _foreign(headers: Headers, scope: Scope) -> str:
    """Why a request is not of this machine's own clients; empty if it is.

    What browsers say of their requests (Fetch Metadata) shows those of other sites that have no `Origin`; following a
    link from one to a page of this server is no harm.
    """
    host = headers.get("host", "")
    match = _HOST.fullmatch(host)
    if match is None or not is_loopback(match["name"]):
        return "without keys the server answers to 127.0.0.1 and localhost only"
    origin, own = headers.get("origin"), f"http{'s' * (scope['scheme'] in _SECURE)}://{host}"
    follows = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    if origin not in (None, own) or (elsewhere and not (follows and scope.get("method") == "GET")):
        return "a page of another site may not ask a server without keys"
    return ""


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
