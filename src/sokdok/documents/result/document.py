"""A document as Python code gets it: the plain data of `documents.document`, with its tables and figures."""

from __future__ import annotations

import io
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from sokdok.documents import document as data
from sokdok.documents import write
from sokdok.documents.document import PICTURES, Block, Box
from sokdok.documents.joining import whole_pages
from sokdok.documents.result.files import Origin, save
from sokdok.documents.write import json_file
from sokdok.documents.write.markdown import page_markdown, plain_text
from sokdok.errors import InputError
from sokdok.figures.parse import AUTO, Figure, parse_figure
from sokdok.imaging import box as imaging
from sokdok.tables.parse import Table, parse_table

if TYPE_CHECKING:
    import pandas
    from PIL import Image


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


@dataclass(frozen=True)
class DocumentTable:
    """A table, whole also where it goes on over pages."""

    page: int  # number of the page it begins on, from 1
    box: Box | None  # its place there, in pixels of the page; None if the reader did not say
    html: str  # one `<table>` with its spans
    confidence: float | None = None  # 0 to 1, if the reader says

    @cached_property
    def cells(self) -> Table:
        """Its cells by row and column, header rows, caption."""
        return parse_table(self.html, self.confidence)

    @property
    def markdown(self) -> str:
        """A pipe table."""
        return self.cells.markdown()

    @property
    def csv(self) -> str:
        """Comma-separated values; what a spreadsheet would run as a formula begins with an apostrophe."""
        return self.cells.csv()

    def to_dataframe(self) -> pandas.DataFrame:
        """Make a DataFrame of texts, its columns named by the heading rows. Raises MissingExtraError without pandas."""
        return self.cells.to_dataframe()

    def to_xlsx(self, path: str | Path) -> None:
        """Write a workbook of one sheet, spans merged, numbers as numbers; MissingExtraError without openpyxl."""
        self.cells.xlsx(Path(path))

    def __repr__(self) -> str:
        return f"DocumentTable(page {self.page}, {self.cells.rows} rows, {self.cells.columns} columns)"


@dataclass(frozen=True, repr=False)
class DocumentFigure:
    """A picture, a chart or a drawing on a page."""

    on: data.DocumentPage
    block: Block
    origin: Origin | None = None

    @property
    def page(self) -> int:
        """Number of its page, from 1."""
        return self.on.number

    @property
    def box(self) -> Box | None:
        """Its place, in pixels of the page; None if the reader did not say."""
        return self.block.box

    @property
    def kind(self) -> str:
        """What the page's analysis calls it: image, figure or chart."""
        return self.block.kind

    @property
    def text(self) -> str:
        """What stands in it, as far as it was read."""
        return self.block.text

    @property
    def html(self) -> str:
        """The table that its chart shows, if that was read."""
        return self.block.html or ""

    @cached_property
    def image(self) -> Image.Image:
        """Its picture, cut out of the page, which is drawn again. Raises InputError where that can't be done."""
        if self.origin is not None and self.on.source == "file":
            return self._attached(self.origin)
        if self.box is None or self.origin is None:
            raise InputError(f"nobody knows where on page {self.page} this {self.kind} stands")
        picture = self.origin.picture(self.on)
        place = imaging.Box(*self.box).scaled(picture.width / self.on.width, picture.height / self.on.height)
        return picture.crop((round(place.left), round(place.top), round(place.right), round(place.bottom)))

    def _attached(self, origin: Origin) -> Image.Image:
        """The picture that the file holds by itself."""
        from PIL import Image

        with origin.pictures() as pictures:
            png = pictures.figure(self.on, self.block)
        if png is None:
            raise InputError(
                f"the {self.kind} on page {self.page} can't be shown: it is damaged, or a drawing such as EMF"
            )
        return Image.open(io.BytesIO(png))

    def parse(self, kind: str = AUTO) -> Figure:
        """Parse it as `sokdok.parse` does: a chart's values, a molecule's SMILES, a figure's relations."""
        return parse_figure(self.image, kind)

    def __repr__(self) -> str:
        return f"DocumentFigure({self.kind} on page {self.page}, box {self.box})"


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
