"""The log of requests: a line of JSON for each. What is in documents, and keys, are never in it."""

from __future__ import annotations

import logging
import sys
import time
from datetime import UTC, datetime
from logging.handlers import WatchedFileHandler
from pathlib import Path
from typing import Any

import msgspec
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from sokdok.errors import InputError
from sokdok.files import printable
from sokdok.server import record

STANDARD_OUTPUT = "-"
_MOST_FILES = 20  # names of a line


def log_to(where: str) -> logging.Logger:
    """A log at the end of a file, or on standard output for `-`. Raises InputError if the file can't be written.

    A file that is renamed or removed is begun anew with the next line, as programs that turn logs over expect.
    """
    log = logging.Logger("sokdok.requests", logging.INFO)  # on its own: nothing of it goes to other handlers
    try:
        handler = (
            logging.StreamHandler(sys.stdout)
            if where == STANDARD_OUTPUT
            else WatchedFileHandler(where, encoding="utf-8")
        )
    except OSError as error:
        raise InputError(f"{printable(Path(where))}: {error.strerror}; choose another --log") from None
    handler.setFormatter(logging.Formatter("%(message)s"))
    log.addHandler(handler)
    return log


class Logged:
    """ASGI middleware, outermost: a line for each request when it has ended, streams included."""

    def __init__(self, app: ASGIApp, log: logging.Logger, names: bool = False) -> None:
        """`names`: files are named, too."""
        self.app, self.log, self.names = app, log, names

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve a request."""
        if scope["type"] != "http":
            await self.app(scope, receive, send)
            return
        begun, status, whole = time.monotonic(), 0, False
        taken = sent = 0

        async def receiving() -> Message:
            nonlocal taken
            message = await receive()
            taken += len(message.get("body", b""))
            return message

        async def sending(message: Message) -> None:
            nonlocal status, sent, whole
            await send(message)
            status = message.get("status", status)
            if message["type"] == "http.response.body":
                sent += len(message.get("body", b""))
                whole = not message.get("more_body", False)

        noted = record.begin()
        try:
            await self.app(scope, receiving, sending)
        finally:
            line: dict[str, Any] = {
                "time": datetime.now(UTC).isoformat(timespec="milliseconds"),
                "id": scope.get("state", {}).get("request_id", ""),
                "method": scope["method"],
                "route": _route(scope),
                "status": status,
                "whole": whole,
                "ms": round((time.monotonic() - begun) * 1_000, 1),
                "bytes_in": taken,
                "bytes_out": sent,
                "pages": noted.pages,
                "key": noted.owner,
            }
            if self.names:
                line["files"] = noted.files[:_MOST_FILES]
            self.log.info(msgspec.json.encode(line).decode())


def _route(scope: Scope) -> str:
    """The address as it is written in the code, empty if there is none: what was asked may hold anything."""
    # A route knows its own part; what it is with the prefixes of its routers stands beside it.
    whole = scope.get("fastapi", {}).get("effective_route_context")
    return getattr(whole or scope.get("route"), "path", "")
