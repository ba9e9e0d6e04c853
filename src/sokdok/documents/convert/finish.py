"""The last stage: what the sources say of a page put together as blocks with words.

- A page that the text layer says everything of is the layer's. Where pictures stand beside its text, what is read in
  them is laid out with it; where a picture is the page, lines are read from its pixels, and the layer corrects them.
- A reader that knows no places is taken at its word on pages that are not exact, unless it looped, broke off, failed,
  said nothing of rows of ink or is far from text that can be seen: then the layer stands in, with a warning.
"""

from __future__ import annotations

from dataclasses import replace

from sokdok.documents.accounting import accounted, held_to_floor
from sokdok.documents.build import build_page, failed_page
from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.draw import Drawn
from sokdok.documents.convert.words.evidence import Finding
from sokdok.documents.convert.words.merge import beside_pictures, from_pixels
from sokdok.documents.convert.words.verify import Agreement, compare
from sokdok.documents.document import Block, DocumentPage, Evidence
from sokdok.documents.textblocks import text_blocks, words_confidence
from sokdok.documents.write.markdown import plain_text
from sokdok.layout.text_layer import layer_text
from sokdok.pages.textlayer import TextLayer
from sokdok.reading.reading import Reader, Reading

LAYER = "text layer"  # who read a page whose text is the layer's


def needs_reader(drawn: Drawn, reader: Reader, asked: Conversion) -> bool:
    """Whether a page is read as a whole; pictures of one are read by their lines, if the reader can."""
    in_parts = drawn.finding.regions and reader.abilities.lines is not None and asked.question.source == "auto"
    return drawn.page is not None and not in_parts


def finish(drawn: Drawn, reading: Reading | None, asked: Conversion) -> DocumentPage:
    """Put a page together; one that can't be is a failed page."""
    try:
        return accounted(held_to_floor(_finished(drawn, reading, asked)))
    except Exception as error:  # what a reader wrote or a layer says must not take the other pages down
        reason = f"the page could not be put together ({str(error) or type(error).__name__})"
        return failed_page(drawn.index + 1, reason, *drawn.size)


def _finished(drawn: Drawn, reading: Reading | None, asked: Conversion) -> DocumentPage:
    if drawn.layer is not None and drawn.page is None:
        return _of_layer(drawn, drawn.layer, asked)
    if asked.reader is None or asked.question.source == "text-layer":
        return _without_layer(drawn)
    if asked.question.source == "reader" and reading is not None:
        alone = replace(drawn, layer=None, finding=Finding("pixels", "only the reader was asked for"))
        page = _by_reader(alone, reading, asked.reader)
        return replace(page, agreement=_agreement(page, drawn.layer)) if drawn.layer else page
    return beside_pictures(drawn, asked.reader) if reading is None else _by_reader(drawn, reading, asked.reader)


def _by_reader(drawn: Drawn, reading: Reading, reader: Reader) -> DocumentPage:
    """A page that was read as a whole."""
    if reading.lines and drawn.page is not None:
        return from_pixels(drawn, drawn.page, reading, reader.name)
    return _as_read(drawn, reading, reader)


def _agreement(page: DocumentPage, layer: TextLayer) -> float | None:
    """Likeness of a page's text and a layer's, in order."""
    if not layer.characters or page.status == "FAILURE":
        return None
    return round(compare(plain_text(page), layer_text(layer)).ordered, 4)


def _of_layer(drawn: Drawn, layer: TextLayer, asked: Conversion) -> DocumentPage:
    """A page with the words of its layer alone: because they are all, or because they were asked for."""
    hidden = not layer.characters
    warnings: tuple[str, ...] = ("the text layer lies behind a picture and may say anything",) if hidden else ()
    if not drawn.finding.is_exact and not hidden:
        warnings = (f"{drawn.finding.reason}; the text is the text layer's alone",)
    shown = replace(layer, pieces=layer.behind) if hidden else layer
    return layer_page(drawn, text_blocks(shown, *drawn.size), warnings, asked.question.source == "text-layer")


def layer_page(
    drawn: Drawn, blocks: tuple[Block, ...], warnings: tuple[str, ...] = (), as_asked: bool = False
) -> DocumentPage:
    """A page of the layer's blocks."""
    reason = drawn.finding.reason if drawn.finding.is_exact or not as_asked else "only the text layer was asked for"
    read = {word.source == "reader" for block in blocks for word in block.words}
    evidence: Evidence = "exact" if True not in read else "mixed" if False in read else "pixels"
    return DocumentPage(
        drawn.index + 1,
        *drawn.size,
        blocks,
        warnings=warnings,
        reader=LAYER,
        source="text-layer",
        evidence=evidence,
        evidence_reason=reason,
        confidence=words_confidence([word for block in blocks for word in block.words]),
    )


def _without_layer(drawn: Drawn) -> DocumentPage:
    """A page without a layer, where nothing else may be looked at."""
    if drawn.density is not None and drawn.density.runs:
        return failed_page(drawn.index + 1, "the page has no text layer; read it with --source auto", *drawn.size)
    return layer_page(drawn, (), ("the page is blank",), as_asked=True)


def _as_read(drawn: Drawn, reading: Reading, reader: Reader) -> DocumentPage:
    """A page as a reader wrote it that knows no places, or the layer in its stead."""
    page = build_page(reading, *drawn.size, drawn.index + 1, reader=reader.name, mode_reason=drawn.choice.reason)
    if _is_passed_over(page, drawn, reader):
        page = replace(page, status="PARTIAL", error="the reader says nothing of a page with rows of ink", warnings=())
    layer = drawn.layer
    if layer is None:
        return replace(page, evidence_reason=drawn.finding.reason)
    page = replace(page, evidence_reason=f"{drawn.finding.reason}; {reader.name} looked at the pixels alone")
    agreement = None
    if drawn.finding.kind == "mixed" and page.status != "FAILURE":
        agreement = compare(plain_text(page), layer_text(layer))
        page = replace(page, agreement=round(agreement.ordered, 4))
    reason = _reason(page, agreement)
    if not reason or not layer.characters:
        return page
    stead = layer_page(drawn, text_blocks(layer, *drawn.size), (f"{reason}: the text is the text layer's",))
    missing = f"{reason}, and {drawn.finding.reason}: text may be missing"
    return replace(stead, agreement=page.agreement, seconds=page.seconds, status="PARTIAL", error=missing)


def _is_passed_over(page: DocumentPage, drawn: Drawn, reader: Reader) -> bool:
    """Whether an empty answer is no sign of an empty page: models give one at times; who looks for lines found none."""
    empty = page.status == "SUCCESS" and not page.blocks and reader.abilities.lines is None
    return empty and drawn.density is not None and drawn.density.runs > 0


def _reason(page: DocumentPage, agreement: Agreement | None) -> str:
    """Why the reader's text can't be relied on; empty if it can."""
    if page.status != "SUCCESS":
        return page.error
    if agreement is not None and agreement.unreliable:
        regardless = f"{agreement.unordered:.0%} whatever the order"
        return f"{page.reader} and the text layer agree to only {agreement.ordered:.0%} ({regardless})"
    return ""
