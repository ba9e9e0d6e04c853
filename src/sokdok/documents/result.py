"""What Python code gets of a file (`convert`): a document that writes itself, with its tables and figures.

Keeping the pictures of all pages would fill the memory: a page is drawn again, from the file that it was read from.
"""

from __future__ import annotations

import hashlib
import io
import os
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any

from PIL import Image

from sokdok.documents import write
from sokdok.documents.blocks import PICTURES, Block, Box
from sokdok.documents.convert.convert import head_of, pages_in_order
from sokdok.documents.convert.folder import MANIFEST, SUFFIXES, Manifest, own_folder
from sokdok.documents.document import DocumentPage, Grade, Head, Status, grade, mean_confidence, status_of
from sokdok.documents.entities import Entity, entities_of
from sokdok.documents.joining import whole_pages
from sokdok.documents.question import FOLDER_FORMS, Conversion, Question, Source, open_reader
from sokdok.documents.source import PagePictures, folder_next_to, pictures_of, remove_pictures, save_pictures, within
from sokdok.documents.write import FORMS
from sokdok.documents.write.json_file import read_json
from sokdok.documents.write.writer import Original, Wanted
from sokdok.errors import InputError
from sokdok.figures.parse import AUTO, Figure, parse_figure
from sokdok.files import make_folder, path_key, refuse_source
from sokdok.jobs import DEFAULTS, Limits
from sokdok.pages.files import as_file
from sokdok.tables.parse import Table, parse_table
from sokdok.tables.workbook import write_workbook

if TYPE_CHECKING:
    import pandas

    from sokdok.pages.files import Input
    from sokdok.reading import Reader


@dataclass(frozen=True, repr=False)
class Origin:
    """Keeping the pictures of all pages would fill the memory: a page is drawn again."""

    file: Any  # what `pages.files` takes
    question: Question = Question()  # that it answers

    @property
    def key(self) -> str:
        """What says that two documents are of one file; empty where it is none."""
        return path_key(Path(self.file)) if isinstance(self.file, str | os.PathLike) else ""

    @contextmanager
    def pictures(self) -> Iterator[PagePictures]:
        """The pictures of its pages, for writers; the file is opened at the first one."""
        with as_file(self.file) as path, pictures_of(path, self.question) as pictures:
            yield pictures


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
        write_workbook(self.cells, Path(path))

    def __repr__(self) -> str:
        return f"DocumentTable(page {self.page}, {self.cells.rows} rows, {self.cells.columns} columns)"


@dataclass(frozen=True, repr=False)
class DocumentFigure:
    """A picture, a chart or a drawing on a page."""

    on: DocumentPage
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
        if self.origin is None or (self.box is None and self.on.source != "file"):
            raise InputError(f"where this {self.kind} stands on page {self.page} is not known: it can't be cut out")
        with self.origin.pictures() as pictures:
            pictures.file()  # says why, where it can't be used any more
            png = pictures.figure(self.on, self.block)
        if png is None:
            raise InputError(f"the {self.kind} on page {self.page} can't be shown: gone, damaged, or such as EMF")
        return Image.open(io.BytesIO(png))

    def parse(self, kind: str = AUTO) -> Figure:
        """Parse it as `sokdok.parse` does: a chart's values, a molecule's SMILES, a figure's relations."""
        return parse_figure(self.image, kind)

    def __repr__(self) -> str:
        return f"DocumentFigure({self.kind} on page {self.page}, box {self.box})"


@dataclass(frozen=True, repr=False)
class Document(Head):
    """All pages of one file that was read.

    `pages` holds everything that is known: each page's blocks with kind, box, text, confidence and words, and its own
    Markdown and text.
    """

    pages: tuple[DocumentPage, ...] = ()
    errors: tuple[str, ...] = ()  # what went wrong beyond the pages, one line each
    origin: Origin | None = field(default=None, compare=False, kw_only=True)  # the file, for what is drawn of it later

    @property
    def status(self) -> Status:
        """SUCCESS, PARTIAL or FAILURE; `errors` and each page's `error` say why."""
        return status_of((page.status for page in self.pages), self.errors)

    @property
    def confidence(self) -> float | None:
        """Mean confidence of its pages, 0 to 1; None if no page has any."""
        return mean_confidence(page.confidence for page in self.pages)

    @property
    def grade(self) -> Grade | None:
        """Name of the range that its confidence is in, such as `good`; None if it has no confidence."""
        return None if self.confidence is None else grade(self.confidence)

    @property
    def markdown(self) -> str:
        """Markdown: tables as HTML, formulas as LaTeX, without headers, footers and page numbers."""
        return write.written("md", self, self.pages, self.errors)

    @property
    def html(self) -> str:
        """One page of HTML that stands alone, without scripts."""
        return write.written("html", self, self.pages, self.errors)

    @property
    def text(self) -> str:
        """Plain text, headers and footers too; a form feed between pages."""
        return write.written("txt", self, self.pages, self.errors)

    @property
    def json(self) -> str:
        """Everything that is known; `sokdok.from_json` gives the document back."""
        return write.written("json", self, self.pages, self.errors)

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

    @property
    def entities(self) -> tuple[Entity, ...]:
        """Dates, amounts, phone and business numbers, e-mail addresses in reading order; a receipt's total and date."""
        return tuple(entity for page in self.pages for entity in entities_of(page.blocks, page.number))

    def save(self, target: str | Path, *, keep_furniture: bool = False, images: bool = True) -> Path:
        """Write the document: one file as its suffix says, or into a folder a folder of its own.

        The figures of `report.md` go into `report_images` beside it, if it has `images`.

        The folder has Markdown, HTML, JSON and pictures, as `sokdok convert -o FOLDER` makes it. `keep_furniture` keeps
        headers, footers and page numbers. Returns what was written. Raises InputError for an unknown suffix,
        and for the file that was read, MissingExtraError where a form needs an extra.
        """
        return _save(self, target, keep_furniture, images)

    def __repr__(self) -> str:
        count = f"{len(self.pages)} page" + "s" * (len(self.pages) != 1)
        return f"Document({self.name!r}, {count}, {self.status})"


def _save(document: Document, target: str | Path, keep_furniture: bool, images: bool) -> Path:
    """Write a document; returns the file, or the folder that it got in `target`."""
    path, origin = Path(target), document.origin
    with ExitStack() as stack:
        pictures = None if origin is None else stack.enter_context(origin.pictures())
        original = None
        if origin is not None and pictures is not None:
            asked = origin.question
            original = Original(stack.enter_context(as_file(origin.file)), asked.password, asked.limits)
        wanted = Wanted(keep_furniture, True, pictures=pictures, original=original)
        if str(target).endswith("/") or path.is_dir() or not path.suffix:
            return _into_folder(document, path, wanted, pictures)
        form = path.suffix[1:].lower()
        if form not in FORMS:
            raise InputError(f"no document is written as {path.suffix}; choose one of {', '.join(FORMS)}, or a folder")
        refuse_source(path, [original.path] if original else [])
        pages: Iterable[DocumentPage] = document.pages
        if form == "md" and images and pictures is not None:
            folder = folder_next_to(path)
            pages = (save_pictures(page, pictures, folder) for page in pages)
        write.write_files([(form, path)], document, pages, wanted, document.errors)
    return path


def _into_folder(document: Document, out: Path, wanted: Wanted, pictures: PagePictures | None) -> Path:
    key = document.origin.key if document.origin else ""
    key = key or hashlib.sha256(document.json.encode("utf-8", "backslashreplace")).hexdigest()
    folder = own_folder(out, document.name, key)
    make_folder(folder)
    (folder / MANIFEST).unlink(missing_ok=True)
    remove_pictures(folder)
    for suffix in SUFFIXES:
        (folder / f"{folder.name}{suffix}").unlink(missing_ok=True)
    pages = [page if pictures is None else save_pictures(page, pictures, within(folder)) for page in document.pages]
    files = [(form, folder / f"{folder.name}.{form}") for form in FOLDER_FORMS]
    head = replace(document, name=folder.name)
    write.write_files(files, head, pages, replace(wanted, inside=False), document.errors)
    incomplete = [page.number for page in pages if page.status != "SUCCESS"]
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    Manifest({"path": key, "saved": True}, document.status, len(pages), incomplete, names).write(folder)
    return folder


def from_json(text: str) -> Document:
    """Read what `Document.json` or `sokdok convert` wrote. Raises InputError if it is anything else."""
    read = read_json(text)
    return Document(read.name, read.source, read.pages, read.errors, reader=read.reader, origin=Origin(read.source))


def convert(
    file: Input,
    *,
    reader: Reader | str = "nano",
    source: Source = "auto",
    mode: str = "auto",
    pages: str | None = None,
    password: str | None = None,
    dpi: float | None = None,
    encoding: str | None = None,
    limits: Limits = DEFAULTS,
    strict: bool = False,
    prompt: str | None = None,
    decoder: str | None = None,
    max_tokens: int | None = None,
    temperature: float | None = None,
    top_p: float | None = None,
    batch: int = 8,
) -> Document:
    """Convert a PDF, an image, an office document or a text, given as `pages.files` takes it, to a document.

    That is a path, the content (bytes), a PIL image, an array of pixels or a Page. `reader` is one that `load` gave, or
    what it takes; it is not needed, and not loaded, for source "text-layer". `source` says whose words count: reader,
    text-layer, or auto. `mode` is a resolution, `pages` a range such as "1-5,7", `dpi` the resolution at which PDF
    pages are drawn, `encoding` that of a text, found out by default. `limits` are what the file may take: it is opened
    in a process of its own. `prompt` is asked in place of the one for layout, word for word; `decoder`, `max_tokens`,
    `temperature` and `top_p` are for readers that take them; `batch` pages are read at a time. Raises InputError if the
    file can't be used, and, if `strict`, at a page that is PARTIAL or FAILURE; else a page that fails is there with its
    error.
    """
    question = Question(
        reader=reader if isinstance(reader, str) else reader.name, source=source, mode=mode, prompt=prompt,
        decoder=decoder, max_tokens=max_tokens, temperature=temperature, top_p=top_p, batch=batch, pages=pages,
        dpi=dpi, encoding=encoding, password=password, limits=limits, strict=strict,
    )  # fmt: skip
    return converted(file, question, None if isinstance(reader, str) else reader)


def converted(file: Input, question: Question, reader: Reader | None = None) -> Document:
    """Convert what `pages.files` takes as a question asks; `reader` as in `convert_file`."""
    with as_file(file) as path:
        document = convert_file(path, question, reader)
    name = document.source if isinstance(file, str | os.PathLike) else type(file).__name__
    return replace(document, source=name, origin=Origin(file, question))


def convert_file(path: Path, question: Question | None = None, reader: Reader | None = None) -> Document:
    """Convert a file as a question asks; `reader` is one that is open, in place of the one that it names."""
    asked = question or Question()
    conversion = Conversion(asked, (reader if asked.needs_reader else None) or open_reader(asked))
    pages = tuple(pages_in_order(path, conversion))
    head = head_of(path, conversion)
    return Document(head.name, head.source, pages, reader=head.reader)
