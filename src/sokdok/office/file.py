"""An office document, opened in a child process: its pages, and their pictures."""

from __future__ import annotations

import gc
import io
import os
from contextlib import closing
from pathlib import Path
from pkgutil import resolve_name
from typing import TYPE_CHECKING, Any, TypeVar

from sokdok.errors import InputError
from sokdok.files import open_regular, read_file
from sokdok.files.text import decode
from sokdok.jobs import Died, Limits
from sokdok.office.flow import OpenFile, Part
from sokdok.office.kinds import ARCHIVE, COMPOUND, KNOWN, format_of, require_libraries
from sokdok.office.package import Package
from sokdok.pages.isolated import ChildFile, Opened, Pixels
from sokdok.pages.page import PageError
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image

T = TypeVar("T")
OPEN_DOCUMENT = "sokdok.office.file:OpenDocument"


class OpenDocument:
    """What the child does: open a file, one at a time, by its format's reader, read its pages, decode its pictures."""

    _file: OpenFile  # the one that is open

    def open(self, path: Path, source: str, kind: str, encoding: str | None, megabytes: int) -> Opened:
        """Open a file, and forget the one before; an archive may unpack to a quarter of `megabytes`."""
        self.close()
        self._file = _opened(path, source, kind, encoding, (megabytes << 20) // 4)
        return Opened(len(self._file), self._file.remark, self._file.attached)

    def part(self, index: int) -> Part:
        """Read a page."""
        gc.disable()  # a long table is a million small things in use: going through them again takes half the time
        try:
            return self._file.part(index)
        finally:
            gc.enable()

    def attachment(self, number: int) -> bytes:
        """A file that is attached, from 0. Raises InputError."""
        return self._file.attachment(number)

    def picture(self, reference: str, megapixels: int) -> Pixels:
        """Decode a picture of the page that was read last. Raises InputError."""
        from sokdok.pages.images import ImageFile

        data = self._file.picture(reference)
        page = ImageFile(io.BytesIO(data), "a picture in it", megapixels).page(0)
        if isinstance(page, PageError):
            raise InputError(page.message)
        return Pixels(page.size, memoryview(page.image.tobytes()))

    def close(self) -> None:
        """Close the file, if one is open."""
        if file := self.__dict__.pop("_file", None):
            file.close()


def _opened(path: Path, source: str, kind: str, encoding: str | None, most: int) -> OpenFile:
    if kind == ARCHIVE:
        with closing(Package(path, source, most)) as package:
            return _reader(format_of(package))(path, source, most)
    if kind == COMPOUND:
        return _reader("hwp5")(path, source, most)
    if kind in ("mail", "mhtml"):
        return _reader("mail")(read_file(path, source), source, kind == "mhtml")
    decoded = decode(read_file(path, source), source, encoding)
    file = _reader(kind)(decoded.text, source, *([True] if kind == "tsv" else []))
    if decoded.guessed:
        other = "if it is another encoding, name it with --encoding"
        file.remark = f"the text is read as {decoded.encoding.upper()}; {other}"
    return file


def _reader(name: str) -> Any:
    return resolve_name(f"sokdok.office.{KNOWN['readers'][name]}")


class OfficeFile(ChildFile):
    """An open office document or text, which has no pixels; MissingExtraError without its library."""

    def __init__(self, path: Path, source: str, kind: str, encoding: str | None, limits: Limits) -> None:
        require_libraries(kind, source)
        self._last: tuple[int, dict[int, str]] | None = None  # page that was read last, and its pieces' pictures
        with open_regular(path, source) as file:
            if os.fstat(file.fileno()).st_size > limits.file_megabytes << 20:
                raise InputError(say("large_file", file=source, most=limits.file_megabytes))
        super().__init__(OPEN_DOCUMENT, source, limits, (path.absolute(), source, kind, encoding, limits.megabytes))
        self.kind, self.attached = kind, self.opened.attached

    def part(self, index: int) -> Part | PageError:
        """Page `index`, from 0, or why it can't be read."""
        try:
            return self._part(index)
        except InputError as error:
            return PageError(self.source, index, say("not_read", why=error))

    def figure(self, index: int, number: int) -> Image.Image:
        """The picture of a piece, by its number on page `index`. Raises InputError where it can't be shown."""
        from PIL import Image

        if self._last is None or self._last[0] != index or not self._child.running:
            self._part(index)
        reference = self._last[1].get(number) if self._last else None
        if reference is None:
            raise InputError(f"there is no picture in piece {number + 1}")
        pixels = self._call("picture", reference, self.limits.megapixels, kind=Pixels)
        if not pixels.whole(3):
            raise InputError("it has too many pixels or too few")
        return Image.frombytes("RGB", pixels.size, pixels.data)

    def attachment(self, number: int) -> bytes:
        """A file that it holds, from 0. Raises InputError where it can't be taken out."""
        return self._call("attachment", number, kind=bytes)

    def _part(self, index: int) -> Part:
        part = self._call("part", index, kind=Part)
        self._last = (index, dict(part.pictures))
        return part

    def _call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """Call the child, and give the file up where that has taken too much. Raises InputError."""
        try:
            return super()._call(method, *arguments, kind=kind)
        except (Died, RuntimeError) as error:
            self.deaths += isinstance(error, Died)
            raise InputError(str(error)) from None
        finally:
            if self.deaths >= self.limits.deaths:
                self.given_up = f"process that opens it died {self.deaths} times"
            elif self._seconds > self.limits.file_seconds:
                self.given_up = f"pages before it took more than {self.limits.file_seconds:,g} s"
