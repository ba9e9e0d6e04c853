"""A file as a `Document` in memory, or its pages one by one as they are read: no folder, no journal."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sokdok.documents.convert.conversion import Conversion, open_reader
from sokdok.documents.convert.convert import Watcher
from sokdok.documents.convert.open_source import open_source
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.document import Document, DocumentPage
from sokdok.documents.joining import joined_pages
from sokdok.documents.question import Question
from sokdok.files import name_of, printable
from sokdok.pages.files import page_range
from sokdok.reading.reading import Reader


def convert_file(path: Path, question: Question | None = None, reader: Reader | None = None) -> Document:
    """Convert a PDF, an image file, an office document or a text to a document in memory.

    `reader` is one that is open, in place of the one that the question names. Raises InputError if the file can't be
    used, and, if the question is `strict`, at a page that is not SUCCESS; else a page that fails is there with its
    error.
    """
    asked = question or Question()
    conversion = Conversion(asked, (reader if asked.needs_reader else None) or open_reader(asked))
    pages = tuple(pages_in_order(path, conversion))
    head = head_of(path, conversion)
    return Document(head.name, head.source, pages, reader=head.reader)


def head_of(path: Path, asked: Conversion) -> Document:
    """The document of a file without its pages, which is what a `PageWriter` begins with."""
    return Document(name_of(path), printable(path), reader=asked.reader_name)


def pages_in_order(path: Path, asked: Conversion, watcher: Watcher | None = None) -> Iterator[DocumentPage]:
    """Read the pages of a file that are asked for; they come in order, with what goes on from page to page joined."""
    return joined_pages(_pages(path, asked, watcher))


def _pages(path: Path, asked: Conversion, watcher: Watcher | None) -> Iterator[DocumentPage]:
    """Pages in order, each as soon as those before it are there."""
    question = asked.question
    with closing(open_source(path, question, asked.pixels)) as file:
        indices = page_range(question.pages, len(file), file.source, question.limits.pages)
        if watcher:
            watcher.begin(file.source, len(indices), 0)
        read: dict[int, DocumentPage] = {}
        expected = iter(indices)
        following = next(expected, None)
        for page, _ in read_pages(file, indices, asked):
            read[page.number - 1] = page
            if watcher:
                watcher.page(page)
            while following in read:
                yield read.pop(following)
                following = next(expected, None)
