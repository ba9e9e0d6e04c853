"""A document as Python code gets it: the plain data of `documents.document`, and what is made of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path

from sokdok.documents import document as data
from sokdok.documents import write
from sokdok.documents.document import PICTURES
from sokdok.documents.joining import whole_pages
from sokdok.documents.result.figure import DocumentFigure
from sokdok.documents.result.origin import Origin
from sokdok.documents.result.save import save
from sokdok.documents.result.table import DocumentTable
from sokdok.documents.write import json_file
from sokdok.documents.write.markdown import page_markdown, plain_text


@dataclass(frozen=True)
class DocumentPage(data.DocumentPage):
    """One page of a document, with what stands on it."""

    @property
    def markdown(self) -> str:
        """Markdown of the page, without headers, footers and page numbers; of what goes on over it, its part."""
        return page_markdown(self)

    @property
    def text(self) -> str:
        """Plain text of the page, headers and footers too."""
        return plain_text(self)


@dataclass(frozen=True, repr=False)
class Document(data.Document):
    """All pages of one file that was read.

    `pages` holds everything that is known: each page's blocks with kind, box, text, confidence and words, and its own
    Markdown and text. `status` is SUCCESS, PARTIAL or FAILURE, and `errors` and each page's `error` say why;
    `confidence` is 0 to 1, or None.
    """

    pages: tuple[DocumentPage, ...] = ()
    origin: Origin | None = field(default=None, compare=False)  # the file, for what is drawn from it later

    @property
    def markdown(self) -> str:
        """Markdown: tables as HTML, formulas as LaTeX, without headers, footers and page numbers."""
        return write.to_markdown(self)

    @property
    def html(self) -> str:
        """One page of HTML that stands alone, without scripts."""
        return write.to_html(self)

    @property
    def text(self) -> str:
        """Plain text, headers and footers too; a form feed between pages."""
        return write.to_text(self)

    @property
    def json(self) -> str:
        """Everything that is known; `sokdok.from_json` gives the document back."""
        return write.to_json(self)

    @property
    def tables(self) -> tuple[DocumentTable, ...]:
        """The tables in reading order, each whole where it goes on over pages."""
        return tuple(
            DocumentTable(page.number, block.box, block.html, block.confidence)
            for page in whole_pages(self.pages)
            for block in page.blocks
            if block.html and block.kind not in PICTURES
        )

    @property
    def figures(self) -> tuple[DocumentFigure, ...]:
        """Pictures, charts and drawings in reading order."""
        return tuple(
            DocumentFigure(page, block, self.origin)
            for page in self.pages
            for block in page.blocks
            if block.kind in PICTURES
        )

    def save(self, target: str | Path, *, keep_furniture: bool = False, images: bool = True) -> Path:
        """Write the document: one file as its suffix says, or into a folder a folder of its own.

        The figures of `report.md` go into `report_images` beside it, if it has `images`.

        The folder has Markdown, HTML, JSON and pictures, as `sokdok convert -o FOLDER` makes it. `keep_furniture` keeps
        headers, footers and page numbers. Returns what was written. Raises InputError for an unknown suffix,
        MissingExtraError where a form needs an extra.
        """
        return save(self, self.origin, target, keep_furniture, images)

    def __repr__(self) -> str:
        count = f"{len(self.pages)} page" + "s" * (len(self.pages) != 1)
        return f"Document({self.name!r}, {count}, {self.status})"


def from_json(text: str) -> Document:
    """Read what `Document.json` or `sokdok convert` wrote. Raises InputError if it is anything else."""
    plain = json_file.from_json(text)
    return document_of(plain, plain.source, Origin(plain.source))


def document_of(plain: data.Document, source: str, origin: Origin) -> Document:
    """Plain data as a document that people call `source`."""
    pages = tuple(DocumentPage(**vars(page)) for page in plain.pages)
    return Document(plain.name, source, pages, plain.errors, plain.reader, origin)
