"""A page held to the confidence floor: no page of guesses is a SUCCESS, and none of noise is printed."""

from __future__ import annotations

from dataclasses import replace

from sokdok.documents.document import Block, DocumentPage
from sokdok.reading.confidence import doubt, is_legible


def held_to_floor(page: DocumentPage) -> DocumentPage:
    """The page, PARTIAL with the reason where hardly any of it is right; as a picture where nothing is legible."""
    reason = doubt(page.confidence)
    if not reason or page.status == "FAILURE":
        return page
    error = f"{page.error}; {reason}" if page.error else reason
    held = replace(page, status="PARTIAL", error=error)
    if is_legible(page.confidence):
        return held
    whole = Block("image", (0, 0, page.width, page.height), "", confidence=page.confidence)
    return replace(held, blocks=(whole,))
