"""From what a reader answered to a page of the document. Total: every output gives a page, and warnings.

- Text without boxes is Markdown: `split` parts it into headings, tables, formulas, code, lists and paragraphs.
- A block's confidence is the geometric mean of its characters' probabilities, as far as the reader tells: where a weak
  span covers the block, the span's, elsewhere the page's.
- A reading that broke off or looped is PARTIAL, an empty one is a SUCCESS with a warning
  here, where nobody looks at the page.
"""

from __future__ import annotations

import re

from sokdok.documents import grammar, sanitize
from sokdok.documents.document import PICTURES, Block, Box, DocumentPage, Status
from sokdok.documents.notation import FORMULAS, split, table_html, unwrap_formula
from sokdok.reading.confidence import probability
from sokdok.reading.reading import Reading

_SURROGATES = re.compile("[\ud800-\udfff]")
STATUSES: dict[str, tuple[Status, str]] = {
    "ok": ("SUCCESS", ""),
    "incomplete": ("PARTIAL", "the reader did not account for all of the page, so text may be wrong or missing"),
    "truncated": ("PARTIAL", "the reader stopped at its length limit, so text may be missing"),
    "looped": ("PARTIAL", "the reader fell into a repetition and was stopped, so text may be missing"),
    "failed": ("FAILURE", "the reader failed"),
}  # status of a reading -> that of its page, and why


def build_page(
    reading: Reading, width: int, height: int, number: int, *, reader: str = "", mode_reason: str = ""
) -> DocumentPage:
    """The page that a reading describes; `width` and `height` are the source page's pixels, `number` counts from 1."""
    parsed = grammar.parse(_without_surrogates(reading.text))
    warnings = list(parsed.warnings)
    if len(parsed.pages) > 1:
        warnings.append(f"the output speaks of {len(parsed.pages)} pages; their blocks are kept as one page's")
    blocks = tuple(block for found in parsed.blocks for block in _blocks(found, reading, width, height))
    if not blocks and reading.status != "failed":
        warnings.append("the reader found nothing on this page")
    status, error = STATUSES[reading.status]
    return DocumentPage(
        number,
        width,
        height,
        blocks,
        status,
        tuple(warnings),
        reading.error or error if status != "SUCCESS" else "",
        reader,
        reading.mode,
        vision_tokens=reading.vision_tokens,
        seconds=reading.seconds,
        mode_reason=mode_reason,
        evidence_reason="the reader looked at pixels alone",
        confidence=None if _is_silent(reading) else probability(reading.mean_logprob),
    )


def failed_page(number: int, error: str, width: int = 0, height: int = 0) -> DocumentPage:
    """What stands for a page that could not be opened or read."""
    return DocumentPage(number, width, height, status="FAILURE", error=error or "the page could not be read")


def _blocks(found: grammar.Block, reading: Reading, width: int, height: int) -> list[Block]:
    confidence = _confidence(found, reading)
    boxes = [_pixels(box, width, height) for box in found.boxes]
    if found.kind in PICTURES:  # each is cropped by itself; the text goes with the first
        first = Block(found.kind, boxes[0] if boxes else None, found.text, confidence=confidence)
        return [first, *(Block(found.kind, box, "", confidence=confidence) for box in boxes[1:])]
    pieces = split(found.text) if found.kind == "text" and not boxes else [(found.kind, found.text)]
    return [_block(kind, _around(boxes), text, confidence) for kind, text in pieces]


def _block(kind: str, box: Box | None, text: str, confidence: float | None) -> Block:
    if kind == "table":
        html = table_html(text)
        return Block(kind, box, sanitize.table_text(html) if html else text, html, confidence=confidence)
    return Block(kind, box, unwrap_formula(text) if kind in FORMULAS else text, confidence=confidence)


def _pixels(box: grammar.Box, width: int, height: int) -> Box:
    """At least one pixel each way, so that there is something to crop, unless the page itself is smaller."""
    left, top, right, bottom = grammar.to_pixels(box, width, height)
    left, top = min(left, max(width - 1, 0)), min(top, max(height - 1, 0))
    return left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height)


def _around(boxes: list[Box]) -> Box | None:
    """The box around all of them."""
    if not boxes:
        return None
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def _is_silent(reading: Reading) -> bool:
    """Whether the reader keeps its probabilities to itself."""
    return not reading.weak_spans and reading.mean_logprob == 0


def _confidence(block: grammar.Block, reading: Reading) -> float | None:
    """None where the reader keeps its probabilities to itself: it leaves the mean at 0 then."""
    if _is_silent(reading):
        return None
    length = max(block.stop - block.start, 1)
    total, rest = 0.0, length
    for span in reading.weak_spans:
        overlap = min(max(min(span.end, block.stop) - max(span.start, block.start), 0), rest)
        total += overlap * span.mean_logprob if overlap else 0.0
        rest -= overlap
    return probability((total + rest * reading.mean_logprob) / length)


def _without_surrogates(text: str) -> str:
    """No file can hold half a character; every character keeps its place, which spans count by."""
    return _SURROGATES.sub("\N{REPLACEMENT CHARACTER}", text)
