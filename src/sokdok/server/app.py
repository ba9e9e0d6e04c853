"""The application: everything put together for one server."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from fastapi import FastAPI
from starlette.routing import Route

from sokdok.errors import SokdokError
from sokdok.server.api import demo, docling, health, mistral, openai, own
from sokdok.server.api.dependencies import Parts
from sokdok.server.api.errors import Mistakes, add_errors
from sokdok.server.api.refusals import REFUSALS
from sokdok.server.demo.conversation import tell
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.worker import MAIN, Launcher
from sokdok.server.executor.executor import Executor
from sokdok.server.mcp.endpoint import PATH, Endpoint
from sokdok.server.memories import Memories
from sokdok.server.page.router import prepare
from sokdok.server.page.router import router as page
from sokdok.server.security.admission import Admission
from sokdok.server.security.bodies import BoundedBodies
from sokdok.server.security.fetch import Fetcher
from sokdok.server.security.headers import Guarded
from sokdok.server.security.keys import NOBODY, Keys
from sokdok.server.settings import Settings
from sokdok.server.tasks.results import Results
from sokdok.server.tasks.tasks import Tasks
from sokdok.version import version


def create_app(settings: Settings, *, main: str = MAIN) -> FastAPI:
    """An ASGI application; `main` is the module that is run as a worker.

    Its lifespan starts the workers and takes up tasks that were not done, and raises SokdokError where it can't.
    """

    mcp = Endpoint()
    keys = Keys(settings.keys)

    @asynccontextmanager
    async def lifespan(app: FastAPI) -> AsyncIterator[None]:
        try:
            parts = _parts(settings, keys, main)
        except SokdokError as error:  # a server says nothing of it but that it failed
            app.state.failed = error
            raise
        app.state.parts = parts
        try:
            await asyncio.gather(parts.engine.start(), asyncio.to_thread(_prepare, app))
            parts.executor.start()
            parts.tasks.start()
            if settings.demo and settings.memory is not None and not keys:
                await asyncio.to_thread(tell, parts.memories.file(NOBODY))
            async with mcp.running(parts):
                yield
        except SokdokError as error:
            app.state.failed = error
            raise
        finally:
            parts.executor.stop()
            await parts.engine.stop()
            parts.tasks.stop()
            parts.fetcher.close()

    # The interactive pages load their scripts from another host.
    app = FastAPI(
        title="sokdok", version=version(), lifespan=lifespan, docs_url=None, redoc_url=None, redirect_slashes=False
    )
    add_errors(app)
    for module in (health, own, openai, mistral, docling, demo):
        app.include_router(module.router, responses=REFUSALS)
    app.include_router(page)
    app.router.routes.append(Route(PATH, mcp, methods=["POST"]))
    app.add_middleware(BoundedBodies, most=settings.bounds.body_bytes)
    app.add_middleware(Mistakes)
    app.add_middleware(Admission, keys=keys)
    app.add_middleware(Guarded, has_keys=bool(keys))
    return app


def _prepare(app: FastAPI) -> None:
    """Do what the first request would wait for, while readers are opened: FastAPI puts routes together at first use."""
    prepare()
    scope = {"type": "http", "method": "GET", "path": "/", "root_path": "", "headers": []}
    for route in app.router.routes:
        route.matches(scope)


def _parts(settings: Settings, keys: Keys, main: str) -> Parts:
    settings.data.mkdir(parents=True, exist_ok=True, mode=0o700)
    engine = Engine(settings, main=main, launcher=_launcher(settings, main))
    tasks, executor = Tasks(engine), Executor(engine.readerless)
    results, memories = Results(tasks, executor), Memories(settings.memory)
    return Parts(settings, keys, engine, tasks, Fetcher(settings), executor, results, memories)


def _launcher(settings: Settings, main: str) -> Launcher | None:
    """Where readers come from: None for processes of this machine. Raises MissingExtraError."""
    if settings.engine == "local":
        return None
    from sokdok.server.ray.deployment import RayDeployment

    return RayDeployment(settings.workers, settings.ray_address, settings.gpus, main)
