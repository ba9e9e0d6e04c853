"""Files that a request names rather than sends as they are: within a data URL, or at an address."""

from __future__ import annotations

import asyncio
import base64
import binascii
import io
import mimetypes
from pathlib import Path

from fastapi import HTTPException

from sokdok.server.api.dependencies import Parts, fetched, spooled
from sokdok.server.tasks.spool import shown_name


async def from_url(server: Parts, url: str, name: str) -> tuple[str, str]:
    """Put what a URL is or names into the spool: its name there, and the one for people, `name` by default.

    Raises HTTPException 422 for what is neither a data URL nor of the web, or is empty, and what `fetched` raises.
    """
    if url[:8].lower().startswith(("http://", "https://")):
        return await fetched(server, url)
    data = await asyncio.to_thread(data_of, url, name)
    shown_as = shown_name(name)
    if not Path(shown_as).suffix:  # texts are told apart by it
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
