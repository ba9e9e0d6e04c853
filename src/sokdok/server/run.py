"""The application on a socket, until a signal stops it."""

from __future__ import annotations

import logging
import socket
from collections.abc import Callable
from types import FrameType

import uvicorn
from fastapi import FastAPI

from sokdok.errors import InputError
from sokdok.server.app import create_app
from sokdok.server.settings import Settings


def serve(
    settings: Settings, on_start: Callable[[str], None] = lambda address: None, app: FastAPI | None = None
) -> None:
    """Serve until SIGTERM or Ctrl-C; `on_start` is called with the address. Raises SokdokError if it can't start."""
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
    app = app or create_app(settings)
    config = configured(app, settings)
    with _bound(settings.host, settings.port) as listening:
        host, port = listening.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        try:
            Server(config, app, lambda: on_start(address)).run(sockets=[listening])
        except SystemExit:  # a start that failed: why is known here
            if not hasattr(app.state, "failed"):
                raise
    if (error := getattr(app.state, "failed", None)) is not None:
        raise error


def configured(app: FastAPI, settings: Settings) -> uvicorn.Config:
    """How an application is served."""
    return uvicorn.Config(
        app,
        http="h11",  # also where httptools is installed, which reads requests less strictly
        ws="none",
        log_level="critical",  # what goes wrong is logged by us, without what is in documents
        access_log=False,
        server_header=False,
        timeout_graceful_shutdown=max(int(settings.stop_seconds), 1),
    )


def _bound(host: str, port: int) -> socket.socket:
    """A socket at an address. Raises InputError if there is none to have."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        return socket.create_server((host.strip("[]"), port), family=family)
    except OSError as error:
        raise InputError(f"{host}:{port} can't be served: {error.strerror or error}; choose another --port") from None


class Server(uvicorn.Server):
    """Takes nothing more as soon as it is to stop, while requests under way are answered."""

    def __init__(self, config: uvicorn.Config, app: FastAPI, on_start: Callable[[], None] = lambda: None) -> None:
        """`on_start` is called once it answers."""
        super().__init__(config)
        self.app, self.on_start = app, on_start

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Start."""
        for listening in sockets or ():
            # Connections inherit it. Without it the body of an answer, written behind its head, waits 40 ms for
            # the client to acknowledge the head.
            listening.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        await super().startup(sockets)
        if self.started:
            self.on_start()

    def handle_exit(self, sig: int, frame: FrameType | None) -> None:
        """A signal."""
        if (parts := getattr(self.app.state, "parts", None)) is not None:
            parts.engine.refuse()
        super().handle_exit(sig, frame)
