"""A file opened for becoming a document: one of pages with pixels, or one that says its words itself."""

from __future__ import annotations

from pathlib import Path

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.mail import MOST_DEPTH, Mail
from sokdok.errors import InputError
from sokdok.files import printable
from sokdok.isolation import DEFAULTS, Limits
from sokdok.office.file import OfficeFile
from sokdok.office.kinds import office_kind
from sokdok.pages.files import PageFile, open_file

SourceFile = PageFile | OfficeFile | Mail


def open_source(
    path: Path,
    *,
    password: str | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULTS,
    pixels: str = "",
) -> SourceFile:
    """Open a file. Raises InputError if it can't be used, or has no pixels where `pixels`, an option, needs them."""
    return _opened(path, printable(path), password, encoding, limits, pixels)


def open_as_asked(path: Path, asked: Conversion) -> SourceFile:
    """Open a file as a conversion asks for it; see `open_source`."""
    return open_source(path, password=asked.password, encoding=asked.encoding, limits=asked.limits, pixels=asked.pixels)


def _opened(
    path: Path,
    source: str,
    password: str | None,
    encoding: str | None,
    limits: Limits,
    pixels: str = "",
    depth: int = 0,
) -> SourceFile:
    """A file that stands in `depth` mails, one in the other."""
    kind = office_kind(path)
    if kind is None:
        return open_file(path, source=source, password=password, limits=limits)
    if pixels:
        raise InputError(f"{source} has no pixels: leave out {pixels}, or save it as PDF first")
    if kind == "mail" and depth > MOST_DEPTH:
        raise InputError(f"{source} is a mail in a mail and so on, more than {MOST_DEPTH} deep: it is not opened")
    file = OfficeFile(path, source, kind, encoding, limits)
    if not file.attached:
        return file
    return Mail(file, lambda inner, name: _opened(inner, name, password, encoding, limits, depth=depth + 1))
