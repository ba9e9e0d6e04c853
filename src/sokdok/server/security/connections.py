"""Connections of clients: so many at a time, and none that says nothing, or takes nothing, for ever.

Where there are too many, the one that has been idle for the longest makes room: whoever opens a thousand and says
nothing keeps nobody out. Where all of them are being served, a request is refused with 503 and when to come again.
"""

from __future__ import annotations

import asyncio
from typing import Any

from starlette.types import Receive, Scope, Send
from uvicorn.protocols.http.h11_impl import H11Protocol

from sokdok.server.api.refusals import refusal

HEAD_SECONDS = 15.0  # from a connection's beginning, or the answer before, to the end of a request's head
TAKE_SECONDS = 60.0  # in which a client must take some of an answer that waits for it
_RETRY_S = 2.0
_MORE = 1.25  # times as many connections as there may be: beyond, they are closed without an answer


class BoundedConnection(H11Protocol):
    """HTTP/1.1 as uvicorn speaks it, which waits for ever for a head that comes byte by byte, or never.

    It is h11's in any case: what else uvicorn would take if it is installed reads requests less strictly.
    """

    head_seconds = HEAD_SECONDS
    take_seconds = TAKE_SECONDS

    def __init__(self, *given: Any, most: int, **named: Any) -> None:
        """`most` connections at a time."""
        super().__init__(*given, **named)
        self.most = most
        self.idle_since = 0.0
        """by the loop's clock: it begins, or has got its last answer"""
        self._head: asyncio.TimerHandle | None = None
        self._taking: asyncio.TimerHandle | None = None

    def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]
        """A client is there."""
        super().connection_made(transport)
        self._wait()
        if len(self.connections) > self.most:
            self._make_room()

    def connection_lost(self, exc: Exception | None) -> None:
        """It has gone."""
        self._stop(self._head)
        self._stop(self._taking)
        super().connection_lost(exc)

    def on_response_complete(self) -> None:
        """It may ask again."""
        self._wait()  # before: what it sent in the meantime is looked at in there
        super().on_response_complete()

    def handle_events(self) -> None:
        """It has sent something."""
        super().handle_events()
        if not self.is_idle:
            self._stop(self._head)

    def pause_writing(self) -> None:
        """It takes an answer more slowly than that is made."""
        super().pause_writing()
        self._taking = self.loop.call_later(self.take_seconds, self.transport.abort)

    def resume_writing(self) -> None:
        """It has taken some."""
        self._stop(self._taking)
        super().resume_writing()

    @property
    def is_idle(self) -> bool:
        """Whether no request of its is being served."""
        return self.cycle is None or self.cycle.response_complete  # type: ignore[redundant-expr]

    def _make_room(self) -> None:
        """There is one too many: the longest idle one goes, or this one is refused."""
        others = [each for each in self.connections if each is not self and isinstance(each, BoundedConnection)]
        idle = [each for each in others if each.is_idle]
        if idle:
            min(idle, key=lambda each: each.idle_since).transport.abort()
        elif len(self.connections) > self.most * _MORE:
            self.transport.abort()
        else:
            self.app = _refuse

    def _wait(self) -> None:
        self._stop(self._head)
        self.idle_since = self.loop.time()
        self._head = self.loop.call_later(self.head_seconds, self._late)

    def _stop(self, timer: asyncio.TimerHandle | None) -> None:
        if timer is not None:
            timer.cancel()

    def _late(self) -> None:
        if not self.transport.is_closing():
            self.transport.close()


async def _refuse(scope: Scope, receive: Receive, send: Send) -> None:
    """Answer a request for which there is no connection to spare."""
    answer = refusal(503, "the server serves as many clients as it may", retry_after=_RETRY_S)
    answer.headers["Connection"] = "close"
    await answer(scope, receive, send)
