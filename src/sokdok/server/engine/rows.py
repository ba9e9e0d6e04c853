"""Rows of pages that no worker could read."""

from __future__ import annotations

import msgspec

from sokdok.documents.build import failed_page
from sokdok.documents.write.json_file import page_to_json
from sokdok.server.engine.messages import FigureRead, Kind, PictureRead


def failed_row(kind: Kind, number: int, reason: str) -> bytes:
    """What stands for a page that failed."""
    if kind == "picture":
        return msgspec.json.encode(PictureRead(status="failed", error=reason))
    if kind == "figure":
        return msgspec.json.encode(FigureRead(reason))
    return page_to_json(failed_page(number, reason)).encode()
