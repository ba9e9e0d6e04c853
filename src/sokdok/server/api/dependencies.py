"""What endpoints have in common: who asks, the server's parts, uploads into the spool."""

from __future__ import annotations

import asyncio
import shutil
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, BinaryIO

from fastapi import Depends, HTTPException, Request

from sokdok.reasons import say
from sokdok.server.engine.engine import Engine
from sokdok.server.executor.executor import Executor
from sokdok.server.memories import Memories
from sokdok.server.security.admission import NO_KEY
from sokdok.server.security.fetch import Fetcher
from sokdok.server.security.keys import Keys, shown_key
from sokdok.server.settings import Settings
from sokdok.server.tasks.results import Results
from sokdok.server.tasks.tasks import Tasks

_POLL_S = 0.1  # between looks at whether a client is still there


@dataclass(frozen=True)
class Parts:
    """What a server is made of."""

    settings: Settings
    keys: Keys
    engine: Engine
    tasks: Tasks
    fetcher: Fetcher
    executor: Executor  # has done what needs no reader
    results: Results
    memories: Memories


def parts(request: Request) -> Parts:
    """Of the server that was asked."""
    found: Parts = request.app.state.parts
    return found


def owner(request: Request) -> str:
    """Who asks. Raises HTTPException 401."""
    admitted: str | None = getattr(request.state, "owner", None)  # of a request with a body
    if admitted is not None:
        return admitted
    server = parts(request)
    who = server.keys.owner(shown_key(request.headers))
    if who is None:
        raise HTTPException(401, NO_KEY)
    return who


async def _parts(request: Request) -> Parts:
    return parts(request)


async def _owner(request: Request) -> str:
    return owner(request)


# Coroutines: others are called in a thread each, which costs a request a millisecond and lets counts race.
Server = Annotated[Parts, Depends(_parts)]
Owner = Annotated[str, Depends(_owner)]


async def spooled(server: Parts, source: BinaryIO, shown_as: str) -> str:
    """Put an upload into the spool; its name there. Raises HTTPException 422 for an empty one."""
    with server.tasks.spool.new(shown_as) as path:
        size = await asyncio.to_thread(_copied, source, path)
        if not size:
            raise HTTPException(422, say("empty", file=shown_as))
        return path.name


async def fetched(server: Parts, url: str) -> tuple[str, str]:
    """Put what is at an address into the spool: its name there, and the one for people.

    Raises what the handlers of errors answer: InputError where nothing is fetched from there, TooLarge, Busy,
    EndpointError; HTTPException 422 for an empty file.
    """
    with server.tasks.spool.new("") as path:
        file = await server.fetcher.fetch(url, path)
        if not file.size:
            raise HTTPException(422, say("empty", file=file.name))
        # Of a name only the suffix is kept, which tells texts apart; it is known now.
        with server.tasks.spool.new(file.name) as named:
            path.rename(named)
            return named.name, file.name


def _copied(source: BinaryIO, path: Path) -> int:
    with path.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        return file.tell()


async def once_each(request: Request) -> None:
    """Refuse a form that has a field more than once: all but one would be passed over."""
    counts = Counter(name for name, _ in (await request.form()).multi_items())
    if counts and counts.most_common(1)[0][1] > 1:
        name, count = counts.most_common(1)[0]
        raise HTTPException(422, f"the form has {count} fields {name[:50]!r}, and takes one: send a request for each")


async def gone(request: Request) -> None:
    """Wait until the client has gone."""
    while not await request.is_disconnected():
        await asyncio.sleep(_POLL_S)
