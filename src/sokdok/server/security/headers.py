"""Headers of every answer, and the requests that no page of another site may make."""

from __future__ import annotations

import re
from urllib.parse import urlsplit
from uuid import uuid4

from starlette.datastructures import Headers, MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sokdok.server.api.refusals import refusal
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
_ID = re.compile(r"[A-Za-z0-9._-]{1,64}")
"""what a client may call its request"""


class Guarded:
    """ASGI middleware: headers on every answer, an id for every request: the client's own where it is one.

    Without keys whoever reaches the server may ask, and a browser on this machine reaches it for any site: so its
    requests must name this machine as host, and come from no other site's page.
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

        reason = "" if self.has_keys else _foreign(headers)
        if reason and scope["type"] == "websocket":  # browsers let any page open one
            await send({"type": "websocket.close", "code": 1008})
        elif reason:
            await refusal(403, reason)(scope, receive, sending)
        else:
            await self.app(scope, receive, sending)


def _foreign(headers: Headers) -> str:
    """Why a request is not of this machine's own clients; empty if it is."""
    host = headers.get("host", "")
    if not is_loopback(_name(f"//{host}")):
        return "without keys the server answers to 127.0.0.1 and localhost only"
    origin = headers.get("origin")
    if origin is not None and urlsplit(origin).netloc != host:
        return "a page of another site may not ask a server without keys"
    return ""


def _name(address: str) -> str:
    try:
        return urlsplit(address).hostname or ""
    except ValueError:
        return ""
