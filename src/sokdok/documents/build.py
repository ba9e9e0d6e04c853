"""From what a reader answered, or a file says of itself, to a page of the document. Total: every output gives a page.

The family's layout markup is parsed (`parse_markup`), never evaluated, never an exception:

- DeepSeek-OCR writes `<|ref|>title<|/ref|><|det|>[[x1, y1, x2, y2], …]<|/det|>` and the text below; Unlimited-OCR
  `<|det|>title [x1, y1, x2, y2]<|/det|>text`, and `<PAGE>` where a page begins. Text without marks is one block.
- Asked for lines or for a place, DeepSeek-OCR puts the text itself between the `ref` marks: a block of kind `line`.
- What is cut off, misplaced or out of range is mended without loss of text, and a warning says what and where.
- One pass over the marks; the time grows with the length and nothing else.

Its blocks become those of a page:

- Text without boxes is Markdown: `split` parts it into headings, tables, formulas, code, lists and paragraphs.
- A block's confidence is the geometric mean of its characters' probabilities, where the reader gives them: where a
  weak span covers the block, the span's, elsewhere the page's.
- A reading that broke off or looped is PARTIAL, an empty one is a SUCCESS with a warning
  here, where nobody looks at the page.
"""

from __future__ import annotations

import re
import tomllib
from dataclasses import dataclass, field
from pathlib import Path

from sokdok.documents import sanitize
from sokdok.documents.blocks import FURNITURE, PICTURES, Block, Box, around
from sokdok.documents.document import DocumentPage, Status
from sokdok.documents.markdown import FORMULAS, split, table_html, unwrap_formula
from sokdok.documents.textblocks import list_text
from sokdok.office.flow import Part, Piece
from sokdok.reading.reading import Reading, probability

READER = "file"  # in place of a reader's name, of pages whose words are text in the file
_SURROGATES = re.compile("[\ud800-\udfff]")
_SAID = tomllib.loads(Path(__file__).with_suffix(".toml").read_text(encoding="utf-8"))
STATUSES: dict[str, tuple[Status, str]] = _SAID["statuses"]  # status of a reading -> that of its page, and why


def build_page(
    reading: Reading, width: int, height: int, number: int, *, reader: str = "", mode_reason: str = ""
) -> DocumentPage:
    """The page that a reading describes; `width` and `height` are the source page's pixels, `number` counts from 1."""
    # No file can hold half a character; every character keeps its place, which spans count by.
    parsed = parse_markup(_SURROGATES.sub("\N{REPLACEMENT CHARACTER}", reading.text))
    warnings = list(parsed.warnings)
    if len(parsed.pages) > 1:
        warnings.append(f"the output speaks of {len(parsed.pages)} pages; their blocks are kept as one page's")
    blocks = tuple(block for found in parsed.blocks for block in _blocks(found, reading, width, height))
    if not blocks and reading.status != "failed":
        warnings.append("the reader found nothing on this page")
    status, error = STATUSES[reading.status]
    return DocumentPage(
        number, width, height, blocks, status, tuple(warnings), reading.error or error if status != "SUCCESS" else "",
        reader, reading.mode, vision_tokens=reading.vision_tokens, seconds=reading.seconds, mode_reason=mode_reason,
        evidence_reason="the reader looked at pixels alone",
        confidence=None if _is_silent(reading) else probability(reading.mean_logprob),
    )  # fmt: skip


def part_page(part: Part, number: int) -> DocumentPage:
    """The page that an office document says: it has no pixels, and its blocks have no boxes. `number` counts from 1."""
    said = "1 word that can't be seen is" if part.unseen == 1 else f"{part.unseen:,} words that can't be seen are"
    warnings = [*part.warnings, *([f"{said} left out"] if part.unseen else [])]
    if aside := sum(len(piece.text.split()) for piece in part.pieces if piece.kind in FURNITURE):
        warnings.append(f"words in headers and footers, which Markdown has with --headers alone: {aside:,}")
    return DocumentPage(
        number, 0, 0, tuple(map(block_of, part.pieces)),
        "PARTIAL" if part.error else "SUCCESS", tuple(warnings), part.error, READER,
        source="file", evidence="exact", evidence_reason="the words are text in the file",
    )  # fmt: skip


def block_of(piece: Piece) -> Block:
    """A piece as a block of a page."""
    text = list_text(piece.items) if piece.kind == "list" else piece.text
    return Block(piece.kind, None, text, piece.html, plain=not piece.markdown)


def failed_page(number: int, error: str, width: int = 0, height: int = 0) -> DocumentPage:
    """What stands for a page that could not be opened or read."""
    return DocumentPage(number, width, height, status="FAILURE", error=error or "the page could not be read")


def _blocks(found: MarkedBlock, reading: Reading, width: int, height: int) -> list[Block]:
    confidence = _confidence(found, reading)
    boxes = [_pixels(box, width, height) for box in found.boxes]
    if found.kind in PICTURES:  # each is cropped by itself; the text goes with the first
        first = Block(found.kind, boxes[0] if boxes else None, found.text, confidence=confidence)
        return [first, *(Block(found.kind, box, "", confidence=confidence) for box in boxes[1:])]
    blocks, box = list[Block](), around(boxes) if boxes else None
    for kind, text in split(found.text) if found.kind == "text" and not boxes else [(found.kind, found.text)]:
        html = table_html(text) if kind == "table" else None
        said = sanitize.table_text(html) if html else unwrap_formula(text) if kind in FORMULAS else text
        blocks.append(Block(kind, box, said, html, confidence=confidence))
    return blocks


def _pixels(box: MarkedBox, width: int, height: int) -> Box:
    """At least one pixel each way, so that there is something to crop, unless the page itself is smaller."""
    left, top, right, bottom = to_pixels(box, width, height)
    left, top = min(left, max(width - 1, 0)), min(top, max(height - 1, 0))
    return left, top, min(max(right, left + 1), width), min(max(bottom, top + 1), height)


def _is_silent(reading: Reading) -> bool:
    """Whether the reader keeps its probabilities to itself."""
    return not reading.weak_spans and reading.mean_logprob == 0


def _confidence(block: MarkedBlock, reading: Reading) -> float | None:
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


SIDE = 999  # Boxes count 0 to 999 along each side of the page, whatever its shape.
LABELS = frozenset(_SAID["labels"].split())
"""Kinds of block seen in outputs, or akin to them; there is no official list. Between ref marks with no text below,
these words are labels and any other is a line."""

REF, REF_END, DET, DET_END, PAGE = "<|ref|>", "<|/ref|>", "<|det|>", "<|/det|>", "<PAGE>"
_START = _END = ""
_MARK = re.compile("|".join(map(re.escape, (REF, REF_END, DET, DET_END, PAGE))))
_LABEL = re.compile(r"[a-z][a-z_]{0,31}")
_NUMBER = r"\s*(-?[0-9]{1,9})(?:\.[0-9]{1,9})?\s*"  # bounded: int() refuses thousands of digits
_BOX = re.compile(rf"\[{_NUMBER},{_NUMBER},{_NUMBER},{_NUMBER}\]")
_CUT = re.compile(r"\s*+[a-z_]*+\s*+(?:\[[][0-9,.\s-]*+)?")  # possessive: linear; the beginning of a label and boxes


@dataclass(frozen=True)
class MarkedBox:
    """Left, top, right, bottom in the model's units: 0 to 999, x1 <= x2, y1 <= y2."""

    x1: int
    y1: int
    x2: int
    y2: int


@dataclass(frozen=True)
class MarkedBlock:
    """A piece of a page, in reading order."""

    kind: str  # one of `LABELS`, another label the model wrote, or `line`
    boxes: tuple[MarkedBox, ...]  # where it is; empty if the model did not say
    text: str  # as written: Markdown, HTML tables, LaTeX; not sanitised
    start: int = field(default=0, compare=False)
    stop: int = field(default=0, compare=False)  # its text, as character positions in the output


@dataclass(frozen=True)
class Parsed:
    """A reader's output."""

    pages: tuple[tuple[MarkedBlock, ...], ...]  # at least one; a page may be empty
    warnings: tuple[str, ...]  # what had to be mended: `character 17: …`

    @property
    def blocks(self) -> tuple[MarkedBlock, ...]:
        """The blocks of all pages."""
        return tuple(block for page in self.pages for block in page)


def parse_markup(text: str) -> Parsed:
    """Read an output of any task; total: every string has a result."""
    parser = _Parser()
    before, start = _START, 0
    for mark in _MARK.finditer(text):
        parser.take(before, text[start : mark.start()], mark.group(), start)
        before, start = mark.group(), mark.end()
    parser.take(before, text[start:], _END, start)
    return parser.result()


def to_pixels(box: MarkedBox, width: int, height: int) -> tuple[int, int, int, int]:
    """Left, top, right, bottom on a page of that size, as the published code rounds: int(v / 999 * side)."""
    return (
        int(box.x1 / SIDE * width),
        int(box.y1 / SIDE * height),
        int(box.x2 / SIDE * width),
        int(box.y2 / SIDE * height),
    )


@dataclass
class _Draft:
    """A block while it is read."""

    kind: str = "text"
    ref: str = ""  # what stood between the ref marks: a label or a line
    boxes: list[MarkedBox] = field(default_factory=list)
    parts: list[str] = field(default_factory=list)
    places: list[tuple[int, int]] = field(default_factory=list)  # start and stop of the parts in the output
    ref_place: tuple[int, int] = (0, 0)
    awaits_box: bool = False

    def add(self, part: str, at: int) -> None:
        """More text, which starts at `at`."""
        self.parts.append(part)
        self.places.append((at, at + len(part)))

    def block(self) -> MarkedBlock | None:
        """The block, if there is anything to it."""
        kind, text, places = self.kind, "".join(self.parts).strip(), self.places or [self.ref_place]
        if self.ref:
            known = self.ref in LABELS or (_LABEL.fullmatch(self.ref) and text)
            kind, text = (self.ref, text) if known else ("line", f"{self.ref}\n{text}".strip())
            places = places if known else [self.ref_place, *places]
        if not text and not self.boxes:
            return None
        return MarkedBlock(kind, tuple(self.boxes), text, places[0][0], places[-1][1])


class _Parser:
    """Takes the text piece by piece, each with the marks before and after it."""

    def __init__(self) -> None:
        self.pages: list[list[MarkedBlock]] = [[]]
        self.warnings: list[str] = []
        self.draft = _Draft()
        self.page_marked = False

    def take(self, before: str, piece: str, after: str, at: int) -> None:
        """One piece; `at` is where it starts."""
        if before == REF:
            self._reference(piece, after, at)
        elif before == DET:
            self._detection(piece, after, at)
        else:
            if before == PAGE:
                self._page()
            self._text(piece, after, at)
        if (after == REF_END and before != REF) or (after == DET_END and before != DET):
            self._warn(at + len(piece), f"{after} closes nothing")

    def result(self) -> Parsed:
        """All pages, the last block ended."""
        self._finish()
        return Parsed(tuple(map(tuple, self.pages)), tuple(self.warnings))

    def _reference(self, piece: str, after: str, at: int) -> None:
        self._finish()
        if after == REF_END:
            self.draft = _Draft(ref=piece.strip(), awaits_box=True, ref_place=(at, at + len(piece)))
        else:
            self._unclosed(REF, piece, after, at, at + len(piece))

    def _detection(self, piece: str, after: str, at: int) -> None:
        if not self.draft.awaits_box:
            self._finish()
        self.draft.awaits_box = False
        label = piece.partition("[")[0]
        named, rest = self._name(label), piece[len(label) :]
        end = self._boxes(rest, at + len(label))
        rest = rest[end:].lstrip("], ") if end else piece
        if after != DET_END:
            self._unclosed(DET, rest, after, at, at + len(piece))
        elif rest.strip() or not end or not named:
            said = repr(piece if len(piece) <= 40 else f"{piece[:39]}…")
            self._warn(at, f"no label and list of boxes: {said}")

    def _unclosed(self, mark: str, rest: str, after: str, at: int, stop: int) -> None:
        """What follows an open mark is text, unless it is the beginning of what belongs there, cut off at the end."""
        self._warn(at, f"the output ends within {mark}" if after == _END else f"{mark} is not closed")
        if after != _END or not _CUT.fullmatch(rest):
            self.draft.add(rest, stop - len(rest))

    def _name(self, label: str) -> bool:
        """Take what stands before the boxes, if it is a label; whether it is one, or nothing."""
        label = label.strip().lower()
        if label and not self.draft.ref and _LABEL.fullmatch(label):
            self.draft.kind, label = label, ""
        return not label

    def _boxes(self, text: str, at: int) -> int:
        """Take the boxes at the beginning; where the last of them ends."""
        end = 0
        for match in _BOX.finditer(text):
            if text[end : match.start()].strip("[], \n"):
                break
            self.draft.boxes.append(self._box([int(value) for value in match.groups()], at + match.start()))
            end = match.end()
        return end

    def _box(self, values: list[int], at: int) -> MarkedBox:
        x1, y1, x2, y2 = (min(max(value, 0), SIDE) for value in values)
        if [x1, y1, x2, y2] != values:
            self._warn(at, f"box {values} reaches beyond 0 to {SIDE}")
        if x1 > x2 or y1 > y2:
            self._warn(at, f"box {values} has its corners swapped")
        return MarkedBox(min(x1, x2), min(y1, y2), max(x1, x2), max(y1, y2))

    def _text(self, piece: str, after: str, at: int) -> None:
        if self.draft.awaits_box:
            if after == DET and not piece.strip():
                return
            self._warn(at, "a block without a box")
            self.draft.awaits_box = False
        self.draft.add(piece, at)

    def _page(self) -> None:
        """A mark at the very beginning opens the first page, any other the next one."""
        self._finish()
        if self.page_marked or self.pages[-1]:
            self.pages.append([])
        self.page_marked = True

    def _finish(self) -> None:
        block = self.draft.block()
        if block is not None:
            self.pages[-1].append(block)
        self.draft = _Draft()

    def _warn(self, at: int, what: str) -> None:
        self.warnings.append(f"character {at}: {what}")
