"""A file opened for becoming a document: one of pages with pixels, or one that says its words itself."""

from __future__ import annotations

from pathlib import Path

from sokdok.documents.convert.mail import MOST_DEPTH, Mail
from sokdok.documents.question import Question
from sokdok.errors import InputError
from sokdok.files import printable
from sokdok.office.file import OfficeFile
from sokdok.office.kinds import office_kind
from sokdok.pages.files import PageFile, open_file

SourceFile = PageFile | OfficeFile | Mail


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
