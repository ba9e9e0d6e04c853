"""Documents of a request to docling's endpoints, on their way into the spool."""

from __future__ import annotations

import asyncio
import io
from collections.abc import AsyncIterator, Sequence

from fastapi import HTTPException, UploadFile

from sokdok.server.api.dependencies import Parts, spooled
from sokdok.server.api.docling.requests import MOST_SOURCES, FileSource, HttpSource
from sokdok.server.api.sources import from_base64, from_url
from sokdok.server.tasks.spool import shown_name

Source = UploadFile | HttpSource | FileSource


async def taken(server: Parts, owner: str, sources: Sequence[Source]) -> AsyncIterator[tuple[str, str]]:
    """Each document's name in the spool, and the one for people; whoever is told of it removes it."""
    if len(sources) > MOST_SOURCES:
        raise HTTPException(422, f"a request may have {MOST_SOURCES} documents, and this one has {len(sources)}")
    server.engine.require_room(len(sources), owner)
    for number, source in enumerate(sources, 1):
        if isinstance(source, HttpSource):
            yield await from_url(server, source.url, "document")
            continue
        name = shown_name(source.filename, f"document-{number}")
        if isinstance(source, FileSource):
            data = await asyncio.to_thread(from_base64, source.base64_string, name)
            yield await spooled(server, io.BytesIO(data), name), name
        else:
            yield await spooled(server, source.file, name), name
