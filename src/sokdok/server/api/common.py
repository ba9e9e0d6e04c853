"""What endpoints have in common: the server's parts, who asks, forms and addresses whose fields must be known."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request, Response
from pydantic import Field

from sokdok.memory.store.database import NAME
from sokdok.reasons import say
from sokdok.server.api.guards import NO_KEY
from sokdok.server.engine.engine import Engine
from sokdok.server.engine.tools import Tools
from sokdok.server.errors import Absent, Stopping
from sokdok.server.settings import NOBODY, Keys, Settings, shown_key
from sokdok.server.tasks.store import Task
from sokdok.server.tasks.tasks import Results, Tasks

MOST_PASSWORD = 1_000  # characters
Password = Annotated[
    str | None, Field(strict=True, max_length=MOST_PASSWORD, repr=False, description="Ours: of a PDF; not kept.")
]
_MOST_SHOWN = 50  # characters of an unknown field that are said again


@dataclass(frozen=True)
class Parts:
    """What a server is made of."""

    settings: Settings
    keys: Keys
    engine: Engine
    tasks: Tasks
    looks: Tools  # looks at files before they are accepted: at once, whatever the others are busy with
    tools: Tools
    results: Results
    left_out: dict[tuple[str, str], str] = field(default_factory=dict)  # of messages: owner and hash → text

    def memory_file(self, owner: str) -> Path:
        """The file of an owner's memory, in a folder that is there; without keys the folder's own, as at the terminal.

        Each owner has one, so that no key reads another's. Raises Absent where the server keeps none.
        """
        folder = self.settings.memory
        if folder is None:
            raise Absent("this server keeps no memory")
        place = folder if owner == NOBODY else folder / owner
        place.mkdir(mode=0o700, parents=True, exist_ok=True)
        return place / NAME

    async def page_numbers(self, upload: str, shown_as: str, pages: str | None) -> tuple[int, ...]:
        """The numbers of the pages that a range names, of a file in the spool. Raises Unreadable, Busy, Stopping."""
        if self.engine.stopping:
            raise Stopping
        if len(self.looks) >= self.settings.bounds.uploads:
            raise self.engine.busy("too many files are being looked at: try again in a moment", 1.0)
        asked, seconds = (upload, shown_as, pages), self.settings.limits.file_seconds
        return tuple(
            await self.looks.run("page_numbers", *asked, owner=upload, seconds=seconds, kind=list[int], admitted=True)
        )


def owner(request: Request) -> str:
    """Who asks. Raises HTTPException 401."""
    admitted: str | None = getattr(request.state, "owner", None)  # of a request with a body
    who = admitted if admitted is not None else request.app.state.parts.keys.owner(shown_key(request.headers))
    if who is None:
        raise HTTPException(401, NO_KEY)
    return who


async def _parts(request: Request) -> Parts:
    found: Parts = request.app.state.parts
    return found


async def _owner(request: Request) -> str:
    return owner(request)


# Coroutines: others are called in a thread each, which costs a request a millisecond and lets counts race.
Server = Annotated[Parts, Depends(_parts)]
Owner = Annotated[str, Depends(_owner)]


async def _asked_task(server: Server, owner: Owner, id: str) -> Task:
    task = server.tasks.find(id, owner)
    if task is None:
        raise HTTPException(404, say("no_task"))
    return task


AskedTask = Annotated[Task, Depends(_asked_task)]  # the task that an address names


async def once_each(request: Request) -> None:
    """Refuse a form that has a field more than once: all but one would be passed over."""
    counts = Counter(name for name, _ in (await request.form()).multi_items())
    if counts and counts.most_common(1)[0][1] > 1:
        name, count = counts.most_common(1)[0]
        raise HTTPException(422, f"the form has {count} fields {name[:50]!r}, and takes one: send a request for each")


async def known_query(request: Request, owner: Owner) -> None:
    """Refuse parameters of an address that its endpoint does not have: one that is passed over would mislead.

    Whoever has no key learns that first.
    """
    known = {field.alias for field in request.scope["route"].dependant.query_params}
    _require_known(request.query_params.keys() - known, known)


async def known_form(request: Request) -> None:
    """Refuse fields of a form that its endpoint does not have."""
    known = {field.alias for field in request.scope["route"].dependant.body_params}
    _require_known({name for name, _ in (await request.form()).multi_items()} - known, known)
    await once_each(request)


def _require_known(unknown: set[str], known: set[str]) -> None:
    if unknown:
        there = f"there are {', '.join(sorted(known))}" if known else "there are none here"
        raise HTTPException(422, f"unknown field {min(unknown)[:_MOST_SHOWN]!r}: {there}")


def json_answer(data: bytes, status: int = 200) -> Response:
    """JSON that a child has written, sent on as it is."""
    return Response(data, status, media_type="application/json")


def answers(kind: type[Any], status: int = 200) -> dict[str, Any]:
    """What an endpoint that sends such JSON answers, for the OpenAPI document."""
    return {"response_model": None, "responses": {status: {"model": kind, "description": "Successful Response"}}}
