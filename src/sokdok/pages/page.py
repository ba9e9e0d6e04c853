"""A page: an image and where it came from; and sokdok's own page files, PNGs that explain themselves.

A text chunk `sokdok` says how the page was drawn, e.g. `cell=8x16 size=640x640 page=1/3`, so that a reader knows the
grid and in which order pages belong together. Nothing in the file but its pixels gives the text away. The size is there
so that a note which survived resizing or cropping in an editor is recognised as stale.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.errors import InputError
from sokdok.files import replacing
from sokdok.pages.cells import CELLS, Cell

if TYPE_CHECKING:
    from PIL import Image

    from sokdok.pages.layout import Layout
    from sokdok.pages.textlayer import TextLayer


@dataclass(frozen=True)
class Page:
    """One image to read, and what is known about how it came to be."""

    image: Image.Image  # RGB, origin top left
    source: str  # file name, or `text` for a page that sokdok drew
    index: int = 0  # position in its source, from 0
    layout: Layout | None = field(default=None, repr=False)  # where each character stands, if drawn here
    cell: Cell | None = None  # the grid, for a page that sokdok drew; a page read from its file has it without a layout
    part: tuple[int, int] | None = None  # (k, n): page k of the n that one text was drawn on, from 1
    layer: TextLayer | None = None  # what its file says, where words of it will be put into what is read
    undecoded: str = ""  # which pictures in it can't be decoded

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


KEY = "sokdok"
_NOTE = re.compile(r"cell=(?P<cell>\d+x\d+) size=(?P<size>\d+x\d+) page=(?P<page>[1-9]\d{0,8})/(?P<pages>[1-9]\d{0,8})")


def save_page(page: Page, path: Path) -> None:
    """Write a drawn page as PNG; equal pages become equal bytes, and a killed run leaves no half-written file."""
    from PIL import Image, PngImagePlugin

    if page.cell is None:
        raise ValueError(f"{page.source}, page {page.index + 1}, was not drawn by sokdok")
    number, count = page.part or (1, 1)
    width, height = page.size
    info = PngImagePlugin.PngInfo()
    info.add_text(KEY, f"cell={page.cell} size={width}x{height} page={number}/{count}")
    with replacing(path) as temporary:
        page.image.convert("1", dither=Image.Dither.NONE).save(temporary, "PNG", pnginfo=info)


def drawn_as(image: Image.Image) -> tuple[Cell | None, tuple[int, int] | None]:
    """Cell and part of a page that `save_page` wrote; (None, None) for any other image."""
    note = image.info.get(KEY)
    match = _NOTE.fullmatch(note) if isinstance(note, str) else None
    if not match or match["cell"] not in CELLS or match["size"] != f"{image.width}x{image.height}":
        return None, None
    part = int(match["page"]), int(match["pages"])
    return CELLS[match["cell"]], part if part[0] <= part[1] else None


def is_drawn(path: Path) -> bool:
    """Whether a file is a page that `save_page` wrote, by its first bytes."""
    with path.open("rb") as file:
        return f"{KEY}\0cell=".encode() in file.read(1024)
