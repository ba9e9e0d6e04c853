"""What a child process does of a file of pages (`jobs`): open it, draw its pages, read its text layers."""

from __future__ import annotations

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

OPEN_PAGES = "sokdok.pages.child:OpenPages"


class PagesOpened(Struct):
    """A file that could be opened."""

    count: int  # pages
    remark: str


class Pixels(Struct, tag="pixels"):
    """A picture: bytes of RGB or grey, row by row."""

    size: tuple[int, int]  # width and height
    data: memoryview  # of the message: a page is not copied once more
    cell: str | None = None  # of a page that sokdok drew
    part: tuple[int, int] | None = None

    def whole(self, channels: int) -> bool:
        """Whether there are as many bytes as the size says, and any."""
        return min(self.size) > 0 and len(self.data) == channels * self.size[0] * self.size[1]


class NotDrawn(Struct, tag="error"):
    """Why a page can't be drawn."""

    message: str


class OpenPages:
    """One file at a time."""

    def __init__(self) -> None:
        self._file: PdfFile | ImageFile | None = None

    def open(self, path: Path, source: str, pdf: bool, password: str | None, megapixels: int) -> PagesOpened:
        """Open a file, and forget the one before. Raises InputError if it can't be used."""
        self.close()
        if pdf:
            from sokdok.pages.pdf import PdfFile

            self._file = PdfFile(path, source, password)
        else:
            self._file = ImageFile(path, source, megapixels)
        return PagesOpened(len(self._file), self._file.remark)

    def page(self, index: int, dpi: float | None, enlarged: float) -> Pixels | NotDrawn:
        """Draw a page; see `PageFile.page`."""
        page = self._opened().page(index, dpi, enlarged)
        if isinstance(page, PageError):
            return NotDrawn(page.message)
        cell = str(page.cell) if page.cell else None
        return Pixels(page.size, memoryview(page.image.tobytes()), cell, page.part)

    def layer(self, index: int) -> TextLayer | None:
        """The page's text layer."""
        return self._opened().layer(index)

    def strips(self, index: int, areas: list[Box], turned: int) -> list[Pixels]:
        """Small parts of a page of a PDF; see `PdfFile.strips`."""
        file = self._opened()
        found = [] if isinstance(file, ImageFile) else file.strips(index, areas, turned)
        return [Pixels(image.size, memoryview(image.tobytes())) for image in found]

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
        self._file = None

    def _opened(self) -> PdfFile | ImageFile:
        if self._file is None:
            raise InputError("no file is open")
        return self._file
