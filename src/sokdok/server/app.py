"""The application, everything put together for one server, and how it is served until a signal stops it."""

from __future__ import annotations

import asyncio
import logging
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from types import FrameType

import uvicorn
from fastapi import FastAPI
from starlette.routing import Route

from sokdok.errors import InputError
from sokdok.files import make_folder
from sokdok.jobs import Pool
from sokdok.server import page
from sokdok.server.api import demo, docling, health, mistral, openai, own
from sokdok.server.api.common import Parts
from sokdok.server.api.errors import REFUSALS, add_errors
from sokdok.server.api.guards import Guarded
from sokdok.server.engine.engine import Engine, local_children
from sokdok.server.engine.job import ReaderSetup
from sokdok.server.engine.tools import FILES, Tools
from sokdok.server.mcp.http import PATH, McpEndpoint
from sokdok.server.settings import NOBODY, Keys, Settings
from sokdok.server.tasks.tasks import Results, Tasks
from sokdok.version import version

_TOOLS = 2  # children, so that a picture need not wait for a long result


def create_app(
    settings: Settings, *, children: Callable[[ReaderSetup, int], Pool] = local_children, files: str = FILES
) -> FastAPI:
    """An ASGI application; `children` makes those that read, `files` names the class of those that need no reader.

    Its lifespan starts the children and takes up tasks that were not done, and raises SokdokError where it can't.
    """

    mcp = McpEndpoint()
    keys = Keys(settings.keys)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = None
        try:
            parts = app.state.parts = _parts(settings, keys, children, files)
            parts.looks.start()
            parts.tools.start()
            await asyncio.gather(parts.engine.start(), asyncio.to_thread(_prepare, app))
            parts.tasks.start()
            if settings.demo and settings.memory is not None and not keys:
                await asyncio.to_thread(demo.add_conversation, parts.memory_file(NOBODY))
            async with mcp.running(parts):
                yield
        except Exception as error:  # a server says nothing of it but that it failed
            app.state.failed = error
            raise
        finally:
            if parts is not None:
                parts.looks.stop()
                parts.tools.stop()
                await parts.engine.stop()
                parts.tasks.stop()

    # The interactive pages load their scripts from another host.
    app = FastAPI(
        title="sokdok", version=version(), lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    add_errors(app)
    for module in (health, own, openai, mistral, docling):
        app.include_router(module.router, responses=REFUSALS)
    app.include_router(page.router)
    app.router.routes.append(Route(PATH, mcp, methods=["POST"]))
    seconds = app.state.seconds = health.request_seconds()
    app.add_middleware(Guarded, keys=keys, most_bytes=settings.bounds.body_bytes, seconds=seconds)
    return app


def _prepare(app: FastAPI) -> None:
    """Do what the first request would wait for, while readers are opened: FastAPI puts routes together at first use."""
    page.assets()
    scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(scope)


def _parts(settings: Settings, keys: Keys, children: Callable[[ReaderSetup, int], Pool], files: str) -> Parts:
    for folder in filter(None, (settings.data, settings.memory)):
        make_folder(folder, 0o700)
    engine = Engine(settings, children)
    tasks = Tasks(engine)
    looks, tools = (Tools(tasks.spool.folder, settings.limits, children, files) for children in (1, _TOOLS))
    return Parts(settings, keys, engine, tasks, looks, tools, Results(tasks, tools))


def serve(
    settings: Settings, on_start: Callable[[str], None] = lambda address: None, app: FastAPI | None = None
) -> None:
    """Serve until SIGTERM or Ctrl-C; `on_start` is called with the address. Raises SokdokError if it can't start."""
    logging.basicConfig(format="%(asctime)s %(name)s %(message)s")
    app = app or create_app(settings)
    with _bound(settings.host, settings.port) as listening:
        host, port = listening.getsockname()[:2]
        address = f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
        try:
            Server(configured(app, settings), app, lambda: on_start(address)).run(sockets=[listening])
        finally:
            if (error := getattr(app.state, "failed", None)) is not None:  # a start that failed: why is known here
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
            parts.engine.stopping = True
        super().handle_exit(sig, frame)
