"""Pages of documents as resources: `sokdok://document/ID/page/3` is Markdown, with `/picture` behind it a PNG."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import aclosing
from typing import Any
from urllib.parse import quote, unquote

from sokdok.documents.write.markdown import page_markdown
from sokdok.errors import InputError
from sokdok.server.mcp.reading import WAIT_S
from sokdok.server.mcp.sources import Documents, Opened

MOST_LISTED = 200
TEMPLATES = (
    ("page", "sokdok://document/{document}/page/{number}", "text/markdown", "What a page says, as Markdown."),
    ("picture", "sokdok://document/{document}/page/{number}/picture", "image/png", "A page as it looks."),
)
_URI = re.compile(r"sokdok://document/(?P<document>[^/]{1,4000})/page/(?P<number>[1-9]\d{0,8})(?P<picture>/picture)?")


def listed(documents: Documents) -> list[dict[str, Any]]:
    """Pages of the newest documents: name, address, media type."""
    pages = (
        {"name": f"{opened.name}, page {number}", "uri": _uri(opened, number), "mime_type": "text/markdown"}
        for opened in documents.known()
        for number in opened.numbers
    )
    return list(_first(pages))


def _first(pages: Iterator[dict[str, Any]]) -> Iterator[dict[str, Any]]:
    for _, page in zip(range(MOST_LISTED), pages, strict=False):
        yield page


def _uri(opened: Opened, number: int) -> str:
    return f"sokdok://document/{quote(opened.id, safe='')}/page/{number}"


async def content(documents: Documents, uri: str) -> str | bytes:
    """What an address stands for. Raises SokdokError."""
    match = _URI.fullmatch(uri)
    if match is None:
        raise InputError(f"{uri[:200]!r} is no page: write sokdok://document/ID/page/3 or …/page/3/picture")
    opened, number = await documents.open({"document": unquote(match["document"])}), int(match["number"])
    if number not in opened.numbers:
        raise InputError(f"{opened.name} has no page {number} here")
    if match["picture"]:
        return await opened.picture(number)
    async with aclosing(opened.pages([number], WAIT_S)) as coming:  # type: ignore[type-var]
        async for page in coming:
            if page.error and not page.blocks:
                raise InputError(f"page {number} could not be read: {page.error}")
            return page_markdown(page)
    raise InputError(f"page {number} is not read yet: ask for it again in a moment")
