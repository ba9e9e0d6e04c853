"""A file opened for becoming a document: one of pages with pixels, or one that says its words itself."""

from __future__ import annotations

from pathlib import Path

from sokdok.errors import InputError
from sokdok.files import printable
from sokdok.isolation import DEFAULTS, Limits
from sokdok.office.file import OfficeFile
from sokdok.office.kinds import office_kind
from sokdok.pages.files import PageFile, open_file

SourceFile = PageFile | OfficeFile


def open_source(
    path: Path,
    *,
    password: str | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULTS,
    pixels: str = "",
) -> SourceFile:
    """Open a file. Raises InputError if it can't be used, or has no pixels where `pixels`, an option, needs them."""
    source, kind = printable(path), office_kind(path)
    if kind is None:
        return open_file(path, source=source, password=password, limits=limits)
    if pixels:
        raise InputError(f"{source} has no pixels: leave out {pixels}, or save it as PDF first")
    return OfficeFile(path, source, kind, encoding, limits)
