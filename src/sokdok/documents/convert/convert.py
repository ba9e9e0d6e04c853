"""A file into a folder of Markdown, JSON, HTML and pictures, page by page, to be resumed at any moment.

`pages_in_order` gives its pages as they are read instead.

- Each page is in the journal as soon as it is read; the files are written from the journal at the end, one page in
  memory at a time, each under a temporary name and renamed: Markdown, HTML, JSON, and the manifest last.
- A document that is done is not read again, unless the file or what is asked of it changed, or it failed altogether.
- Forms that are asked for later are written from the document's JSON, where it says what they need.
- Pages that failed are in the outputs as such; a document of them alone is a FAILURE, and tried again next time.

`read_pages` brings pages of a file through a reader: they are drawn (`draw`), read, and put together (`finish`).

- Pages of a window that share a mode are read together.
- Every page asked for comes out, in order but for those of a window. A page that can't be drawn or read is a failed
  page; a reader that breaks down over several pages is asked again about each.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, closing, contextmanager, nullcontext, suppress
from dataclasses import dataclass, replace
from itertools import groupby
from pathlib import Path
from typing import Any, Protocol

from sokdok.documents.blocks import Block
from sokdok.documents.build import failed_page
from sokdok.documents.convert.draw import Analysis, Noting, windows
from sokdok.documents.convert.finish import finish, needs_reader
from sokdok.documents.convert.folder import (
    MANIFEST,
    OPENING,
    SUFFIXES,
    Journal,
    Manifest,
    discard,
    folder_for,
    opening_deaths,
    read_manifest,
    remove_unfinished,
    room_on_disk,
)
from sokdok.documents.convert.folder import NAME as JOURNAL
from sokdok.documents.document import DocumentPage, Head, Status, status_of
from sokdok.documents.joining import joined_pages
from sokdok.documents.question import FOLDER_FORMS, Conversion, Question
from sokdok.documents.source import (
    Attached,
    Mail,
    PagePictures,
    SourceFile,
    open_source,
    remove_pictures,
    remove_unfinished_pictures,
    save_pictures,
    within,
)
from sokdok.documents.write import write_files
from sokdok.documents.write.json_file import Stored, read_json
from sokdok.documents.write.writer import Original, Pictures, Wanted
from sokdok.errors import InputError, SokdokError
from sokdok.files import check_file, make_folder, name_of, open_own, printable
from sokdok.jobs import MOST_DEATHS
from sokdok.pages.files import page_range
from sokdok.pages.page import OpeningDied, Page, PageError
from sokdok.reading.reading import Reader, Reading

WITHOUT_WORDS = {"md", "txt", "json", "docx", "xlsx"}
"""forms that need no words with their places: HTML marks those of little confidence, others put words on pictures"""


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
    """Hears of events of a conversion."""

    def begin(self, source: str, total: int, done: int) -> None:
        """A file of `total` pages is begun, of which `done` were read by an earlier run."""

    def page(self, page: DocumentPage) -> None:
        """A page is done."""


def convert(
    path: Path, out: Path, asked: Conversion, watcher: Watcher, *, redo: bool = False, name: str = ""
) -> Converted:
    """Convert one file into its folder in `out`. InputError if the file can't be used; what readers raise, too.

    `name` is what a new folder is called, by default as the file.
    """
    check_file(path)
    run = _Run(path, folder_for(out, path, name), asked, asked.job(path), redo)
    with closing(run.open()) as file:
        indices = page_range(asked.question.pages, len(file), file.source, asked.question.limits.pages)
        manifest = None if redo else read_manifest(run.folder)
        # Forms may be other ones, and words with their places may be there unasked.
        own = {"to": None, "words": None}
        is_done = manifest and manifest.status != "FAILURE" and {**manifest.job, **own} == {**run.job, **own}
        if manifest and is_done and (manifest.job.get("words") or not run.job["words"]):
            discard(run.folder)
            if added := run.add_forms(file, manifest):
                return added
        deaths = manifest.deaths if manifest and manifest.job == run.job else []
        with room_on_disk(run.folder):
            return run.read_and_write(file, indices, watcher, deaths)


@dataclass(frozen=True)
class _Run:
    """One file that becomes a folder."""

    path: Path
    folder: Path
    asked: Conversion
    job: dict[str, Any]  # all that is asked of the file, as plain JSON
    redo: bool

    def open(self) -> SourceFile:
        """Open the file, unless that ended its process twice; if it does so now, the folder keeps that for later."""
        source = printable(self.path)
        if not self.redo and opening_deaths(self.folder, self.job) >= MOST_DEATHS:
            raise InputError(f"{source} is left alone, since opening it ended its process twice; --redo tries it again")
        try:
            return open_source(self.path, self.asked.question, self.asked.pixels)
        except OpeningDied:
            with room_on_disk(self.folder):
                make_folder(self.folder)
                with closing(Journal(self.folder, self.job, restart=self.redo)) as journal:
                    journal.count_deaths(OPENING, 1)
            raise

    def add_forms(self, file: SourceFile, done: Manifest) -> Converted | None:
        """What is done already, its missing forms written from its JSON; None if that does not say enough."""
        folder, to = self.folder, self.asked.question.to
        missing = tuple(form for form in to if not (folder / f"{folder.name}.{form}").is_file())
        converted = Converted(folder, done.status, done.pages, done.incomplete, to, True)
        if not missing:
            return converted
        document = _finished(folder, missing, bool(done.job.get("words")))
        if document is None:
            return None
        forms = sorted({*done.job.get("to", ()), *missing})
        with room_on_disk(folder):
            self._write(
                file, Head(document.name, document.source, reader=document.reader), missing, document.pages, kept=forms
            )
            replace(done, job=done.job | {"to": forms}, files=self._files()).write(folder)
        return replace(converted, written=missing)

    def read_and_write(self, file: SourceFile, indices: list[int], watcher: Watcher, deaths: list[int]) -> Converted:
        """Read the pages that no earlier run read into the journal, then write all forms from it.

        `deaths` are numbers of pages at which processes died when the folder was last written.
        """
        journal = self._journal(deaths)
        pictures = PagePictures(lambda: file, self.asked.question.dpi)
        try:
            watcher.begin(file.source, len(indices), len(journal.statuses))
            for page, picture in self._read(file, indices, journal):
                if isinstance(picture, Page):
                    pictures.keep(page, picture.image)
                page = save_pictures(page, pictures, within(self.folder), self.asked.figures)
                journal.add(page)
                watcher.page(page)
            return self._finish(file, journal)
        finally:
            journal.close()
            if not journal.statuses and not journal.deaths.total():
                # Nothing was read. If the folder holds other things, the journal goes on saying whose it is.
                with suppress(OSError):
                    remove_pictures(self.folder)
                    if list(self.folder.iterdir()) == [journal.path]:
                        journal.path.unlink()
                        self.folder.rmdir()

    def _journal(self, deaths: list[int]) -> Journal:
        """The journal of an interrupted run or a new one; whatever was complete before is no longer."""
        make_folder(self.folder)
        journal = Journal(self.folder, self.job, restart=self.redo)
        for number, times in (Counter(deaths) - journal.deaths).items():
            journal.count_deaths(number, times)
        (self.folder / MANIFEST).unlink(missing_ok=True)
        remove_unfinished(self.folder)
        remove_unfinished_pictures(self.folder)
        if not journal.statuses:
            remove_pictures(self.folder)
        return journal

    def _read(
        self, file: SourceFile, indices: list[int], journal: Journal
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
        yield from read_pages(file, [index for index in missing if index not in deadly], self.asked, noted)

    def _finish(self, file: SourceFile, journal: Journal) -> Converted:
        """Write all forms from the journal, then the manifest; the journal has done its work."""
        to = self.asked.question.to
        head = Head(self.folder.name, file.source, reader=self.asked.reader_name)
        self._write(file, head, to, joined_pages(journal.pages()))
        statuses = journal.statuses
        incomplete = sorted(number for number, status in statuses.items() if status != "SUCCESS")
        converted = Converted(self.folder, status_of(statuses.values()), len(statuses), incomplete, to)
        files = self._files()
        files.remove(JOURNAL)
        deaths = sorted(number for number in journal.deaths.elements() if number != OPENING)
        Manifest(self.job, converted.status, converted.pages, incomplete, files, deaths).write(self.folder)
        journal.remove()
        return converted

    def _write(
        self,
        file: SourceFile,
        head: Head,
        forms: tuple[str, ...],
        pages: Iterable[DocumentPage],
        kept: Collection[str] = (),
    ) -> None:
        """Write forms of a document at once; one opened last gets its name first.

        Other forms are removed, as they would be of other pages, but for those of `kept`.
        """
        folder, question = self.folder, self.asked.question
        wanted = wanted_of(self.path, question, PagePictures(lambda: file, question.dpi, folder), inside=False)
        write_files([(form, folder / f"{folder.name}.{form}") for form in forms], head, pages, wanted)
        for suffix in SUFFIXES:  # an earlier run's would be of other pages
            if suffix[1:] not in (*forms, *kept):
                (folder / f"{folder.name}{suffix}").unlink(missing_ok=True)

    def _files(self) -> list[str]:
        return [path.relative_to(self.folder).as_posix() for path in sorted(self.folder.rglob("*")) if path.is_file()]


def _finished(folder: Path, forms: Collection[str], words: bool) -> Stored | None:
    """The document of a finished folder, if it says what `forms` need; `words` is whether it has words."""
    if not words and not WITHOUT_WORDS.issuperset(forms):
        return None
    try:
        with open_own(folder / f"{folder.name}.json") as file:
            return read_json(file.read().decode())
    except (OSError, ValueError, InputError):  # it is not there, or somebody changed it: the file is read again
        return None


def wanted_of(path: Path, question: Question, pictures: Pictures, *, inside: bool) -> Wanted:
    """What writers are asked for; `inside`: figures are part of an HTML file."""
    original = Original(path, question.password, question.limits)
    return Wanted(question.headers, question.words, question.page_images, pictures, inside, original)


def head_of(path: Path, asked: Conversion) -> Head:
    """The document of a file without its pages, which is what a `PageWriter` begins with."""
    return Head(name_of(path), printable(path), reader=asked.reader_name)


def pages_in_order(path: Path, asked: Conversion, watcher: Watcher | None = None) -> Iterator[DocumentPage]:
    """Read the pages of a file that are asked for; they come in order, with what goes on from page to page joined."""
    return joined_pages(_in_order(path, asked, watcher))


def _in_order(path: Path, asked: Conversion, watcher: Watcher | None) -> Iterator[DocumentPage]:
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


def read_pages(
    file: SourceFile, indices: Sequence[int], asked: Conversion, noting: Noting = nullcontext
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    """Each page that `indices` names, read, with its picture, as soon as it is read: within a batch, in any order.

    There is no picture of a page that did not have to be drawn.

    `noting` is entered while a page is drawn, with its number. SokdokErrors of the reader pass through. Raises
    InputError at a page that is not SUCCESS, if `asked` is strict.
    """
    for page, picture in _pages(file, indices, asked, noting):
        if asked.question.strict and page.status != "SUCCESS":
            raise InputError(f"{file.source}, page {page.number}, is {page.status}: {page.error}")
        yield page, picture


def _pages(
    file: SourceFile, indices: Sequence[int], asked: Conversion, noting: Noting
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    if isinstance(file, Mail):
        yield from _mailed(file, indices, asked, noting)
        return
    for window in windows(file, indices, asked, noting):
        for error in (page for page in window if isinstance(page, PageError)):
            yield failed_page((error.index or 0) + 1, error.message), error
        for analysis, reading in _read([page for page in window if isinstance(page, Analysis)], asked):
            page = finish(analysis, reading, asked)
            is_first = analysis.index == (indices[0] if asked.question.pages else 0)
            remarks = filter(None, (file.remark if is_first else "", file.lost_layers.get(analysis.index)))
            yield replace(page, warnings=(*page.warnings, *remarks)), analysis.page


def _mailed(
    mail: Mail, indices: Sequence[int], asked: Conversion, noting: Noting
) -> Iterator[tuple[DocumentPage, Page | PageError | None]]:
    """Pages of a mail: its message's, and those of what is attached, the first of each below its name."""
    for attached, places in mail.parts(indices):
        if attached is None:
            for page, picture in _pages(mail.message, places, asked, noting):
                warnings = (*page.warnings, *filter(None, [mail.warning]))  # names of files that are not opened
                if mail.error and page.status == "SUCCESS":
                    page = replace(page, status="PARTIAL", error=mail.error)
                yield replace(page, warnings=warnings), picture
            continue
        first, waiting = attached.first, dict.fromkeys(places)

        def noted(number: int, first: int = first) -> AbstractContextManager[object]:
            return noting(first + number)

        try:
            file = mail.opened(attached)
            for page, picture in _pages(file, places, asked, noted):
                waiting.pop(page.number - 1)
                yield _below_name(page, attached), picture
            why = f"{attached.name} is left alone: the {file.given_up}" if file.given_up else ""
        except InputError as error:  # the mail and its other files are none the worse for it
            why = str(error)
        for place in waiting:
            yield _below_name(failed_page(place + 1, why), attached), PageError(mail.source, first + place, why)


def _below_name(page: DocumentPage, attached: Attached) -> DocumentPage:
    """A page of an attached file as one of its mail: the name is a heading, or in what a failed page says."""
    page = replace(page, number=attached.first + page.number)
    if page.status == "FAILURE":
        return page if attached.name in page.error else replace(page, error=f"{attached.name}: {page.error}")
    if page.number > attached.first + 1:
        return page
    return replace(page, blocks=(Block("sub_title", None, f"## {attached.name}"), *page.blocks))


def _read(window: list[Analysis], asked: Conversion) -> Iterator[tuple[Analysis, Reading | None]]:
    """Pages of one mode together; those whose words the text layer has, as they are."""
    reader = None if asked.question.source == "text-layer" else asked.reader
    waiting = [] if reader is None else [analysis for analysis in window if needs_reader(analysis, reader, asked)]
    yield from ((analysis, None) for analysis in window if analysis not in waiting)

    def mode_of(analysis: Analysis) -> str:
        return analysis.choice.mode or ""

    for mode, group in groupby(sorted(waiting, key=mode_of), key=mode_of):
        assert reader is not None
        yield from _read_group(list(group), mode, reader, asked)


def _read_group(
    group: list[Analysis], mode: str, reader: Reader, asked: Conversion
) -> Iterator[tuple[Analysis, Reading | None]]:
    """Every page of a group once, whatever the reader does."""
    options = {**asked.arguments, **({"mode": mode} if mode else {})}
    waiting = dict(enumerate(group))
    why = "the reader gave no answer for this page"
    try:
        for reading in reader.read(
            (analysis.page for analysis in group if analysis.page), batch_size=asked.question.batch, **options
        ):
            yield waiting.pop(reading.page), reading
    except SokdokError:
        raise
    except Exception as error:  # no reader should: find out which page it was
        why = f"the reader broke ({str(error) or type(error).__name__})"
        if len(group) > 1:
            for analysis in waiting.values():
                yield from _read_group([analysis], mode, reader, asked)
            return
    for analysis in waiting.values():
        yield analysis, Reading(0, analysis.page.source if analysis.page else "", "failed", "", error=why)
