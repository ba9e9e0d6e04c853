"""Files on their way into the spool: sent as they are, within a data URL, or at an address; and files as answers."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import mimetypes
import os
import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import IO, BinaryIO

from fastapi import HTTPException
from fastapi.responses import StreamingResponse

from sokdok.reasons import say
from sokdok.server.api.common import Parts
from sokdok.server.tasks.files import shown_name

_PIECE = 1 << 18


async def spooled(server: Parts, source: BinaryIO, shown_as: str) -> str:
    """Put an upload into the spool; its name there. Raises HTTPException 422 for an empty one."""
    with server.tasks.spool.new(shown_as) as path:
        size = await asyncio.to_thread(_copied, source, path)
        if not size:
            raise HTTPException(422, say("empty", file=shown_as))
        return path.name


def _copied(source: BinaryIO, path: Path) -> int:
    with path.open("wb") as file:
        shutil.copyfileobj(source, file, 1 << 20)
        return file.tell()


async def fetched(server: Parts, url: str) -> tuple[str, str]:
    """Put what is at an address into the spool: its name there, and the one for people.

    Raises what the handlers of errors answer: InputError where nothing is fetched from there, TooLarge, Busy,
    EndpointError; HTTPException 422 for an empty file.
    """
    with server.tasks.spool.new("") as path:
        file = await server.fetcher.fetch(url, path)
        if not file.size:
            raise HTTPException(422, say("empty", file=file.name))
        # Of a name only the suffix is kept, which distinguishes texts; it is known now.
        with server.tasks.spool.new(file.name) as named:
            path.rename(named)
            return named.name, file.name


async def from_url(server: Parts, url: str, name: str) -> tuple[str, str]:
    """Put what a URL is or names into the spool: its name there, and the one for people, `name` by default.

    Raises HTTPException 422 for what is neither a data URL nor of the web, or is empty, and what `fetched` raises.
    """
    if url[:8].lower().startswith(("http://", "https://")):
        return await fetched(server, url)
    data = await asyncio.to_thread(data_of, url, name)
    shown_as = shown_name(name)
    if not Path(shown_as).suffix:  # it distinguishes texts
        kind = url[5:100].partition(";")[0].strip().lower()
        shown_as += mimetypes.guess_extension(kind) or ""
    return await spooled(server, io.BytesIO(data), shown_as), shown_as


def data_of(url: str, name: str) -> bytes:
    """The content of a data URL. Raises HTTPException 422 for anything else."""
    if not url.startswith("data:"):
        raise HTTPException(422, f"{name}: the server fetches nothing from there; send the file itself, as a data URL")
    kind, comma, content = url[5:].partition(",")
    if not comma or not kind.endswith(";base64"):
        raise HTTPException(422, f"{name} is no data URL with base64: data:image/png;base64,...")
    return from_base64(content, name)


def from_base64(content: str, name: str) -> bytes:
    """What a text in base64 says. Raises HTTPException 422 for any other."""
    try:
        return base64.b64decode(content, validate=True)
    except (binascii.Error, ValueError):
        raise HTTPException(422, f"{name} is no valid base64") from None


def sent(file: IO[bytes], media_type: str = "application/json", name: str = "") -> StreamingResponse:
    """What is in an open file piece by piece, saved under a name if there is one; it is closed then."""
    headers = {"Content-Length": str(os.fstat(file.fileno()).st_size)}
    if name:
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return StreamingResponse(_pieces(file), media_type=media_type, headers=headers)


def _pieces(file: IO[bytes]) -> Iterator[bytes]:
    with file:
        while piece := file.read(_PIECE):
            yield piece
