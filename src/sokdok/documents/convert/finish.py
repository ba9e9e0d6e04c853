"""The last stage: what was read of a page put together, its text layer held against it, or in its place.

Source `auto`: the layer stands in where the reader looped, broke off, failed or misread by far; a warning says so.
"""

from __future__ import annotations

from dataclasses import replace

from sokdok.documents.build import build_page, failed_page
from sokdok.documents.convert.draw import Drawn
from sokdok.documents.convert.options import ReadOptions
from sokdok.documents.convert.verify import Agreement, compare
from sokdok.documents.document import DocumentPage
from sokdok.documents.textblocks import text_blocks
from sokdok.documents.write.markdown import plain_text
from sokdok.layout.text_layer import layer_text
from sokdok.reading.reading import Reading

LAYER = "text layer"
"""who read a page whose text is the layer's"""


def finish(drawn: Drawn, reading: Reading | None, asked: ReadOptions) -> DocumentPage:
    """Put a page together; one that can't be is a failed page."""
    try:
        return _finished(drawn, reading, asked)
    except Exception as error:  # what a reader wrote or a layer says must not take the other pages down
        reason = f"the page could not be put together ({str(error) or type(error).__name__})"
        return failed_page(drawn.index + 1, reason, *drawn.page.size)


def _finished(drawn: Drawn, reading: Reading | None, asked: ReadOptions) -> DocumentPage:
    if asked.reader is None or reading is None:
        return _layer_only(drawn)
    number, size = drawn.index + 1, drawn.page.size
    page = build_page(reading, *size, number, reader=asked.reader.name, mode_reason=drawn.choice.reason)
    agreement = (
        compare(plain_text(page), layer_text(drawn.usable)) if drawn.usable and page.status != "FAILURE" else None
    )
    page = replace(page, agreement=round(agreement.ordered, 4) if agreement else None)
    if asked.source == "reader":
        return page
    return _with_fallback(drawn, page, reading, agreement)


def _layer_only(drawn: Drawn) -> DocumentPage:
    width, height = drawn.page.size
    if drawn.layer is None and drawn.density.runs:
        return failed_page(drawn.index + 1, "the page has no text layer; read it with --source auto", width, height)
    blocks = text_blocks(drawn.layer, width, height) if drawn.layer else ()
    warnings = _doubts(drawn) if drawn.layer else ("the page is blank",)
    return DocumentPage(
        drawn.index + 1,
        width,
        height,
        blocks,
        warnings=warnings,
        reader=LAYER,
        source="text-layer",
        evidence="exact",
        evidence_reason="as asked",
        confidence=1.0,
    )


def _doubts(drawn: Drawn) -> tuple[str, ...]:
    return () if drawn.usable else ("the text layer has less text than the page shows, or says not which characters",)


def _with_fallback(drawn: Drawn, page: DocumentPage, reading: Reading, agreement: Agreement | None) -> DocumentPage:
    """The page as the reader read it, or as the text layer has it."""
    if drawn.layer is None:
        return page
    reason = _reason(page, reading, agreement)
    if not reason or not (drawn.usable or page.status == "FAILURE"):
        return page
    whole = drawn.usable is not None
    return replace(
        page,
        blocks=text_blocks(drawn.layer, *drawn.page.size),
        status="SUCCESS" if whole else "PARTIAL",
        error="" if whole else f"{page.error}; its text layer shows only part of the page",
        warnings=(f"{reason}: the text is the text layer's", *_doubts(drawn)),
        reader=LAYER,
        source="text-layer",
        evidence="exact",
        evidence_reason=reason,
        confidence=1.0,
    )


def _reason(page: DocumentPage, reading: Reading, agreement: Agreement | None) -> str:
    """Why the reader's text can't be relied on; empty if it can."""
    if reading.status != "ok":
        return page.error
    if agreement is not None and agreement.unreliable:
        regardless = f"{agreement.unordered:.0%} whatever the order"
        return f"{page.reader} and the text layer agree to only {agreement.ordered:.0%} ({regardless})"
    return ""
