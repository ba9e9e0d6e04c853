"""A document that was read: pages of blocks, where each block is, what it says, and the confidence in it.

- Boxes are pixels of the source page, origin top left; text is Markdown as the reader wrote it; tables are safe HTML.
- A page that failed is a page with an error, never a page left out. A document is SUCCESS only if no error is inside.
- Plain data: `documents.write` turns it into Markdown, HTML, JSON and text.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from sokdok.documents import sanitize

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the source page; right and bottom are exclusive
Status = Literal["SUCCESS", "PARTIAL", "FAILURE"]
"""PARTIAL: there is text, but an error cut some of it off; FAILURE: there is nothing to rely on"""
Source = Literal["reader", "text-layer", "file"]
"""a reader of pixels, a PDF's text layer, or a file that says its words itself, as office documents do"""
Evidence = Literal["exact", "mixed", "pixels"]
"""what a page's words rest on: the text layer alone, the layer and pixels, pixels alone"""
Grade = Literal["poor", "fair", "good", "excellent"]
UNREAD = "unread"
"""kind of block that stands as a picture because what it says was not read for certain; its text says so"""
FORMULA_NOT_READ, NOT_LEGIBLE = "[formula not read]", "[not legible]"
PICTURES = frozenset({"image", "figure", "chart", UNREAD})  # kinds of block that are cropped from the page
FURNITURE = frozenset({"header", "footer", "page_number"})
"""kinds of block that repeat on every page and interrupt the text"""


GRADES: tuple[tuple[float, Grade], ...] = ((0.97, "excellent"), (0.9, "good"), (0.5, "fair"))
"""least confidence of each grade; below all of them a page is poor"""


def grade(confidence: float) -> Grade:
    """A confidence, 0 to 1, in a word."""
    return next((name for least, name in GRADES if confidence >= least), "poor")


@dataclass(frozen=True)
class Word:
    """A word, and where it stands."""

    text: str
    box: Box
    confidence: float | None = None  # probability that it is right, 0 to 1; None if the reader does not say
    source: Source = "reader"  # who says so
    other: str = ""  # what the other source says, where the two disagree
    page: int | None = None
    """number of the page it stands on, where that is not its block's, which was put together over pages"""


@dataclass(frozen=True)
class Setting:
    """How a block is set, as far as it shows what goes on with it; pixels of its page."""

    em: float  # size of its type
    indent: float = 0.0  # of its first line, from where its others begin
    first_word: float = 0.0  # width of its first word
    room: float | None = None
    """between the end of its last line and that of its column; None where nobody knows how wide that is"""
    columns: tuple[float, ...] = ()  # borders of a table's columns, both outer ones included
    cut: bool = False  # whether the Korean lines of its page end inside words
    bold: bool = False
    outline: int = 0  # of a heading: its level in the file's own outline, from 1; 0 if it is not there


@dataclass(frozen=True)
class Continuation:
    """How a block goes on with one that the foot of an earlier page cut; both are one paragraph, table or listing."""

    page: int  # number of the page that has the part before
    block: int  # its place among that page's blocks, from 0
    drop: int = 0  # characters at the end of the part before that fall away: the hyphen of a broken word
    space: str = " "  # what stands between the texts of both
    head: int = 0  # of a table: rows at its top that are the head printed again
    row: bool = False  # of a table: whether the first row behind these is the rest of the last one before


@dataclass(frozen=True)
class Block:
    """A piece of a page, in reading order."""

    kind: str  # one of `build.LABELS`, `line`, or another label that the reader wrote
    box: Box | None  # None if the reader did not say
    text: str
    """Markdown with LaTeX formulas; of a formula its LaTeX alone; of a table its cells, parted by tabs and line ends"""
    html: str | None = None  # of a table, or of what a chart shows; made safe by `sanitize.table`, whoever wrote it
    figure: str | None = None  # the cropped picture's path, relative to the document's folder, with `/`
    confidence: float | None = None  # mean probability of its tokens, 0 to 1; None if the reader does not say
    setting: Setting | None = None  # how it is set, where the file says it
    continued: tuple[tuple[int, Box], ...] = ()
    """page and box of each further part of it: in the next column, or if it was put together over pages, on the next"""
    continues: Continuation | None = None
    """the part before of what goes on from an earlier page; both pages have their part"""
    words: tuple[Word, ...] = field(default=(), repr=False)
    """in reading order; none where nobody knows their places, as of an endpoint's answer"""
    plain: bool = False
    """whether its text is as it stands on the page: nothing in it is Markdown but links, `<sup>` and `<sub>`"""

    def __post_init__(self) -> None:
        if self.figure is not None and not _is_relative(self.figure):
            raise ValueError(f"the figure {self.figure!r} is not a path within the document's folder")
        if self.html is not None:
            object.__setattr__(self, "html", sanitize.table(self.html))


@dataclass(frozen=True)
class Ledger:
    """Account of a page's text: every word seen is in the document once."""

    seen: int  # words that can be seen on the page, the text layer's or recognised
    placed: int  # of these: in blocks, cells and figures' texts
    furniture: int = 0  # of these: in headers, footers and page numbers
    unplaced: tuple[str, ...] = ()  # of these: words that are in no block; at most 20 are named
    unread: float = 0.0  # share of the page's ink that looks like type and was not read, 0 to 1
    unread_boxes: tuple[Box, ...] = ()  # where that is

    @property
    def present(self) -> float:
        """Share of the page's text that is in the document, 0 to 1."""
        written = (self.placed + self.furniture) / self.seen if self.seen else 1.0
        return written * (1 - self.unread)

    @property
    def balanced(self) -> bool:
        """Whether every word seen is in the document."""
        return self.seen == self.placed + self.furniture


@dataclass(frozen=True)
class DocumentPage:
    """One page, whatever became of it."""

    number: int  # from 1
    width: int
    height: int
    """pixels of the page as it was read; 0 by 0 if it could not be opened, or has none, as a sheet or a slide"""
    blocks: tuple[Block, ...] = ()
    status: Status = "SUCCESS"
    warnings: tuple[str, ...] = ()  # what had to be mended, one line each
    error: str = ""  # why the status is not SUCCESS
    reader: str = ""  # who read it
    mode: str = ""  # resolution: tiny, small, base, large, gundam
    source: Source = "reader"  # where the text comes from
    agreement: float | None = None
    """likeness of the reader's text and the page's text layer, 0 to 1; None if there is no text layer"""
    vision_tokens: int = 0
    seconds: float = 0.0
    mode_reason: str = ""  # why that mode
    evidence: Evidence = "pixels"
    evidence_reason: str = ""  # why the words rest on that
    confidence: float | None = None
    """share of its text that is right and in the document: mean of its words', or what its reader says of the page,
    times the share that its ledger has; None if nobody says"""
    ledger: Ledger | None = None
    """account of its text; None where nobody knows the places of words, as of an endpoint's answer"""

    @property
    def grade(self) -> Grade | None:
        """Its confidence in a word; None if nobody says."""
        return None if self.confidence is None else grade(self.confidence)

    def __post_init__(self) -> None:
        if (self.status == "SUCCESS") != (not self.error):
            raise ValueError(f"page {self.number} has status {self.status} and error {self.error!r}")


def status_of(statuses: Iterable[Status], errors: Iterable[str] = ()) -> Status:
    """A document's status, from its pages' and its own errors: FAILURE if no page has text to rely on."""
    found = set(statuses)
    if found <= {"FAILURE"}:
        return "FAILURE"
    return "SUCCESS" if found == {"SUCCESS"} and not any(errors) else "PARTIAL"


def around(boxes: Iterable[Box]) -> Box:
    """The box around some boxes."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)


def mean_confidence(values: Iterable[float | None]) -> float | None:
    """The mean of those that are known, None without any."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


@dataclass(frozen=True)
class Document:
    """All pages of one file."""

    name: str  # what the files of its folder are called
    source: str  # the file that was read
    pages: tuple[DocumentPage, ...] = ()
    errors: tuple[str, ...] = ()  # what went wrong beyond the pages, one line each
    reader: str = ""

    @property
    def status(self) -> Status:
        """SUCCESS, PARTIAL or FAILURE; see `status_of`."""
        return status_of((page.status for page in self.pages), self.errors)

    @property
    def confidence(self) -> float | None:
        """Mean of its pages'; None if nobody says."""
        return mean_confidence(page.confidence for page in self.pages)

    @property
    def grade(self) -> Grade | None:
        """Its confidence in a word; None if nobody says."""
        return None if self.confidence is None else grade(self.confidence)


def _is_relative(path: str) -> bool:
    """Whether a path stays within the folder it is relative to, on any system, and is no URL."""
    parts = PurePosixPath(path).parts
    return bool(parts) and not path.startswith("/") and ".." not in parts and not set(path) & set(":\\\0\r\n")
