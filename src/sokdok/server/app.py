"""The application: everything put together for one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Route

from sokdok.errors import SokdokError
from sokdok.server import page
from sokdok.server.api import demo, docling, health, mistral, openai, own
from sokdok.server.api.common import Parts
from sokdok.server.api.errors import REFUSALS, Mistakes, add_errors
from sokdok.server.api.guards import Admission, BoundedBodies, Guarded
from sokdok.server.engine.engine import Engine, local_children
from sokdok.server.engine.job import ReaderSetup, ToolSetup
from sokdok.server.engine.readers import Children
from sokdok.server.engine.tools import FILES, Tools
from sokdok.server.fetch import Fetcher
from sokdok.server.keys import NOBODY, Keys
from sokdok.server.mcp.http import PATH, Endpoint
from sokdok.server.settings import Settings
from sokdok.server.tasks.tasks import Results, Tasks
from sokdok.version import version

_TOOLS = 2  # children, so that a picture need not wait for a long result


def create_app(
    settings: Settings, *, children: Callable[[ReaderSetup, int], Children] | None = None, files: str = FILES
) -> FastAPI:
    """An ASGI application; `children` makes those that read, `files` names the class of those that need no reader.

    Its lifespan starts the children and takes up tasks that were not done, and raises SokdokError where it can't.
    """

    mcp = Endpoint()
    keys = Keys(settings.keys)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        parts = None
        try:
            parts = app.state.parts = _parts(settings, keys, children or _children(settings), files)
            parts.looks.start()
            parts.tools.start()
            await asyncio.gather(parts.engine.start(), asyncio.to_thread(_prepare, app))
            parts.tasks.start()
            if settings.demo and settings.memory is not None and not keys:
                await asyncio.to_thread(demo.add_conversation, parts.memory_file(NOBODY))
            async with mcp.running(parts):
                yield
        except SokdokError as error:  # a server says nothing of it but that it failed
            app.state.failed = error
            raise
        finally:
            if parts is not None:
                await _stop(parts)

    # The interactive pages load their scripts from another host.
    app = FastAPI(
        title="sokdok", version=version(), lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    add_errors(app)
    for module in (health, own, openai, mistral, docling, demo):
        app.include_router(module.router, responses=REFUSALS)
    app.include_router(page.router)
    app.router.routes.append(Route(PATH, mcp, methods=["POST"]))
    app.add_middleware(BoundedBodies, most=settings.bounds.body_bytes)
    app.add_middleware(Mistakes)
    app.add_middleware(Admission, keys=keys)
    app.add_middleware(Guarded, has_keys=bool(keys))
    return app


def _prepare(app: FastAPI) -> None:
    """Do what the first request would wait for, while readers are opened: FastAPI puts routes together at first use."""
    page.prepare()
    scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(scope)


def _parts(settings: Settings, keys: Keys, children: Callable[[ReaderSetup, int], Children], files: str) -> Parts:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = Engine(settings, children)
    tasks = Tasks(engine)
    setup = ToolSetup(str(tasks.spool.folder), settings.limits)
    looks, tools = Tools(setup, 1, files), Tools(setup, _TOOLS, files)
    return Parts(settings, keys, engine, tasks, Fetcher(settings), looks, tools, Results(tasks, tools))


async def _stop(parts: Parts) -> None:
    parts.looks.stop()
    parts.tools.stop()
    await parts.engine.stop()
    parts.tasks.stop()
    parts.fetcher.close()


def _children(settings: Settings) -> Callable[[ReaderSetup, int], Children]:
    """What makes those that read: processes of this machine, or replicas of Ray Serve. Raises MissingExtraError."""
    if settings.engine == "local":
        return local_children
    from sokdok.server.engine.ray import RayChildren, import_serve

    import_serve()
    return lambda setup, workers: RayChildren(setup, workers, settings.ray_address, settings.gpus)
