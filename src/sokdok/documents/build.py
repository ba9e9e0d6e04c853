"""From what a reader answered, or a file says of itself, to a page of the document. Total: every output gives a page.

- Text without boxes is Markdown: `split` parts it into headings, tables, formulas, code, lists and paragraphs.
- A block's confidence is the geometric mean of its characters' probabilities, where the reader gives them: where a
  weak span covers the block, the span's, elsewhere the page's.
- A reading that broke off or looped is PARTIAL, an empty one is a SUCCESS with a warning
  here, where nobody looks at the page.
"""

from __future__ import annotations

import re

from sokdok.documents import grammar, sanitize
from sokdok.documents.document import PICTURES, Block, Box, DocumentPage, Status, around
from sokdok.documents.notation import FORMULAS, split, table_html, unwrap_formula
from sokdok.documents.textblocks import list_text
from sokdok.office.flow import Part, Piece
from sokdok.reading.confidence import probability
from sokdok.reading.reading import Reading

READER = "file"  # who read a page that says its words itself
_MARKDOWN = ("\\(", "`")  # begin a formula in the text of an office file, and what is set as code
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


def part_page(part: Part, number: int) -> DocumentPage:
    """The page that an office document says: it has no pixels, and its blocks have no boxes. `number` counts from 1."""
    said = "1 word that can't be seen is" if part.unseen == 1 else f"{part.unseen:,} words that can't be seen are"
    return DocumentPage(
        number,
        0,
        0,
        tuple(block_of(piece, part.markdown) for piece in part.pieces),
        "PARTIAL" if part.error else "SUCCESS",
        (*part.warnings, *([f"{said} left out"] if part.unseen else [])),
        part.error,
        READER,
        source="file",
        evidence="exact",
        evidence_reason="the file says its words itself",
    )


def block_of(piece: Piece, markdown: bool = False) -> Block:
    """A piece as a block of a page; `markdown`: its file is one of Markdown."""
    text = list_text(piece.items) if piece.kind == "list" else piece.text
    return Block(piece.kind, None, text, piece.html, plain=not (markdown or any(sign in text for sign in _MARKDOWN)))


def failed_page(number: int, error: str, width: int = 0, height: int = 0) -> DocumentPage:
    """What stands for a page that could not be opened or read."""
    return DocumentPage(number, width, height, status="FAILURE", error=error or "the page could not be read")


def _blocks(found: grammar.MarkedBlock, reading: Reading, width: int, height: int) -> list[Block]:
    confidence = _confidence(found, reading)
    boxes = [_pixels(box, width, height) for box in found.boxes]
    if found.kind in PICTURES:  # each is cropped by itself; the text goes with the first
        first = Block(found.kind, boxes[0] if boxes else None, found.text, confidence=confidence)
        return [first, *(Block(found.kind, box, "", confidence=confidence) for box in boxes[1:])]
    pieces = split(found.text) if found.kind == "text" and not boxes else [(found.kind, found.text)]
    return [_block(kind, around(boxes) if boxes else None, text, confidence) for kind, text in pieces]


def _block(kind: str, box: Box | None, text: str, confidence: float | None) -> Block:
    if kind == "table":
        html = table_html(text)
        return Block(kind, box, sanitize.table_text(html) if html else text, html, confidence=confidence)
    return Block(kind, box, unwrap_formula(text) if kind in FORMULAS else text, confidence=confidence)


def _pixels(box: grammar.MarkedBox, width: int, height: int) -> Box:
    """At least one pixel each way, so that there is something to crop, unless the page itself is smaller."""
    left, top, right, bottom = grammar.to_pixels(box, width, height)
    left, top = min(left, max(width - 1, 0)), min(top, max(height - 1, 0))
    return left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height)


def _is_silent(reading: Reading) -> bool:
    """Whether the reader keeps its probabilities to itself."""
    return not reading.weak_spans and reading.mean_logprob == 0


def _confidence(block: grammar.MarkedBlock, reading: Reading) -> float | None:
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
