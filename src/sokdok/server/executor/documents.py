"""What was read as a file in any form, and what is found in it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from sokdok.documents.convert.conversion import PIXEL_FORMS
from sokdok.documents.document import Document, DocumentPage
from sokdok.documents.joining import joined_pages, whole_pages
from sokdok.documents.lines import Found, find
from sokdok.documents.write import open_writer
from sokdok.documents.write.json_file import page_from_json
from sokdok.documents.write.writer import Original, Wanted
from sokdok.files import name_of, replacing
from sokdok.office.kinds import office_kind
from sokdok.reasons import say
from sokdok.server.engine.refused import Absent, Unreadable
from sokdok.server.executor.messages import Read, WritePages
from sokdok.server.executor.open_files import OpenedFiles
from sokdok.server.executor.pages import figures_of, pictures_of
from sokdok.server.tasks.store import page_of, rows_of

MOST_PLACES = 1_000  # of a text that are told


def pages_read(read: Read) -> Iterator[DocumentPage]:
    """Pages as they were read, in order."""
    return (page_from_json(row.decode()) for row in rows_of(Path(read.journal), read.id))


def page_read(read: Read, number: int) -> DocumentPage:
    """A page as its document has it. Raises Absent if it is not read."""
    page = page_of(Path(read.journal), read.id, number)
    if page is None:
        raise Absent(f"page {number} is not read")
    return page


def write_pages(files: OpenedFiles, asked: WritePages) -> None:
    """Write a document, or a page of it. Raises Unreadable for a form that it can't have, MissingExtraError."""
    read, to = asked.read, Path(asked.to)
    path = files.path(read.upload)
    if asked.form in PIXEL_FORMS and office_kind(path) is not None:
        raise Unreadable(say("no_pixels", file=read.upload.shown_as, form=asked.form))
    pages = [page_read(read, asked.page)] if asked.page is not None else joined_pages(pages_read(read))
    head = Document(name_of(Path(read.upload.shown_as)), read.upload.shown_as, reader=read.reader)
    pictures = pictures_of(files, read)
    original = Original(path, limits=files.limits)
    wanted = Wanted(words=asked.words, pictures=pictures, original=original)
    with replacing(to) as temporary, temporary.open("wb") as file:
        writer = open_writer(asked.form, file, head, wanted)
        for page in pages:
            writer.add(page)
        writer.close()


def list_figures(read: Read) -> list[dict[str, Any]]:
    """All figures, with where they stand."""
    return [
        {
            "id": name,
            "page": page.number,
            "kind": block.kind,
            "box": block.box,
            "page_size": (page.width, page.height),
            "text": block.text,
            "confidence": block.confidence,
        }
        for page in pages_read(read)
        for name, block in figures_of(page)
    ]


def find_text(read: Read, text: str) -> list[dict[str, Any]]:
    """Places of a text in reading order, as `sokdok read --find` finds them."""
    sizes: dict[int, tuple[int, int]] = {}
    places = islice(_places(whole_pages(joined_pages(_sized(pages_read(read), sizes))), text), MOST_PLACES)
    # A place may be on a page behind the one whose block it stands in: sizes are known at the end.
    return [
        {"page": found.page, "text": found.text, "boxes": found.boxes, "page_size": sizes.get(found.page, (0, 0))}
        for found in list(places)
    ]


def _places(pages: Iterable[DocumentPage], text: str) -> Iterator[Found]:
    for page in pages:
        yield from find(page, text)


def _sized(pages: Iterator[DocumentPage], sizes: dict[int, tuple[int, int]]) -> Iterator[DocumentPage]:
    """Pages, whose sizes are written down."""
    for page in pages:
        sizes[page.number] = page.width, page.height
        yield page
