"""Pictures of a file's pages and of what stands on them: drawn again when asked for, or files beside the document."""

from __future__ import annotations

import io
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import replace
from pathlib import Path

from PIL import Image

from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.document import PICTURES, UNREAD, Block, DocumentPage
from sokdok.documents.question import Question
from sokdok.documents.write.writer import Pictures
from sokdok.errors import InputError
from sokdok.files import make_folder, read_file, replacing
from sokdok.pages.page import Page

MOST_FIGURE_BYTES = 64 << 20
FOLDER = "images"
_NO_LINK = frozenset(":\\\r\n")  # what the path of a block's figure can't hold
Parse = Callable[[Image.Image, Path], str | None]
"""takes a figure and its file; what it finds goes beside the file, a table is returned as HTML"""


class PagePictures:
    """Draws a page again when its picture is asked for (`writer.Pictures`): keeping all of them would fill the memory.

    `opened` gives the file, and is called at the first picture. Figures that were cut out already are taken from the
    document's `folder`.
    """

    def __init__(self, opened: Callable[[], SourceFile], dpi: float | None = None, folder: Path | None = None) -> None:
        self.opened, self.dpi, self.folder = opened, dpi, folder
        self._file: SourceFile | None = None
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
        if self._broken or number is None:
            return None
        try:
            return _png(self._opened().figure(page.number - 1, number))
        except InputError:
            return None

    def _opened(self) -> SourceFile:
        if self._file is None:
            self._file = self.opened()
        return self._file

    def _drawn(self, page: DocumentPage) -> Image.Image | None:
        if self._broken or not page.width:
            return None
        try:
            drawn = self._opened().page(page.number - 1, self.dpi)
        except InputError:  # the file was whole when the page was read; or it is of a kind that has no pictures
            self._broken = True
            return None
        return drawn.image if isinstance(drawn, Page) else None


def _png(image: Image.Image) -> bytes:
    file = io.BytesIO()
    image.save(file, "PNG")
    return file.getvalue()


@contextmanager
def pictures_of(path: Path, question: Question) -> Iterator[PagePictures]:
    """The pictures of a file, which is opened in a process of its own at the first one."""
    with ExitStack() as stack:
        yield PagePictures(lambda: stack.enter_context(closing(open_source(path, question))), question.dpi)


def save_pictures(page: DocumentPage, pictures: Pictures, folder: Path, parse: Parse | None = None) -> DocumentPage:
    """Write a page's figures into `folder`; the page links to them, and says how many of its file can't be shown."""
    blocks, count, lost = list(page.blocks), 0, 0
    for number, block in enumerate(page.blocks):
        if block.kind not in PICTURES or (block.html and page.source == "file") or set(folder.name) & _NO_LINK:
            continue
        data = pictures.figure(page, block)
        if data is None:
            lost += 1
            continue
        count += 1
        path = folder / f"page-{page.number:04}-{count}.png"
        make_folder(folder)
        with replacing(path) as temporary:
            temporary.write_bytes(data)
        table = parse(Image.open(io.BytesIO(data)), path) if parse and block.kind != UNREAD else None
        blocks[number] = replace(block, figure=f"{folder.name}/{path.name}", html=table or block.html)
    found = replace(page, blocks=tuple(blocks)) if count else page
    if not lost or page.source != "file":
        return found
    warning = f"{lost} of {lost + count} pictures can't be shown: damaged, or drawings such as EMF"
    return replace(found, warnings=(*page.warnings, warning))


def within(folder: Path) -> Path:
    """The folder of the figures of a document that is a folder. Raises InputError where it is a link."""
    return _no_link(folder / FOLDER)


def folder_next_to(path: Path) -> Path:
    """The folder of the figures of a document that is one file, `report_images` beside `report.md`, emptied of them.

    Raises InputError where it is a link.
    """
    folder = _no_link(path.with_name(f"{path.stem}_{FOLDER}"))
    for old in folder.glob("page-[0-9][0-9][0-9][0-9]-*.png"):
        old.unlink()
    return folder


def _no_link(folder: Path) -> Path:
    if folder.is_symlink():
        raise InputError(f"{folder} is a link, and figures would go elsewhere: remove it, or choose another name")
    return folder


def remove_pictures(folder: Path) -> None:
    """Remove what `save_pictures` wrote in an earlier run, and its folder if nothing else is in it."""
    for path in within(folder).glob("page-*"):
        path.unlink()
    with suppress(OSError):
        (folder / FOLDER).rmdir()


def remove_unfinished_pictures(folder: Path) -> None:
    """Remove what a killed run left under temporary names."""
    for path in within(folder).glob("page-*.tmp"):
        path.unlink()
