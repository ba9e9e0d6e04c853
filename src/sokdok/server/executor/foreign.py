"""Answers for clients of other document servers, written to files page by page."""

from __future__ import annotations

import tempfile
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, Any, assert_never

import msgspec

from sokdok.documents.document import DocumentPage
from sokdok.documents.joining import joined_pages, whole_pages
from sokdok.documents.pictures import PagePictures
from sokdok.files import replacing
from sokdok.server.engine.refused import TooLarge
from sokdok.server.executor.documents import pages_read, write_pages
from sokdok.server.executor.messages import Foreign, Read, WriteConverted, WriteOcr, WritePages
from sokdok.server.executor.open_files import OpenedFiles
from sokdok.server.executor.pages import pictures_of
from sokdok.server.foreign.docling import FORMS, Converted, DocumentTold, ErrorTold, write_archive
from sokdok.server.foreign.docling_document import docling_document
from sokdok.server.foreign.mistral import PageTold, Usage, pages_told
from sokdok.server.foreign.pages import markdown


def write_foreign(files: OpenedFiles, asked: Foreign) -> None:
    """Write one of them. Raises TooLarge where its pictures are more than a request might have."""
    match asked:
        case WriteOcr():
            _write_ocr(files, asked)
        case WriteConverted():
            _write_converted(files, asked)
        case _:
            assert_never(asked)


@contextmanager
def _writing(to: str) -> Iterator[IO[bytes]]:
    with replacing(Path(to)) as temporary, temporary.open("wb") as file:
        yield file


def _pages(read: Read) -> Iterator[DocumentPage]:
    return joined_pages(pages_read(read))


def _write_ocr(files: OpenedFiles, asked: WriteOcr) -> None:
    count, left = 0, asked.most_bytes
    pictures = pictures_of(files, asked.read)
    with _writing(asked.to) as file:
        file.write(b'{"pages":[')
        for page, told in pages_told(_pages(asked.read), asked.form):
            if asked.form.include_image_base64:
                left -= _add_pictures(page, told, pictures)
                if left < 0:
                    most = f"{asked.most_bytes:,} bytes"
                    raise TooLarge(f"the pictures have more than {most}: ask for fewer pages, or with image_limit")
            file.write(b"," * bool(count) + told.model_dump_json().encode())
            count += 1
        size = files.path(asked.read.upload).stat().st_size
        usage = Usage(pages_processed=count, doc_size_bytes=size).model_dump_json()
        model = msgspec.json.encode(asked.model).decode()
        file.write(f'],"model":{model},"usage_info":{usage},"document_annotation":null}}'.encode())


def _add_pictures(page: DocumentPage, told: PageTold, pictures: PagePictures) -> int:
    """Give images their pixels, as data URLs; one that can't be shown stays without. Their bytes."""
    blocks = {block.box: block for block in page.blocks if block.box is not None}
    size = 0
    for image in told.images:
        box = image.top_left_x, image.top_left_y, image.bottom_right_x, image.bottom_right_y
        data = pictures.figure(page, blocks[box])
        if data is not None:
            size += len(data)
            image.image_base64 = f"data:image/png;base64,{b64encode(data).decode()}"
    return size


def _write_converted(files: OpenedFiles, asked: WriteConverted) -> None:
    if asked.zipped:
        with tempfile.TemporaryDirectory(dir=Path(asked.to).parent) as folder, _writing(asked.to) as file:
            write_archive(file, _documents(files, asked, Path(folder)))
        return
    (ended,) = asked.ended
    made: dict[str, Any] = {f"{form}_content": _text(files, ended.read, form, asked) for form in asked.forms}
    document = DocumentTold(filename=ended.read.upload.shown_as, **made)
    failed = (page for page in pages_read(ended.read) if page.error) if ended.status != "success" else ()
    errors = [ErrorTold(error_message=f"page {page.number}: {page.error}") for page in failed]
    told = Converted(document=document, status=ended.status, errors=errors, processing_time=ended.seconds)
    with _writing(asked.to) as file:
        file.write(told.model_dump_json().encode())


def _documents(files: OpenedFiles, asked: WriteConverted, folder: Path) -> Iterator[tuple[str, dict[str, Path]]]:
    """Documents with the files of their forms, which are there until the next one."""
    for ended in asked.ended:
        made = {}
        for form in asked.forms:
            made[form] = folder / form
            text = _text(files, ended.read, form, asked)
            data = msgspec.json.encode(text) if form == "json" else str(text).encode("utf-8", "replace")
            made[form].write_bytes(data)
        yield ended.read.upload.shown_as, made


def _text(files: OpenedFiles, read: Read, form: str, asked: WriteConverted) -> object:
    """A document in one of docling's forms."""
    if form == "md":  # without marks of our own between pages
        return markdown(_pages(read) if asked.between else whole_pages(_pages(read)), asked.between)
    if form == "json":
        return docling_document(_pages(read), read.upload.shown_as)
    with tempfile.TemporaryDirectory(dir=Path(asked.to).parent) as folder:
        to = Path(folder) / form
        write_pages(files, WritePages(read, FORMS[form], False, str(to)))
        return to.read_text("utf-8")
