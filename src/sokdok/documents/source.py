"""A file opened for becoming a document: one of pages with pixels, one whose words are text, or a mail of both;
and pictures of its pages and of what stands on them: drawn again when asked for, or files beside the document.

A mail and what is attached to it are one file: the pages of the message, then those of each attached file.

- What is attached is opened as a file by itself, in a process with limits; one is open at a time beside the message.
- One that can't be opened is a failed page in its place. What is no document is named in a warning.
"""

from __future__ import annotations

import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TypeAlias

from PIL import Image

from sokdok.documents.blocks import PICTURES, UNREAD, Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Parse, Question
from sokdok.documents.write.writer import Pictures
from sokdok.errors import InputError
from sokdok.files import make_folder, printable, read_file, replacing, scratch_folder
from sokdok.office.file import OfficeFile
from sokdok.office.kinds import is_document, office_kind
from sokdok.pages.files import open_file
from sokdok.pages.isolated import ChildFile
from sokdok.pages.page import OpeningDied, Page, PageError
from sokdok.reasons import say

MOST_DEPTH = 3  # of mails attached to mails
MOST_OPENED = 100  # attached files of a mail
_MOST_NAMED = 20
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


SourceFile: TypeAlias = "ChildFile | Mail"


def open_source(path: Path, question: Question, pixels: str = "") -> SourceFile:
    """Open a file with a question's password, encoding and limits.

    Raises InputError if it can't be used, or has no pixels where `pixels`, an option, needs them.
    """
    return _opened(path, printable(path), question, pixels)


def _opened(path: Path, source: str, question: Question, pixels: str = "", depth: int = 0) -> SourceFile:
    """A file that stands in `depth` mails, one in the other."""
    kind = office_kind(path)
    if kind is None:
        return open_file(path, source=source, password=question.password, limits=question.limits)
    if pixels:
        raise InputError(f"{source} has no pixels: leave out {pixels}, or save it as PDF first")
    if kind == "mail" and depth > MOST_DEPTH:
        raise InputError(f"{source} is a mail in a mail and so on, more than {MOST_DEPTH} deep: it is not opened")
    file = OfficeFile(path, source, kind, question.encoding, question.limits)
    if not file.attached:
        return file
    return Mail(file, lambda inner, name: _opened(inner, name, question, depth=depth + 1))


Opener = Callable[[Path, str], "SourceFile"]  # opens an attached file, by its path and what people call it


@dataclass(frozen=True)
class Attached:
    """An attached file: its pages are those of the mail from `first` on, counted from 0."""

    name: str
    path: Path
    first: int
    count: int
    error: str = ""  # why it can't be opened


class Mail:
    """An open mail with its message and attached files, of which only some pages have pixels."""

    scalable = False

    def __init__(self, message: OfficeFile, opener: Opener) -> None:
        self.source, self.limits = message.source, message.limits
        self.message = message
        self.attached: list[Attached] = []
        self.left: list[str] = []  # names of what is no document
        self.error = ""  # what is missing of the mail
        self._opener = opener
        self._open: tuple[Attached, SourceFile] | None = None
        self._deaths = 0
        self._stack = ExitStack()
        self._stack.callback(message.close)
        self._stack.callback(self._leave)
        try:
            self._take_out(self._stack.enter_context(scratch_folder()))
        except BaseException:
            self._stack.close()
            raise

    def __len__(self) -> int:
        return len(self.message) + sum(one.count for one in self.attached)

    @property
    def deaths(self) -> int:
        """How often a process died that opens its parts."""
        return self.message.deaths + self._deaths + (self._open[1].deaths if self._open else 0)

    @property
    def given_up(self) -> str:
        """Why what is left should be left alone; mostly empty."""
        return f"process that opens it died {self.deaths} times" if self.deaths >= self.limits.deaths else ""

    @property
    def warning(self) -> str:
        """What is not opened; mostly empty."""
        more = f" and {len(self.left) - _MOST_NAMED} more" if len(self.left) > _MOST_NAMED else ""
        return f"what is attached is not opened: {', '.join(self.left[:_MOST_NAMED])}{more}" if self.left else ""

    def parts(self, indices: Iterable[int]) -> Iterator[tuple[Attached | None, list[int]]]:
        """Positions by the file that they belong to, None for the message, and then by their places in it."""
        for attached, found in groupby(indices, self._attached_at):
            first = attached.first if attached else 0
            yield attached, [index - first for index in found]

    def opened(self, attached: Attached) -> SourceFile:
        """An attached file, open until another one is asked for. Raises InputError."""
        if self._open is None or self._open[0] != attached:
            self._leave()
            if attached.error:
                raise InputError(attached.error)
            self._refuse_if_given_up()
            self._open = attached, self._opened(attached.path, attached.name)
        return self._open[1]

    def figure(self, index: int, number: int) -> Image.Image:
        """The picture of a piece, by its number on page `index`. Raises InputError where it can't be shown."""
        attached = self._attached_at(index)
        if attached is None:
            return self.message.figure(index, number)
        file, place = self.opened(attached), index - attached.first
        return file.figure(place, number if place else number - 1)  # its name stands above its first page

    def page(self, index: int, dpi: float | None = None, enlarged: float = 1.0) -> Page | PageError:
        """A page of an attached file that has pixels; see `ChildFile.page`."""
        attached = self._attached_at(index)
        if attached is None:
            return self.message.page(index)
        return self.opened(attached).page(index - attached.first, dpi, enlarged)

    def close(self) -> None:
        """Close the message and what is open of its files, and remove these."""
        self._stack.close()

    def _attached_at(self, index: int) -> Attached | None:
        """The file that a page belongs to; None for the message."""
        return next((one for one in reversed(self.attached) if one.first <= index), None)

    def _take_out(self, folder: Path) -> None:
        """Write the attached files into a folder, and see what they are; whatever is wrong with one is its own."""
        for number, name in enumerate(self.message.attached):
            suffix = PurePosixPath(name).suffix
            path = folder / f"{number}{suffix if _SUFFIX.fullmatch(suffix) else ''}"
            try:
                self._refuse_if_given_up()
                data = self.message.attachment(number)
            except InputError as error:
                self._add(Attached(name, path, len(self), 1, f"{name}: {error}"))
                continue
            path.write_bytes(data)
            if not is_document(path):
                self.left.append(name)
                path.unlink()
            else:
                self._add(self._looked_at(name, path))

    def _add(self, attached: Attached) -> None:
        if len(self.attached) < MOST_OPENED:
            self.attached.append(attached)
        else:
            self.error = f"only the first {MOST_OPENED} of the attached files are here"

    def _looked_at(self, name: str, path: Path) -> Attached:
        """An attached file with as many pages as it has, or one that says why it can't be opened."""
        if len(self.attached) >= MOST_OPENED:
            return Attached(name, path, len(self), 1)
        self._leave()
        try:
            file = self._opened(path, name)
        except InputError as error:
            return Attached(name, path, len(self), 1, str(error))
        self._open = (attached := Attached(name, path, len(self), len(file))), file
        if len(self) + attached.count > self.limits.pages:
            why = say("many_pages", file=name, pages=attached.count, most=self.limits.pages)
            return Attached(name, path, len(self), 1, why)
        return attached

    def _refuse_if_given_up(self) -> None:
        if self.given_up:
            raise InputError(f"it is left alone, since the {self.given_up}")

    def _opened(self, path: Path, name: str) -> SourceFile:
        try:
            return self._opener(path, name)
        except OpeningDied:
            self._deaths += 1
            raise

    def _leave(self) -> None:
        """Close the attached file that is open."""
        if self._open is not None:
            self._deaths += self._open[1].deaths
            self._open[1].close()
            self._open = None


MOST_FIGURE_BYTES = 64 << 20
FOLDER = "images"
_NO_LINK = frozenset(":\\\r\n")  # what the path of a block's figure can't hold


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
        """Remember a page's picture, drawn elsewhere, until `page` is asked for another page."""
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
            return _png(self.file().figure(page.number - 1, number))
        except InputError:
            return None

    def file(self) -> SourceFile:
        """The open file. Raises InputError where it can't be used."""
        if self._file is None:
            self._file = self.opened()
        return self._file

    def _drawn(self, page: DocumentPage) -> Image.Image | None:
        if self._broken or not page.width:
            return None
        try:
            drawn = self.file().page(page.number - 1, self.dpi)
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
    """Write a page's figures into `folder`; the page links to them, and is PARTIAL where one can't be shown."""
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
    said = f"{lost} of {lost + count} pictures can't be shown: damaged, or drawings such as EMF"
    return replace(found, status="PARTIAL", error=f"{page.error}; {said}" if page.error else said)


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
