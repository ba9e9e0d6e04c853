"""What stands before all endpoints: headers of every answer, requests that are not answered, sizes of bodies."""

from __future__ import annotations

import re
import time
from uuid import uuid4

from prometheus_client import Histogram
from starlette.datastructures import Headers, MutableHeaders
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sokdok.reading.remote.key import is_loopback
from sokdok.reasons import say
from sokdok.server.api.errors import refusal, unexpected
from sokdok.server.settings import Keys, shown_key

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
NO_KEY = "a key is missing or wrong: send it as Authorization: Bearer KEY, or as X-Api-Key"
_READING = {"GET", "HEAD", "OPTIONS"}  # methods without a body


class Guarded:
    """ASGI middleware around all endpoints.

    - Every answer has the same headers, and its request an id: the client's own where it is one.
    - Without keys whoever reaches the server may ask, and a browser on this machine reaches it for any site: so its
      requests must name this machine as host, and come from no other site's page.
    - A body whose length is said in two ways, which a proxy and this server may read as different requests
      (RFC 9112, 6.1), ends its connection.
    - Keys are looked at before a body is read: the framework does so later, and strangers could fill the disk. Whether
      an address without a body needs a key is said where it is served.
    - A body that is too large is refused before it is read where its length is stated.
    - What nobody expected is logged, and answered as any other error.
    """

    def __init__(self, app: ASGIApp, keys: Keys, most_bytes: int, seconds: Histogram) -> None:
        """`most_bytes`: of a body; `seconds` to the head of an answer, by method and route."""
        self.app, self.keys, self.most, self.seconds = app, keys, most_bytes, seconds

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        headers = Headers(scope=scope)
        given = headers.get("x-request-id", "")
        number = given if _ID.fullmatch(given) else uuid4().hex
        scope.setdefault("state", {})["request_id"] = number
        begun, taken, length = False, 0, headers.get("content-length", "")
        started = time.perf_counter()

        async def sending(message: Message) -> None:
            nonlocal begun
            begun = True
            if message["type"] == "http.response.start":
                route = getattr(scope.get("route"), "path", "other")
                self.seconds.labels(scope["method"], route).observe(time.perf_counter() - started)
                sent = MutableHeaders(scope=message)
                for name, value in ALWAYS.items():
                    sent.setdefault(name, value)
                sent.setdefault("Cache-Control", "no-store")
                sent["X-Request-Id"] = number
            await send(message)

        async def bounded() -> Message:
            nonlocal taken
            if length.isdecimal() and int(length) > self.most:
                raise HTTPException(413, say("large_body", most=self.most))
            message = await receive()
            taken += len(message.get("body", b""))
            if taken > self.most:
                raise HTTPException(413, say("large_body", most=self.most))
            return message

        answer = self._refused(headers, scope)
        if answer is None:
            try:
                await self.app(scope, bounded, sending)
            except Exception as error:
                answer = unexpected(scope, error)
                if begun:  # half an answer: the client must see that it is cut
                    raise
        if answer is not None:
            await answer(scope, receive, sending)

    def _refused(self, headers: Headers, scope: Scope) -> Response | None:
        """The answer to a request that gets no further; of any other with a body it is noted whose it is."""
        if "content-length" in headers and "transfer-encoding" in headers:
            answer = refusal(400, "the length of the body is said twice: as Content-Length and by Transfer-Encoding")
            answer.headers["Connection"] = "close"
            return answer
        if not self.keys and (reason := _foreign(headers, scope)):
            return refusal(403, reason)
        if scope["method"] not in _READING:
            owner = self.keys.owner(shown_key(headers))
            if owner is None:
                return refusal(401, NO_KEY)
            scope["state"]["owner"] = owner
        return None


def _foreign(headers: Headers, scope: Scope) -> str:
    """Why a request is not of this machine's own clients; empty if it is.

    What browsers say of their requests (Fetch Metadata) shows those of other sites that have no `Origin`; following a
    link from one to a page of this server is no harm.
    """
    host = headers.get("host", "")
    match = _HOST.fullmatch(host)
    if match is None or not is_loopback(match["name"]):
        return "without keys the server answers to 127.0.0.1 and localhost only"
    origin, own = headers.get("origin"), f"{scope['scheme']}://{host}"
    follows = (headers.get("sec-fetch-mode"), headers.get("sec-fetch-dest")) == ("navigate", "document")
    elsewhere = headers.get("sec-fetch-site", "none") not in ("none", "same-origin")
    if origin not in (None, own) or (elsewhere and not (follows and scope.get("method") == "GET")):
        return "a page of another site may not ask a server without keys"
    return ""
