"""A document as Python code gets it: the plain data of `documents.document`, and what is made of it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from sokdok.documents import document as data
from sokdok.documents import write
from sokdok.documents.document import PICTURES, Block, DocumentPage
from sokdok.documents.result.figure import DocumentFigure
from sokdok.documents.result.origin import Origin
from sokdok.documents.result.save import save
from sokdok.documents.result.table import DocumentTable


@dataclass(frozen=True, repr=False)
class Document(data.Document):
    """All pages of one file that was read.

    `pages` holds everything that is known: each page's blocks with kind, box, text, confidence and words. `status` is
    SUCCESS, PARTIAL or FAILURE, and `errors` and each page's `error` say why; `confidence` is 0 to 1, or None.
    """

    origin: Origin | None = field(default=None, compare=False)
    """the file, for what is drawn from it later"""

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
            for page, block in self._blocks()
            if block.html and block.kind not in PICTURES
        )

    @property
    def figures(self) -> tuple[DocumentFigure, ...]:
        """Pictures, charts and drawings in reading order."""
        return tuple(
            DocumentFigure(page, block, self.origin) for page, block in self._blocks() if block.kind in PICTURES
        )

    def save(self, target: str | Path, *, keep_furniture: bool = False) -> Path:
        """Write the document: one file as its suffix says, or into a folder a folder of its own.

        The folder has Markdown, HTML, JSON and pictures, as `sokdok convert -o FOLDER` makes it. `keep_furniture` keeps
        headers, footers and page numbers. Returns what was written. Raises InputError for an unknown suffix,
        MissingExtraError where a form needs an extra.
        """
        return save(self, self.origin, target, keep_furniture)

    def _blocks(self) -> Iterator[tuple[DocumentPage, Block]]:
        return ((page, block) for page in self.pages for block in page.blocks)

    def __repr__(self) -> str:
        count = f"{len(self.pages)} page" + "s" * (len(self.pages) != 1)
        return f"Document({self.name!r}, {count}, {self.status})"


def from_json(text: str) -> Document:
    """Read what `Document.json` or `sokdok convert` wrote. Raises InputError if it is anything else."""
    plain = write.from_json(text)
    return Document(plain.name, plain.source, plain.pages, plain.errors, plain.reader, Origin(plain.source))
