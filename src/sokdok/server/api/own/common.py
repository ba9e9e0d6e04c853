"""What our own endpoints have in common: fields that must be known, tasks that must be there, files as answers."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

from fastapi import Depends, HTTPException, Request
from fastapi.responses import FileResponse

from sokdok.files import name_of
from sokdok.reasons import say
from sokdok.server.api.dependencies import Owner, Parts, Server, once_each
from sokdok.server.tasks.results import FORMS
from sokdok.server.tasks.store import Task

SANDBOX = {"Content-Security-Policy": "sandbox; default-src 'none'; style-src 'unsafe-inline'; img-src data:"}
"""what was read may not run anything, opened by itself either"""
_KEPT = {"Cache-Control": "private, max-age=3600"}  # a page that was read stays as it is
_SHOWN = {"md", "html", "json", "txt"}  # forms that a browser shows; others are saved
_MOST_NAMED = 50  # characters of an unknown field that are said again


PNG: dict[int | str, dict[str, Any]] = {200: {"content": {"image/png": {}}, "description": "The picture."}}


async def known_query(request: Request, owner: Owner) -> None:
    """Refuse parameters of an address that its endpoint does not have: one that is passed over would mislead.

    Whoever has no key is told that first.
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
        raise HTTPException(422, f"unknown field {min(unknown)[:_MOST_NAMED]!r}: {there}")


def require_task(server: Parts, owner: str, id: str) -> Task:
    """A task of somebody. Raises HTTPException 404."""
    try:
        return server.tasks.require(id, owner)
    except KeyError:
        raise HTTPException(404, say("no_task")) from None


async def _asked_task(server: Server, owner: Owner, id: str) -> Task:
    return require_task(server, owner, id)


AskedTask = Annotated[Task, Depends(_asked_task)]  # the task that an address names


def picture_answer(path: Path) -> FileResponse:
    """A PNG."""
    return FileResponse(path, media_type="image/png", headers=_KEPT)


def form_answer(path: Path, shown_as: str, form: str) -> FileResponse:
    """A document in one of the forms of `results.FORMS`, under the name of what was read."""
    headers = SANDBOX if form in ("html", "hocr") else {}
    how = "inline" if form in _SHOWN else "attachment"
    name = f"{name_of(Path(shown_as))}.{form}"
    return FileResponse(path, media_type=FORMS[form], headers=headers, filename=name, content_disposition_type=how)
