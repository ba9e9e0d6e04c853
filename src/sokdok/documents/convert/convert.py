"""A file into a folder of Markdown, JSON, HTML and pictures, page by page, to be resumed at any moment.

- Each page is in the journal as soon as it is read; the files are written from the journal at the end, one page in
  memory at a time, each under a temporary name and renamed: Markdown, HTML, JSON, and the manifest last.
- A document that is done is not read again, unless the file or what is asked of it changed, or it failed altogether.
- Pages that failed are in the outputs as such; a document of them alone is a FAILURE, and tried again next time.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Protocol

import msgspec

from sokdok.documents.build import failed_page
from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.journal import MOST_DEATHS, OPENING, Journal, discard, opening_deaths
from sokdok.documents.convert.journal import NAME as JOURNAL
from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.convert.outputs import (
    MANIFEST,
    Manifest,
    folder_for,
    read_manifest,
    remove_unfinished,
    room_on_disk,
)
from sokdok.documents.convert.pictures import (
    remove_pictures,
    remove_unfinished_pictures,
    save_pictures,
    within,
)
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.convert.write_files import finished_document, write_files
from sokdok.documents.document import Document, DocumentPage, Status, status_of
from sokdok.documents.joining import joined_pages
from sokdok.documents.question import FOLDER_FORMS
from sokdok.documents.write.page_pictures import PagePictures
from sokdok.errors import InputError
from sokdok.files import check_file, make_folder, printable
from sokdok.pages.files import page_range
from sokdok.pages.page import OpeningDied, Page, PageError


@dataclass(frozen=True)
class Converted:
    """What became of a file."""

    folder: Path
    status: Status
    pages: int
    incomplete: list[int]  # numbers of pages that are PARTIAL or FAILURE
    to: tuple[str, ...] = FOLDER_FORMS  # forms that were written
    skipped: bool = False  # whether it was done already
    written: tuple[str, ...] = ()  # forms that were written from what was done already

    @property
    def path(self) -> Path:
        """The file to look at first: the Markdown, or else the first form that was asked for."""
        return self.folder / f"{self.folder.name}.{'md' if 'md' in self.to else self.to[0]}"


class Watcher(Protocol):
    """Told how the work goes on."""

    def begin(self, source: str, total: int, done: int) -> None:
        """A file of `total` pages is begun, of which `done` were read by an earlier run."""

    def page(self, page: DocumentPage) -> None:
        """A page is done."""


def convert(
    path: Path,
    out: Path,
    asked: Conversion,
    watcher: Watcher,
    *,
    redo: bool = False,
    name: str = "",
) -> Converted:
    """Convert one file into its folder in `out`. InputError if the file can't be used; what readers raise, too.

    `name` is what a new folder is called, by default as the file.
    """
    check_file(path)
    folder, job = folder_for(out, path, name), asked.job(path)
    with closing(_open(path, folder, job, asked, redo)) as file:
        indices = page_range(asked.question.pages, len(file), file.source, asked.question.limits.pages)
        manifest = read_manifest(folder)
        if manifest and not redo and manifest.status != "FAILURE" and _covers(manifest.job, job):
            discard(folder)
            added = _added(file, path, folder, asked, manifest)
            if added:
                return added
        deaths = manifest.deaths if manifest and not redo and manifest.job == job else []
        with room_on_disk(folder):
            return _converted(file, path, indices, folder, job, asked, watcher, redo, deaths)


def _covers(done: dict[str, Any], job: dict[str, Any]) -> bool:
    """Whether what is done is what a job asks for, its forms apart; words with their places may be there unasked."""
    words = bool(done.get("words")) or not job["words"]
    return words and {**done, "to": None, "words": None} == {**job, "to": None, "words": None}


def _added(file: SourceFile, path: Path, folder: Path, asked: Conversion, done: Manifest) -> Converted | None:
    """What is done already, with the forms that it lacks written from its JSON; None if that does not say enough."""
    missing = tuple(form for form in asked.question.to if not (folder / f"{folder.name}.{form}").is_file())
    converted = Converted(folder, done.status, done.pages, done.incomplete, asked.question.to, True)
    if not missing:
        return converted
    document = finished_document(folder, missing, bool(done.job.get("words")))
    if document is None:
        return None
    forms = sorted({*done.job.get("to", ()), *missing})
    with room_on_disk(folder):
        write_files(
            file,
            path,
            folder,
            document,
            replace(asked, question=msgspec.structs.replace(asked.question, to=missing)),
            document.pages,
            kept=forms,
        )
        replace(done, job=done.job | {"to": forms}, files=_files(folder)).write(folder)
    return replace(converted, written=missing)


def _files(folder: Path) -> list[str]:
    return [path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()]


def _open(path: Path, folder: Path, job: dict[str, Any], asked: Conversion, redo: bool) -> SourceFile:
    """Open the file, unless that ended its process twice; if it does so now, the folder keeps that for the next run."""
    source = printable(path)
    if not redo and opening_deaths(folder, job) >= MOST_DEATHS:
        raise InputError(f"{source} is left alone, since opening it ended its process twice; --redo tries it again")
    try:
        return open_source(path, asked.question, asked.pixels)
    except OpeningDied:
        with room_on_disk(folder):
            make_folder(folder)
            with closing(Journal(folder, job, restart=redo)) as journal:
                journal.count_deaths(OPENING, 1)
        raise


def _converted(
    file: SourceFile,
    path: Path,
    indices: list[int],
    folder: Path,
    job: dict[str, Any],
    asked: Conversion,
    watcher: Watcher,
    redo: bool,
    deaths: list[int],
) -> Converted:
    journal = _journal(folder, job, redo, deaths)
    pictures = PagePictures(lambda: file, asked.question.dpi)
    try:
        watcher.begin(file.source, len(indices), len(journal.statuses))
        for page, picture in _read(file, indices, journal, asked):
            if isinstance(picture, Page):
                pictures.keep(page, picture.image)
            page = save_pictures(page, pictures, within(folder), asked.figures)
            journal.add(page)
            watcher.page(page)
        return _write(file, path, folder, job, asked, journal)
    finally:
        journal.close()
        if not journal.statuses and not journal.deaths.total():
            with suppress(OSError):
                _leave_nothing(folder, journal)


def _leave_nothing(folder: Path, journal: Journal) -> None:
    """Nothing was read: remove the folder. If it holds other things, the journal goes on saying whose it is."""
    remove_pictures(folder)
    if list(folder.iterdir()) == [journal.path]:
        journal.path.unlink()
        folder.rmdir()


def _read(
    file: SourceFile, indices: list[int], journal: Journal, asked: Conversion
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    """Pages that no earlier run read; one at which processes died before is a failed page."""

    @contextmanager
    def noted(number: int) -> Iterator[None]:
        before = file.deaths
        journal.begin(number)
        try:
            yield
        finally:
            journal.end(number, file.deaths - before)

    missing = [index for index in indices if index + 1 not in journal.statuses]
    deadly = [index for index in missing if journal.deaths[index + 1] >= MOST_DEATHS]
    for index in deadly:
        error = PageError(file.source, index, "left alone, since it ended its process twice; --redo tries it again")
        yield failed_page(index + 1, error.message), error
    yield from read_pages(file, [index for index in missing if index not in deadly], asked, noted)


def _journal(folder: Path, job: dict[str, Any], redo: bool, deaths: list[int]) -> Journal:
    """The journal of an interrupted run or a new one; whatever was complete before is no longer."""
    make_folder(folder)
    journal = Journal(folder, job, restart=redo)
    for number, times in (Counter(deaths) - journal.deaths).items():
        journal.count_deaths(number, times)
    (folder / MANIFEST).unlink(missing_ok=True)
    remove_unfinished(folder)
    remove_unfinished_pictures(folder)
    if not journal.statuses:
        remove_pictures(folder)
    return journal


def _write(
    file: SourceFile, path: Path, folder: Path, job: dict[str, Any], asked: Conversion, journal: Journal
) -> Converted:
    head = Document(folder.name, file.source, reader=asked.reader_name)
    write_files(file, path, folder, head, asked, joined_pages(journal.pages()))
    statuses = journal.statuses
    converted = Converted(
        folder,
        status_of(statuses.values()),
        len(statuses),
        sorted(number for number, status in statuses.items() if status != "SUCCESS"),
        asked.question.to,
    )
    files = _files(folder)
    files.remove(JOURNAL)
    deaths = sorted(number for number in journal.deaths.elements() if number != OPENING)
    Manifest(job, converted.status, converted.pages, converted.incomplete, files, deaths).write(folder)
    journal.remove()
    return converted
