"""A page that was read: blocks, an account of its words, a status that is true; and a document's head.

- A page that failed is a page with an error, never a page left out. A document is SUCCESS only if no error is inside.
- `result.Document` is all of it; `write` turns it into Markdown, HTML, JSON and text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Literal

from sokdok.documents.blocks import Block, Box, Source
from sokdok.documents.markdown import block_text, blocks_markdown, joined

Status = Literal["SUCCESS", "PARTIAL", "FAILURE"]  # PARTIAL: an error cut text off; FAILURE: nothing to rely on
Evidence = Literal["exact", "mixed", "pixels"]  # what words rest on: the text layer alone, both, pixels alone
Grade = Literal["poor", "fair", "good", "excellent"]
GOOD = 0.9  # share of a page's text that is right and present on a SUCCESS, by its confidence
GRADES: tuple[tuple[float, Grade], ...] = ((0.97, "excellent"), (GOOD, "good"), (0.5, "fair"))
"""least confidence of each grade; below all of them a page is poor"""


def grade(confidence: float) -> Grade:
    """A confidence, 0 to 1, in a word."""
    return next((name for least, name in GRADES if confidence >= least), "poor")


@dataclass(frozen=True)
class Ledger:
    """Account of a page's text: every word seen is in the document once."""

    seen: int  # words that can be seen on the page, the text layer's or recognised
    placed: int  # of these: in blocks, cells and figures' texts
    furniture: int = 0  # of these: in headers, footers and page numbers
    unplaced: tuple[str, ...] = ()  # of these: words that are in no block; at most 20 are named
    unread: float = 0.0  # share of the page's ink that looks like type and was not read, 0 to 1
    unread_boxes: tuple[Box, ...] = ()  # where that is
    order: float = 1.0  # mean probability that nothing else is read behind its lines than what is

    @property
    def present(self) -> float:
        """Share of the page's text that is in the document, 0 to 1."""
        written = (self.placed + self.furniture) / self.seen if self.seen else 1.0
        return written * (1 - self.unread)


@dataclass(frozen=True)
class DocumentPage:
    """One page, whatever became of it."""

    number: int  # from 1
    width: int
    height: int  # pixels as it was read; 0 by 0 if it could not be opened, or has none, as a sheet or a slide
    blocks: tuple[Block, ...] = ()
    status: Status = "SUCCESS"
    warnings: tuple[str, ...] = ()  # what had to be mended, one line each
    error: str = ""  # why the status is not SUCCESS
    reader: str = ""  # who read it
    mode: str = ""  # resolution: tiny, small, base, large, gundam
    source: Source = "reader"  # where the text comes from
    agreement: float | None = None  # likeness of the reader's text and the text layer, 0 to 1; None without one
    vision_tokens: int = 0
    seconds: float = 0.0
    mode_reason: str = ""  # why that mode
    evidence: Evidence = "pixels"
    evidence_reason: str = ""  # why the words rest on that
    confidence: float | None = None
    """share of its text that is right and in the document: mean of its words', or what its reader says of the page,
    times the share that its ledger has; None if nobody says"""
    ledger: Ledger | None = None  # account of its text; None where nobody knows words' places, as of an endpoint

    @property
    def grade(self) -> Grade | None:
        """Name of the range that its confidence is in, such as `good`; None if it has no confidence."""
        return None if self.confidence is None else grade(self.confidence)

    @property
    def markdown(self) -> str:
        """Markdown of the page, without headers, footers and page numbers; of what goes on over it, its part."""
        return blocks_markdown(self.blocks)

    @property
    def text(self) -> str:
        """All text of the page without marks, headers and footers too: what to search and to compare."""
        return joined(self.blocks, block_text)

    def __post_init__(self) -> None:
        if (self.status == "SUCCESS") != (not self.error):
            raise ValueError(f"page {self.number} has status {self.status} and error {self.error!r}")


def status_of(statuses: Iterable[Status], errors: Iterable[str] = ()) -> Status:
    """A document's status, from its pages' and its own errors: FAILURE if no page has text to rely on."""
    found = set(statuses)
    if found <= {"FAILURE"}:
        return "FAILURE"
    return "SUCCESS" if found == {"SUCCESS"} and not any(errors) else "PARTIAL"


def mean_confidence(values: Iterable[float | None]) -> float | None:
    """The mean of those that are known, None without any."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class Head:
    """What is known of a document before its pages are."""

    name: str  # what the files of its folder are called
    source: str  # the file that was read
    reader: str = field(default="", kw_only=True)
