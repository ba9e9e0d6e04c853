"""A piece of a page: what it is, where it stands, what it says, and its words; plain data.

Boxes are pixels of the source page, origin top left; text is Markdown as the reader wrote it; tables are safe HTML.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import PurePosixPath
from typing import Literal

from sokdok.documents import sanitize

Box = tuple[int, int, int, int]  # left, top, right, bottom in pixels of the source page; right and bottom are exclusive
Source = Literal["reader", "text-layer", "file", "person"]  # file: its words are text; person: mended by hand
UNREAD = "unread"  # kind of block shown as a picture because it was not read for certain; its text says so
FORMULA_NOT_READ, NOT_LEGIBLE = "[formula not read]", "[not legible]"
PICTURES = frozenset({"image", "figure", "chart", UNREAD})  # kinds of block that are cropped from the page
FURNITURE = frozenset({"header", "footer", "page_number"})  # kinds of block that repeat and interrupt the text
LEAST_CONFIDENCE = 0.6  # of a word that need not be looked at


@dataclass(frozen=True)
class Word:
    """A word, and where it stands."""

    text: str
    box: Box
    confidence: float | None = None  # probability that it is right, 0 to 1; None if the reader does not say
    source: Source = "reader"  # who says so
    other: str = ""  # what the other source says, where the two disagree
    page: int | None = None  # number of the page it stands on, where its block was put together over pages

    @property
    def is_doubtful(self) -> bool:
        """Whether it is to be looked at: read with little confidence, or read otherwise by the other source."""
        return bool(self.other) or (self.confidence is not None and self.confidence < LEAST_CONFIDENCE)


@dataclass(frozen=True)
class Setting:
    """How a block is set, as far as it shows what goes on with it; pixels of its page."""

    em: float  # size of its type
    cut: bool = False  # whether the Korean lines of its page end inside words
    bold: bool = False
    outline: int = 0  # of a heading: its level in the file's own outline, from 1; 0 if it is not there
    goes_on: bool = False  # whether it looks as if it went on with what stands at the foot of the column or page before


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
    continues: Continuation | None = None  # the part before, if it goes on from an earlier page
    words: tuple[Word, ...] = field(default=(), repr=False)  # in reading order; none where nobody knows places
    plain: bool = False  # whether its text is no Markdown but for links, formulas, sup, sub and del without a backslash

    def __post_init__(self) -> None:
        # A figure's path stays within the folder it is relative to, on any system, and is no URL.
        path, parts = self.figure, PurePosixPath(self.figure or "").parts
        if path is not None and (not parts or path[0] == "/" or ".." in parts or set(path) & set(":\\\0\r\n")):
            raise ValueError(f"the figure {self.figure!r} is not a path within the document's folder")
        if self.html is not None:
            object.__setattr__(self, "html", sanitize.table(self.html))


def around(boxes: Iterable[Box]) -> Box:
    """The box around some boxes."""
    left, top, right, bottom = zip(*boxes, strict=True)
    return min(left), min(top), max(right), max(bottom)
