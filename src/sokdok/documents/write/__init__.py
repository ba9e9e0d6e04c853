"""The forms that a document is written in: whole, or page by page in bounded memory, with the same result.

What goes on over pages is one paragraph or table in Markdown, HTML, Word and a workbook; in JSON, text, hOCR and PDF,
which keep the pages, each has its part.
"""

from __future__ import annotations

import io
from collections.abc import Callable, Iterable
from contextlib import ExitStack
from dataclasses import dataclass
from importlib import import_module
from importlib.util import find_spec
from pathlib import Path
from typing import BinaryIO, TextIO

from sokdok.documents import sanitize
from sokdok.documents.document import DocumentPage, Head
from sokdok.documents.joining import Wholes
from sokdok.documents.markdown import blocks_markdown
from sokdok.documents.write.hocr import HocrWriter
from sokdok.documents.write.html import HtmlWriter
from sokdok.documents.write.json_file import JsonWriter
from sokdok.documents.write.writer import PageWriter, Wanted
from sokdok.errors import MissingExtraError
from sokdok.files import replacing

PAGE_BREAK = "\n\f"  # between two pages


class MarkdownWriter:
    """Writes pages to an open text file as they come, each behind a comment `<!-- page 3 -->`.

    What failed stands there as a quotation, so no page goes missing.
    """

    def __init__(self, file: TextIO, head: Head, *, keep_furniture: bool = False) -> None:
        """`keep_furniture`: also headers, footers and page numbers."""
        self.file, self.keep_furniture = file, keep_furniture

    def add(self, page: DocumentPage) -> None:
        """The page with its comment; a line of its own for what failed."""
        self.file.write(f"<!-- page {page.number} -->\n\n")
        if page.error:
            self._note(f"page {page.number}: {page.error}")
        text = blocks_markdown(page.blocks, keep_furniture=self.keep_furniture)
        if text:
            self.file.write(f"{text}\n\n")

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """What went wrong beyond the pages."""
        for error in errors:
            self._note(error)

    def _note(self, error: str) -> None:
        self.file.write(f"> {sanitize.markdown_text(' '.join(error.split()))}\n\n")


class TextWriter:
    """Writes the text of every block, headers and footers too, to an open file; control characters are replaced."""

    def __init__(self, file: TextIO, head: Head) -> None:
        self.file, self.between = file, ""

    def add(self, page: DocumentPage) -> None:
        """Write the page, behind a form feed if it is not the first."""
        self.file.write(self.between + sanitize.terminal_text(page.text))
        self.between = PAGE_BREAK

    def close(self, errors: tuple[str, ...] = ()) -> None:
        """Nothing is left to write: plain text holds no notes."""


class _Whole:
    """Gives a writer the blocks that go on over pages as wholes."""

    def __init__(self, writer: PageWriter) -> None:
        self._writer, self._wholes = writer, Wholes()

    def add(self, page: DocumentPage) -> None:
        for whole in self._wholes.add(page):
            self._writer.add(whole)

    def close(self, errors: tuple[str, ...] = ()) -> None:
        for whole in self._wholes.end():
            self._writer.add(whole)
        self._writer.close(errors)


TEXTS: dict[str, Callable[[TextIO, Head, Wanted], PageWriter]] = {
    "md": lambda file, head, wanted: _Whole(MarkdownWriter(file, head, keep_furniture=wanted.furniture)),
    "html": lambda file, head, wanted: _Whole(HtmlWriter(file, head, wanted)),
    "json": lambda file, head, wanted: JsonWriter(file, head, words=wanted.words),
    "hocr": lambda file, head, wanted: HocrWriter(file, head, wanted),
    "txt": lambda file, head, wanted: TextWriter(file, head),
}  # form → writer on an open text file


@dataclass(frozen=True)
class _Library:
    """A form whose writer needs a library that the base install has not."""

    module: str  # of this room; its class `Writer` takes a binary file, the document's head and a `Wanted`
    needs: str  # the library's module
    extra: str
    purpose: str
    is_whole: bool = True  # whether its pages are not those of the document: text flows from one to the next


_BINARY = {
    "docx": _Library("docx", "docx", "office", "writing a Word document"),
    "pdf": _Library("searchable", "pikepdf", "pdf", "writing a searchable PDF", is_whole=False),
    "xlsx": _Library("workbook", "openpyxl", "office", "writing a workbook"),
}
FORMS = (*TEXTS, *_BINARY)  # names, which are suffixes too


def is_text(form: str) -> bool:
    """Whether a form can be printed."""
    return form in TEXTS


def require_form(form: str) -> None:
    """Raise MissingExtraError if a form's library is not installed."""
    if form in _BINARY and find_spec(_BINARY[form].needs) is None:
        raise MissingExtraError(_BINARY[form].extra, _BINARY[form].purpose)


def open_writer(form: str, file: BinaryIO, head: Head, wanted: Wanted) -> PageWriter:
    """A writer of one of `FORMS` on an open file. Raises MissingExtraError without its library."""
    if form in TEXTS:
        return _OnBytes(form, file, head, wanted)
    require_form(form)
    module = import_module(f"sokdok.documents.write.{_BINARY[form].module}")
    writer: PageWriter = module.Writer(file, head, wanted)
    return _Whole(writer) if _BINARY[form].is_whole else writer


def write_files(
    files: Iterable[tuple[str, Path]],
    head: Head,
    pages: Iterable[DocumentPage],
    wanted: Wanted,
    errors: tuple[str, ...] = (),
) -> None:
    """Write several forms at once, each whole or not at all; the last one gets its name first."""
    with ExitStack() as stack:
        writers: list[PageWriter] = []
        for form, path in files:
            temporary = stack.enter_context(replacing(path))
            writers.append(open_writer(form, stack.enter_context(temporary.open("wb")), head, wanted))
        for page in pages:
            for writer in writers:
                writer.add(page)
        for writer in writers:
            writer.close(errors)


class _OnBytes:
    """A writer of text on a binary file, whose pages are there as soon as they are written."""

    def __init__(self, form: str, file: BinaryIO, head: Head, wanted: Wanted) -> None:
        self._text = io.TextIOWrapper(file, encoding="utf-8", errors="replace", newline="\n", write_through=True)
        self._writer = TEXTS[form](self._text, head, wanted)

    def add(self, page: DocumentPage) -> None:
        self._writer.add(page)
        self._text.flush()

    def close(self, errors: tuple[str, ...] = ()) -> None:
        self._writer.close(errors)
        self._text.flush()
        self._text.detach()


def written(form: str, head: Head, pages: Iterable[DocumentPage], errors: tuple[str, ...] = ()) -> str:
    """Write a document in one of `TEXTS`; JSON with all its words."""
    file = io.StringIO()
    writer = TEXTS[form](file, head, Wanted(words=True))
    for page in pages:
        writer.add(page)
    writer.close(errors)
    return file.getvalue()
