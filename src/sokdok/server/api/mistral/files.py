"""Mistral's files: uploads that wait to be asked about. Each is its key's alone, and kept for the time of tasks."""

from __future__ import annotations

import mimetypes
import re
from typing import Annotated, Any, Literal
from urllib.parse import urlsplit

import msgspec
from fastapi import APIRouter, Depends, File, Form, HTTPException, Query, Request, UploadFile
from fastapi.responses import FileResponse
from pydantic import BaseModel

from sokdok.server.api.dependencies import Owner, Parts, Server, once_each, spooled
from sokdok.server.engine.refused import Busy
from sokdok.server.tasks.key_value import Entry
from sokdok.server.tasks.spool import shown_name

router = APIRouter(prefix="/v1/files", tags=["mistral"])
MOST_FILES = 1_000
"""of a key at a time"""
_CONTENT = re.compile(r"/v1/files/([0-9a-f]{32})/content$")


_FILE: dict[int | str, dict[str, Any]] = {
    200: {"content": {"application/octet-stream": {"schema": {"type": "string", "format": "binary"}}}}
}


class MistralFile(msgspec.Struct, frozen=True):
    """A file as it is kept."""

    name: str


class FileTold(BaseModel):
    """A file for its owner."""

    id: str
    object: Literal["file"] = "file"
    bytes: int
    created_at: int
    filename: str
    purpose: Literal["ocr"] = "ocr"
    sample_type: Literal["ocr_input"] = "ocr_input"
    source: Literal["upload"] = "upload"
    mimetype: str | None = None
    expires_at: int
    deleted: Literal[False] = False


class Listed(BaseModel):
    """A page of the list of files."""

    object: Literal["list"] = "list"
    data: list[FileTold]
    total: int


class Deleted(BaseModel):
    """A file is no more."""

    id: str
    object: Literal["file"] = "file"
    deleted: Literal[True] = True


class Located(BaseModel):
    """Where a file is."""

    url: str


@router.post("", dependencies=[Depends(once_each)])
async def upload(
    server: Server,
    owner: Owner,
    file: Annotated[UploadFile, File(description="A PDF, a picture, an office document or a text.")],
    purpose: Annotated[Literal["ocr"], Form(description="Files are kept for OCR alone.")] = "ocr",
) -> FileTold:
    """Keep a file, so that `/v1/ocr` can be asked about it by its id."""
    if server.tasks.key_values.count(owner, MistralFile) >= MOST_FILES:
        raise Busy(f"{MOST_FILES:,} files are kept already: delete some", 60.0)
    name = shown_name(file.filename)
    spool = server.tasks.spool
    kept_as = await spooled(server, file.file, name)
    try:
        size = (spool.folder / kept_as).stat().st_size
        kept = server.tasks.key_values.add(owner, MistralFile(name), kept_as, size)
    except BaseException:
        spool.remove(kept_as)
        raise
    return _told(server, kept, MistralFile(name))


@router.get("")
async def files(
    server: Server,
    owner: Owner,
    page: Annotated[int, Query(ge=0, le=10_000)] = 0,
    page_size: Annotated[int, Query(ge=1, le=1_000)] = 100,
) -> Listed:
    """Your files, the newest first."""
    key_values = server.tasks.key_values
    found = key_values.of_owner(owner, MistralFile, page_size, page * page_size)
    return Listed(data=[_told(server, *each) for each in found], total=key_values.count(owner, MistralFile))


@router.get("/{file_id}")
async def retrieve(server: Server, owner: Owner, file_id: str) -> FileTold:
    """What is known of a file."""
    return _told(server, *required(server, owner, file_id))


@router.delete("/{file_id}")
async def delete(server: Server, owner: Owner, file_id: str) -> Deleted:
    """Delete a file. What is being read of it goes on."""
    kept, _ = required(server, owner, file_id)
    server.tasks.key_values.remove(kept.id)
    server.tasks.spool.remove(kept.upload)
    return Deleted(id=kept.id)


@router.get("/{file_id}/content", response_class=FileResponse, responses=_FILE)
async def content(server: Server, owner: Owner, file_id: str) -> FileResponse:
    """The file itself."""
    kept, file = required(server, owner, file_id)
    path = server.tasks.spool.folder / kept.upload
    return FileResponse(path, media_type="application/octet-stream", filename=file.name)


@router.get("/{file_id}/url")
async def url(
    request: Request,
    server: Server,
    owner: Owner,
    file_id: str,
    expiry: Annotated[int, Query(ge=1, le=168, description="Hours; without effect: see `expires_at`.")] = 24,
) -> Located:
    """An address that `/v1/ocr` takes as `document_url`; it opens with its owner's key alone.

    It has the name by which the server was asked: a proxy that hands on `Host` as it came makes it one for its clients.
    """
    kept, _ = required(server, owner, file_id)
    return Located(url=str(request.base_url.replace(path=f"/v1/files/{kept.id}/content")))


def required(server: Parts, owner: str, id: str) -> tuple[Entry, MistralFile]:
    """Somebody's file. Raises HTTPException 404."""
    found = server.tasks.key_values.find(id, owner, MistralFile)
    if found is None:
        raise HTTPException(404, "there is no such file: it was another key's, was deleted, or is kept no longer")
    return found


def id_in(request: Request, server: Parts, owner: str, address: str) -> str | None:
    """The file that an address of this server names; None for any other address.

    A proxy may give the server another name than its clients do, and a prefix: so the id of a file of the owner's,
    which nobody can guess, is enough. With the name that this request has, any id is meant to be one.
    """
    try:
        parts = urlsplit(address)
    except ValueError:
        return None
    match = _CONTENT.search(parts.path)
    if match is None or parts.scheme not in ("http", "https"):
        return None
    is_here = parts.netloc == request.base_url.netloc and not match.start()
    return match[1] if is_here or server.tasks.key_values.find(match[1], owner, MistralFile) is not None else None


def _told(server: Parts, kept: Entry, file: MistralFile) -> FileTold:
    return FileTold(
        id=kept.id,
        bytes=kept.bytes,
        created_at=int(kept.created),
        filename=file.name,
        mimetype=mimetypes.guess_type(file.name)[0],
        expires_at=int(kept.created + server.settings.bounds.kept_hours * 3_600),
    )
