"""The text layer of a PDF page: words that can be seen, where and how they are set, and what is drawn around them.

page objects → glyphs → those that can be seen → words → pieces of lines; paths → ruling lines, fills, marks

Here it is plain data; `pages.textlayer.read` reads it by PDFium. All places are points of the upright page, origin top
left.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from functools import cached_property
from typing import Literal

from sokdok.imaging.box import Box

POINTS_PER_INCH = 72
MAX_PAGE_PIXELS = 40_000_000  # a plan of A0 at 144 dpi; what is larger is drawn at less: readers shrink it anyway
LONG_SIDE = 1540  # pixels, where no resolution is asked for: A4 at 132 dpi, in which 10-point type is 18 pixels high
MAX_FIGURE_SHARE = 0.8  # of the page: a larger picture is the scan of a page
Source = Literal["recogniser", "layer"]  # who says it: a net that looked at pixels, or a PDF
Alphabet = Literal["", "math", "italic", "cal", "bb", "frak", "pieces"]
"""what a mathematical font holds: everything; TeX's letters; TeX's signs and calligraphic capitals; double-struck or
broken letters; parts of large signs, whose characters say nothing"""


@dataclass(frozen=True)
class Word:
    """Characters without a space between them, set in one way."""

    text: str
    box: Box
    em: float  # size of its type
    baseline: float
    bold: bool = False
    italic: bool = False
    mono: bool = False  # whether all its font's letters are equally wide
    struck: bool = False  # whether a line goes through it
    joined: bool = False  # whether no space stands before it: it is set otherwise than the word it goes on with
    source: Source = "layer"
    confidence: float = 1.0  # probability that it is right, 0 to 1
    other: str = ""  # what the other source says, where the two disagree
    link: str = ""  # where it leads, outside of the file
    alphabet: Alphabet = ""  # of mathematics, that its font is for
    fonts: tuple[str, ...] = ()  # what the file calls the font of each character, or of all


@dataclass(frozen=True)
class Piece:
    """Words of one line without a wide gap."""

    text: str
    box: Box
    em: float  # size of the type of most of it
    turned: float = 0.0  # degrees clockwise from left to right; 90 also for letters below each other
    words: tuple[Word, ...] = ()  # in the order in which they run


@dataclass(frozen=True)
class Rule:
    """A thin straight line along one axis."""

    horizontal: bool
    at: float  # its middle, on the other axis
    start: float
    end: float
    width: float

    @property
    def box(self) -> Box:
        """The box around it, whatever its width."""
        ends = (self.start, self.at, self.end, self.at) if self.horizontal else (self.at, self.start, self.at, self.end)
        return Box(*ends)


@dataclass(frozen=True)
class Link:
    """Where a click leads, outside of the file."""

    box: Box
    target: str


@dataclass(frozen=True)
class Entry:
    """An entry of a file's outline that leads to a page."""

    level: int  # from 1
    title: str


@dataclass(frozen=True)
class TextLayer:
    """What a PDF page says in its text layer, and what its paths draw."""

    pieces: tuple[Piece, ...]  # in the order of the file; `layout.text_layer` puts them in reading order
    size: tuple[float, float]  # width and height of the upright page
    unmapped: float  # share of glyphs whose character is unknown: fonts without a usable map give nonsense
    pictures: tuple[Box, ...] = ()  # embedded pictures of some size
    rules: tuple[Rule, ...] = ()
    fills: tuple[Box, ...] = ()  # rectangles in the order in which they are drawn; none that is as white as paper
    marks: tuple[Box, ...] = ()  # small drawn shapes: bullets, boxes to tick
    ticked: tuple[Box, ...] = ()  # drawn boxes to tick, and buttons to choose by, whose states are pieces
    unticked: tuple[Box, ...] = ()  # those without anything drawn in them, and those with letters
    behind: tuple[Piece, ...] = ()  # what lies behind pictures, as text recognition leaves it; it may say anything
    other_ink: tuple[Box, ...] = ()  # where ink like type is no text of the layer: paths, pictures, patterns
    drawings: tuple[Box, ...] = ()  # where lines, curves and areas are drawn that may make up a figure
    links: tuple[Link, ...] = ()
    outline: tuple[Entry, ...] = ()  # what the file's outline says begins on the page
    undecoded: str = ""  # which pictures can't be decoded
    turned: int = 0
    """degrees clockwise by which the page is turned as it is shown, 0, 90, 180 or 270; `size` and all places are those
    of the page turned back"""

    @property
    def shown_size(self) -> tuple[float, float]:
        """Width and height of the page as it is shown."""
        width, height = self.size
        return (height, width) if self.turned % 180 else (width, height)

    def pixel_size(self, dpi: float | None = None) -> tuple[int, int]:
        """Width and height of the page's picture, as `pdf.PdfFile.page` draws it."""
        width, height = self.shown_size
        scale = pixels_a_point(width, height, default_dpi(width, height) if dpi is None else dpi)
        return math.ceil(width * scale), math.ceil(height * scale)

    @cached_property
    def characters(self) -> int:
        """How many characters can be seen, white space apart."""
        return sum(len("".join(piece.text.split())) for piece in self.pieces)

    @property
    def figures(self) -> tuple[Box, ...]:
        """The pictures that are not the picture of a whole page."""
        width, height = self.size
        return tuple(box for box in self.pictures if box.area < MAX_FIGURE_SHARE * width * height)


def default_dpi(width: float, height: float) -> float:
    """The resolution at which the long side of a page of so many points has `LONG_SIDE` pixels."""
    return LONG_SIDE * POINTS_PER_INCH / max(1.0, width, height)


def pixels_a_point(width: float, height: float, dpi: float) -> float:
    """The scale of a page's picture, bounded so that it fits into memory and its short side is a pixel at least."""
    most = (MAX_PAGE_PIXELS / (width * height)) ** 0.5
    return min(max(dpi / POINTS_PER_INCH, 1 / min(width, height)), most)
