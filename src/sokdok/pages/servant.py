"""What a child process does of a file of pages (`isolation`): open it, draw its pages, read its text layers."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING

from msgspec import Struct

from sokdok.errors import InputError
from sokdok.imaging.box import Box
from sokdok.pages.images import ImageFile
from sokdok.pages.page import PageError
from sokdok.pages.textlayer import TextLayer

if TYPE_CHECKING:
    from sokdok.pages.pdf import PdfFile

NAME = "sokdok.pages.servant:Servant"


class Opened(Struct):
    """A file that could be opened."""

    count: int  # pages
    remark: str


class Drawn(Struct, tag="page"):
    """A page's pixels."""

    size: tuple[int, int]  # width and height
    rgb: bytes  # row by row, three bytes a pixel
    cell: str | None  # of a page that sokdok drew
    part: tuple[int, int] | None


class Strip(Struct):
    """Pixels of a small part of a page."""

    size: tuple[int, int]  # width and height
    gray: bytes  # row by row


class Failed(Struct, tag="error"):
    """Why a page can't be drawn."""

    message: str


class Servant:
    """One file at a time."""

    def __init__(self) -> None:
        self._file: PdfFile | ImageFile | None = None

    def open(self, path: bytes, source: str, pdf: bool, password: str | None, megapixels: int) -> Opened:
        """Open a file, and forget the one before. Raises InputError if it can't be used."""
        self.close()
        place = Path(os.fsdecode(path))
        if pdf:
            from sokdok.pages.pdf import PdfFile

            self._file = PdfFile(place, source, password)
        else:
            self._file = ImageFile(place, source, megapixels)
        return Opened(len(self._file), self._file.remark)

    def page(self, index: int, dpi: float | None, enlarged: float) -> Drawn | Failed:
        """Draw a page; see `PageFile.page`."""
        page = self._opened().page(index, dpi, enlarged)
        if isinstance(page, PageError):
            return Failed(page.message)
        return Drawn(page.size, page.image.tobytes(), str(page.cell) if page.cell else None, page.part)

    def layer(self, index: int) -> TextLayer | None:
        """The page's text layer."""
        return self._opened().layer(index)

    def strips(self, index: int, areas: list[list[float]], turned: int) -> list[Strip]:
        """Small parts of a page of a PDF; see `PdfFile.strips`."""
        file = self._opened()
        found = [] if isinstance(file, ImageFile) else file.strips(index, [Box(*area) for area in areas], turned)
        return [Strip(image.size, image.tobytes()) for image in found]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def _opened(self) -> PdfFile | ImageFile:
        if self._file is None:
            raise InputError("no file is open")
        return self._file
