"""What a child process does of an office document (`jobs`): open it, read its pages, decode its pictures."""

from __future__ import annotations

import gc
import io
from pathlib import Path
from typing import Protocol, runtime_checkable

from msgspec import Struct

from sokdok.errors import InputError
from sokdok.files import read_file
from sokdok.files.text import decode
from sokdok.office.flow import Part
from sokdok.office.kinds import ARCHIVE, COMPOUND, format_of, refuse_compound
from sokdok.office.package import Package
from sokdok.pages.child import Pixels

OPEN_DOCUMENT = "sokdok.office.child:OpenDocument"


class OpenFile(Protocol):
    """A document of any format."""

    remark: str  # what there is to know about all of it

    def __len__(self) -> int: ...

    def part(self, index: int) -> Part:
        """A page, from 0."""

    def picture(self, reference: str) -> bytes:
        """The file of a picture of the page that was read last."""

    def close(self) -> None:
        """Close the file."""


@runtime_checkable
class Holder(Protocol):
    """A document that holds other files."""

    attached: list[str]  # their names

    def attachment(self, number: int) -> bytes:
        """One of them, from 0."""


class DocumentOpened(Struct):
    """A file that could be opened."""

    count: int  # pages
    remark: str
    attached: list[str] = []  # names of the files that it holds


class OpenDocument:
    """One file at a time."""

    def __init__(self) -> None:
        self._file: OpenFile | None = None

    def open(self, path: Path, source: str, kind: str, encoding: str | None, megabytes: int) -> DocumentOpened:
        """Open a file, and forget the one before; an archive may unpack to a quarter of `megabytes`."""
        self.close()
        self._file = _opened(path, source, kind, encoding, (megabytes << 20) // 4)
        attached = self._file.attached if isinstance(self._file, Holder) else []
        return DocumentOpened(len(self._file), self._file.remark, attached)

    def part(self, index: int) -> Part:
        """Read a page."""
        gc.disable()  # a long table is a million small things in use: going through them again takes half the time
        try:
            return self._opened().part(index)
        finally:
            gc.enable()

    def attachment(self, number: int) -> bytes:
        """A file that is attached, from 0. Raises InputError."""
        file = self._opened()
        if not isinstance(file, Holder):
            raise InputError("nothing is attached")
        return file.attachment(number)

    def picture(self, reference: str, megapixels: int) -> Pixels:
        """Decode a picture of the page that was read last. Raises InputError."""
        from sokdok.pages.images import ImageFile
        from sokdok.pages.page import PageError

        data = self._opened().picture(reference)
        page = ImageFile(io.BytesIO(data), "a picture in it", megapixels).page(0)
        if isinstance(page, PageError):
            raise InputError(page.message)
        return Pixels(page.size, memoryview(page.image.tobytes()))

    def close(self) -> None:
        """Close the file."""
        if self._file is not None:
            self._file.close()
            self._file = None

    def _opened(self) -> OpenFile:
        if self._file is None:
            raise InputError("no file is open")
        return self._file


def _opened(path: Path, source: str, kind: str, encoding: str | None, most: int) -> OpenFile:
    if kind == ARCHIVE:
        return _of_archive(path, source, most)
    if kind == COMPOUND:
        return _of_compound(path, source, most)
    if kind == "mail":
        from sokdok.office.mail import MailFile

        return MailFile(read_file(path, source), source)
    decoded = decode(read_file(path, source), source, encoding)
    file = _of_text(decoded.text, source, kind)
    if decoded.guessed:
        file.remark = (
            f"the text is read as {decoded.encoding.upper()}; if it is another encoding, name it with --encoding"
        )
    return file


def _of_archive(path: Path, source: str, most: int) -> OpenFile:
    package = Package(path, source, most)
    name = format_of(package)
    package.close()
    if name == "docx":
        from sokdok.office.docx import DocxFile

        return DocxFile(path, source, most)
    if name == "pptx":
        from sokdok.office.pptx import PptxFile

        return PptxFile(path, source, most)
    if name == "xlsx":
        from sokdok.office.xlsx import XlsxFile

        return XlsxFile(path, source, most)
    if name == "hwpx":
        from sokdok.office.hwpx import HwpxFile

        return HwpxFile(path, source, most)
    if name == "odt":
        raise InputError(f"{source} is a text of OpenDocument: save it as DOCX first")
    from sokdok.office.epub import EpubFile

    return EpubFile(path, source, most)


def _of_text(text: str, source: str, kind: str) -> OpenFile:
    if kind == "markdown":
        from sokdok.office.markdown import MarkdownFile

        return MarkdownFile(text, source)
    if kind == "html":
        from sokdok.office.html import HtmlFile

        return HtmlFile(text, source)
    if kind in ("csv", "tsv"):
        from sokdok.office.plain import DelimitedFile

        return DelimitedFile(text, source, tabs=kind == "tsv")
    from sokdok.office.plain import PlainFile

    return PlainFile(text, source)


def _of_compound(path: Path, source: str, most: int) -> OpenFile:
    import olefile

    try:
        with olefile.OleFileIO(str(path)) as file:
            streams = {"/".join(name) for name in file.listdir()}
    except MemoryError:
        raise
    except Exception as error:  # whatever a damaged file makes it raise
        raise InputError(f"{source} is damaged: it is no compound file that can be opened ({error})") from None
    refuse_compound(streams, source)
    from sokdok.office.hwp5 import Hwp5File

    return Hwp5File(path, source, most)
