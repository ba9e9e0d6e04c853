"""Pictures of a file's pages and of what stands on them, for writers that put them into a document."""

from __future__ import annotations

import io
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path

from PIL import Image

from sokdok.documents.convert.mail import Mail
from sokdok.documents.document import Block, DocumentPage
from sokdok.errors import InputError
from sokdok.files import read_file
from sokdok.office.file import OfficeFile
from sokdok.pages.files import PageFile
from sokdok.pages.page import Page

MOST_FIGURE_BYTES = 64 << 20


class PagePictures:
    """Draws a page again when its picture is asked for (`writer.Pictures`): keeping all of them would fill the memory.

    `opened` gives the file, and is called at the first picture. Figures that were cut out already are taken from the
    document's `folder`.
    """

    def __init__(
        self, opened: Callable[[], PageFile | OfficeFile | Mail], dpi: float | None = None, folder: Path | None = None
    ) -> None:
        self.opened, self.dpi, self.folder = opened, dpi, folder
        self._file: PageFile | OfficeFile | Mail | None = None
        self._broken = False
        self._last: tuple[int, Image.Image | None] = (0, None)

    def page(self, page: DocumentPage) -> Image.Image | None:
        """The page as it was read; None if it can't be drawn."""
        if self._last[0] != page.number:
            self._last = (page.number, self._drawn(page))
        return self._last[1]

    def keep(self, page: DocumentPage, image: Image.Image) -> None:
        """Take a page's picture that was drawn already, until that of another is asked for."""
        self._last = (page.number, image)

    def figure(self, page: DocumentPage, block: Block) -> bytes | None:
        """The file of what a block shows: as it was cut out before, or cut out of its page now, as PNG."""
        if self.folder is not None and block.figure:
            with suppress(OSError, InputError):
                return read_file(self.folder / block.figure, most=MOST_FIGURE_BYTES)
        if page.source == "file":
            return self._attached(page, block)
        image = self.page(page) if block.box else None
        if image is None or block.box is None or not page.width or not page.height:
            return None
        across, down = image.width / page.width, image.height / page.height
        left, top, right, bottom = block.box
        box = (round(left * across), round(top * down), round(right * across), round(bottom * down))
        if box[2] <= box[0] or box[3] <= box[1]:
            return None
        return _png(image.crop(box))

    def _attached(self, page: DocumentPage, block: Block) -> bytes | None:
        """A picture that the file holds by itself; None if it can't be shown."""
        number = next((at for at, one in enumerate(page.blocks) if one is block), None)
        try:
            file = None if self._broken or number is None else self._opened()
            return (
                _png(file.figure(page.number - 1, number))
                if isinstance(file, OfficeFile | Mail) and number is not None
                else None
            )
        except InputError:
            return None

    def _opened(self) -> PageFile | OfficeFile | Mail:
        if self._file is None:
            self._file = self.opened()
        return self._file

    def _drawn(self, page: DocumentPage) -> Image.Image | None:
        if self._broken or not page.width:
            return None
        try:
            file = self._opened()
            drawn = None if isinstance(file, OfficeFile) else file.page(page.number - 1, self.dpi)
        except InputError:  # the file was whole when the page was read; or it is of a kind that has no pictures
            self._broken = True
            return None
        return drawn.image if isinstance(drawn, Page) else None


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()
