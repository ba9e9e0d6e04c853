"""The file that a document was read from, for pictures of it; and a document as files, by suffix or in a folder."""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sokdok.documents.convert.folder import MANIFEST, SUFFIXES, Manifest, own_folder
from sokdok.documents.document import Document, DocumentPage
from sokdok.documents.question import FOLDER_FORMS, Question
from sokdok.documents.source import (
    PagePictures,
    SourceFile,
    folder_next_to,
    open_source,
    remove_pictures,
    save_pictures,
    within,
)
from sokdok.documents.write import FORMS, open_writer, to_json
from sokdok.documents.write.writer import Original, PageWriter, Wanted
from sokdok.errors import InputError
from sokdok.files import make_folder, path_key, replacing
from sokdok.pages.files import as_file, open_file
from sokdok.pages.page import PageError

if TYPE_CHECKING:
    from PIL import Image


@dataclass(frozen=True, repr=False)
class Origin:
    """Keeping the pictures of all pages would fill the memory: a page is drawn again."""

    file: Any  # what `pages.files` takes
    question: Question = Question()  # that it answers

    @property
    def key(self) -> str:
        """What says that two documents are of one file; empty where it is none."""
        return path_key(Path(self.file)) if isinstance(self.file, str | os.PathLike) else ""

    def as_file(self) -> AbstractContextManager[Path]:
        """The file itself, or one of what it held."""
        return as_file(self.file)

    @contextmanager
    def pictures(self) -> Iterator[PagePictures]:
        """The pictures of its pages, for writers; the file is opened at the first one."""
        with ExitStack() as stack:

            def opened() -> SourceFile:
                path = stack.enter_context(self.as_file())
                return stack.enter_context(closing(open_source(path, self.question)))

            yield PagePictures(opened, self.question.dpi)

    def picture(self, page: DocumentPage) -> Image.Image:
        """Draw a page. Raises InputError where the file can't be used any more."""
        asked = self.question
        with self.as_file() as path, closing(open_file(path, password=asked.password, limits=asked.limits)) as file:
            drawn = file.page(page.number - 1, asked.dpi)
        if isinstance(drawn, PageError):
            raise InputError(f"{drawn.source}, page {page.number}: {drawn.message}")
        return drawn.image


def save(document: Document, origin: Origin | None, target: str | Path, keep_furniture: bool, images: bool) -> Path:
    """Write a document; returns the file, or the folder that it got in `target`."""
    path = Path(target)
    with ExitStack() as stack:
        pictures = None if origin is None else stack.enter_context(origin.pictures())
        original = None
        if origin is not None and pictures is not None:
            original = Original(stack.enter_context(origin.as_file()), origin.question.password, origin.question.limits)
        wanted = Wanted(keep_furniture, True, pictures=pictures, original=original)
        if str(target).endswith("/") or path.is_dir() or not path.suffix:
            return _into_folder(document, path, wanted, origin, pictures)
        form = path.suffix[1:].lower()
        if form not in FORMS:
            raise InputError(f"no document is written as {path.suffix}; choose one of {', '.join(FORMS)}, or a folder")
        pages: Iterable[DocumentPage] = document.pages
        if form == "md" and images and pictures is not None:
            folder = folder_next_to(path)
            pages = (save_pictures(page, pictures, folder) for page in pages)
        _write(document, pages, [(form, path)], wanted)
    return path


def _into_folder(
    document: Document, out: Path, wanted: Wanted, origin: Origin | None, pictures: PagePictures | None
) -> Path:
    key = origin.key if origin else ""
    key = key or hashlib.sha256(to_json(document).encode("utf-8", "backslashreplace")).hexdigest()
    folder = own_folder(out, document.name, key)
    make_folder(folder)
    (folder / MANIFEST).unlink(missing_ok=True)
    remove_pictures(folder)
    for suffix in SUFFIXES:
        (folder / f"{folder.name}{suffix}").unlink(missing_ok=True)
    pages = document.pages
    if pictures is not None:
        pages = tuple(save_pictures(page, pictures, within(folder)) for page in pages)
    files = [(form, folder / f"{folder.name}.{form}") for form in FOLDER_FORMS]
    _write(replace(document, name=folder.name), pages, files, replace(wanted, inside=False))
    incomplete = [page.number for page in pages if page.status != "SUCCESS"]
    names = [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]
    Manifest({"path": key, "saved": True}, document.status, len(pages), incomplete, names).write(folder)
    return folder


def _write(document: Document, pages: Iterable[DocumentPage], files: list[tuple[str, Path]], wanted: Wanted) -> None:
    """Write several forms at once, each whole or not at all; the last one gets its name first."""
    with ExitStack() as stack:
        writers: list[PageWriter] = []
        for form, path in files:
            temporary = stack.enter_context(replacing(path))
            writers.append(open_writer(form, stack.enter_context(temporary.open("wb")), document, wanted))
        for page in pages:
            for writer in writers:
                writer.add(page)
        for writer in writers:
            writer.close(document.errors)
