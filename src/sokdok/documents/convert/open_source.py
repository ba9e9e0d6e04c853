"""A file opened for becoming a document: one of pages with pixels, one that says its words itself, or a mail of both.

A mail and what is attached to it are one file: the pages of the message, then those of each attached file.

- What is attached is opened as a file by itself, in a process with limits; one is open at a time beside the message.
- One that can't be opened is a failed page in its place. What is no document is named in a warning.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path, PurePosixPath
from typing import TYPE_CHECKING, Protocol, TypeAlias

from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.files import printable, scratch_folder
from sokdok.office.file import OfficeFile
from sokdok.office.flow import Part
from sokdok.office.kinds import is_document, office_kind
from sokdok.pages.files import PageFile, open_file
from sokdok.pages.page import OpeningDied, Page, PageError
from sokdok.reasons import say

if TYPE_CHECKING:
    from PIL import Image

MOST_DEPTH = 3  # of mails attached to mails
MOST_OPENED = 100  # attached files of a mail
_MOST_NAMED = 20
_SUFFIX = re.compile(r"\.[A-Za-z0-9]{1,8}")


class OneFile(PageFile, Protocol):
    """An open file of pages, each of which can be drawn or says its words itself."""

    def part(self, index: int) -> Part | PageError | None:
        """What page `index`, from 0, says of itself; None where it is to be drawn and read."""

    def figure(self, index: int, number: int) -> Image.Image:
        """The picture of a piece, by its number on page `index`. Raises InputError where it can't be shown."""


SourceFile: TypeAlias = "OneFile | Mail"


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


Opener = Callable[[Path, str], "SourceFile"]
"""opens an attached file, by its path and what people call it"""


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
        """A page of an attached file that has pixels; see `PageFile.page`."""
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
