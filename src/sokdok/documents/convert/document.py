"""A file as a `Document` in memory, or its pages one by one as they are read: no folder, no journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.convert import Watcher
from sokdok.documents.convert.open_source import open_as_asked
from sokdok.documents.convert.options import ReadOptions, Source
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.document import Document, DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.files import name_of, printable
from sokdok.isolation import DEFAULTS, Limits
from sokdok.pages.files import page_range

if TYPE_CHECKING:
    from sokdok.reading import Reader


class _Nobody:
    """Watches nothing."""

    def begin(self, source: str, total: int, done: int) -> None:
        pass

    def page(self, page: DocumentPage) -> None:
        pass


def convert_file(
    file: str | Path,
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
    **options: Any,
) -> Document:
    """Convert a PDF, an image file, an office document or a text to a document in memory.

    `reader` is one that `load` gave, or what it takes; it is not needed, and not loaded, for source "text-layer".
    `source` says whose words count: reader, text-layer, or auto. `pages` is a range such as "1-5,7". `encoding` is
    that of a text, found out by default. `limits` is what the file may take: it is opened in a process of its own.
    `options` go to the reader's `read`. Raises InputError if the file can't be used, and, if `strict`, at a page that
    is not SUCCESS; else a page that fails is there with its error.
    """
    path = Path(file)
    asked = Conversion(
        ReadOptions(_opened(reader, source), options, mode, source, dpi=dpi, strict=strict),
        pages,
        password,
        limits,
        encoding,
    )
    found = tuple(pages_in_order(path, asked, _Nobody()))
    head = head_of(path, asked)
    return Document(head.name, head.source, found, reader=head.reader)


def head_of(path: Path, asked: Conversion) -> Document:
    """The document of a file without its pages, which is what a `PageWriter` begins with."""
    reader = asked.read_options.reader
    return Document(name_of(path), printable(path), reader=reader.name if reader else "")


def pages_in_order(path: Path, asked: Conversion, watcher: Watcher) -> Iterator[DocumentPage]:
    """Read the pages of a file that are asked for; they come in order, with what goes on from page to page joined."""
    return joined_pages(_pages(path, asked, watcher))


def _pages(path: Path, asked: Conversion, watcher: Watcher) -> Iterator[DocumentPage]:
    """Pages in order, each as soon as those before it are there."""
    with closing(open_as_asked(path, asked)) as file:
        indices = page_range(asked.pages, len(file), file.source, asked.limits.pages)
        watcher.begin(file.source, len(indices), 0)
        read: dict[int, DocumentPage] = {}
        expected = iter(indices)
        following = next(expected, None)
        for page, _ in read_pages(file, indices, asked.read_options):
            read[page.number - 1] = page
            watcher.page(page)
            while following in read:
                yield read.pop(following)
                following = next(expected, None)


def _opened(reader: Reader | str, source: Source) -> Reader | None:
    if source == "text-layer":
        return None
    if not isinstance(reader, str):
        return reader
    from sokdok.reading import load

    return load(reader)
