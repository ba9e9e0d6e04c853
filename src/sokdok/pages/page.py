"""A page: an image and where it came from."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING

from sokdok.errors import InputError

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.cells import Cell
    from sokdok.pages.layout import Layout
    from sokdok.pages.textlayer import TextLayer


@dataclass(frozen=True)
class Page:
    """One image to read, and what is known about how it came to be."""

    image: Image.Image
    """RGB, origin top left"""
    source: str
    """file name, or `text` for a page that sokdok drew"""
    index: int = 0
    """position in its source, from 0"""
    layout: Layout | None = field(default=None, repr=False)
    """where each character stands, for a page that this process drew"""
    cell: Cell | None = None
    """the grid, for a page that sokdok drew; a page read from its file has it without a layout"""
    part: tuple[int, int] | None = None
    """(k, n): page k of the n that one text was drawn on, from 1"""
    layer: TextLayer | None = None
    """what its file says stands on it, where that was asked for: words of it will be put into what is read"""

    def __post_init__(self) -> None:
        if self.cell is None and self.layout is not None:
            object.__setattr__(self, "cell", self.layout.cell)

    @property
    def size(self) -> tuple[int, int]:
        """(width, height) in pixels."""
        return self.image.size

    def continues(self, before: Page) -> bool:
        """Whether this page's text goes on where that of `before` ends, in the middle of a line or a word."""
        if self.part is None or before.part is None:
            return False
        return self.part == (before.part[0] + 1, before.part[1])


class OpeningDied(InputError):
    """A file at which the process that opens it died or took too long: no other fault, such as a missing password."""


@dataclass(frozen=True)
class PageError:
    """What stands in the place of a page that could not be opened, so that those around it can still be read."""

    source: str
    index: int | None  # position in its source, from 0; None for a file of which no page could be opened
    message: str
