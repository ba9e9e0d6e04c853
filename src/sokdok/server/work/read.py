"""What a child that reads does: pages of documents, pictures with a prompt, figures.

It reads by the code of `sokdok convert` and `sokdok read`. Files are opened, and pages drawn, in an isolated child.
What is wrong with a file is a failed page, or the reason why it has none; what has nothing to do with it is raised as a
SokdokError that is no InputError.
"""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from sokdok.documents.convert.convert import read_pages
from sokdok.documents.convert.draw import WINDOW_PIXELS
from sokdok.documents.question import Conversion, Question
from sokdok.documents.source import open_source
from sokdok.documents.write.json_file import page_to_json
from sokdok.errors import EndpointError, InputError, MissingExtraError, SokdokError, in_one_line
from sokdok.files import printable
from sokdok.jobs import Child
from sokdok.jobs.child import running
from sokdok.pages.files import open_file
from sokdok.pages.isolated import OPEN_PAGES
from sokdok.pages.page import Page, PageError
from sokdok.reading import ENDPOINTS, load
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.prompts import PLAIN
from sokdok.reading.reading import Reader, Reading, Sampling
from sokdok.reading.remote.key import base_address
from sokdok.server.engine.job import About, FigureOptions, PageRead, PictureRead, ReaderSetup, ReadJob, failed_row
from sokdok.server.errors import without_options
from sokdok.server.work.figures import figure_row
from sokdok.tokens import count_text

if TYPE_CHECKING:
    from sokdok.reading.remote.reader import RemoteReader

_LOCKED = "give its password with --password, or save a copy without one"  # as a picture's error has it
_TRIES_OF_SEVERAL = 2  # at one of several endpoints: then another one is asked


class PageReader:
    """Reads for one server. Raises SokdokError where its reader can't be opened."""

    def __init__(self, setup: ReaderSetup) -> None:
        self.setup = setup
        self.spool = Path(setup.spool)
        self._remote = setup.question.reader.startswith(ENDPOINTS)
        self._opening = threading.Lock()  # one picture at a time: one process that opens them is enough
        # So many documents as keep an endpoint busy: each has a process that draws its pages.
        self._documents = threading.Semaphore(setup.concurrency // setup.batch + 1)
        Child.prepare(setup.limits, OPEN_PAGES)  # the first file need not wait for it
        self.reader = self._loaded()

    def _loaded(self) -> Reader:
        asked, setup = self.setup.question, self.setup
        if self._remote:
            from sokdok.reading.remote.endpoint import TRIES
            from sokdok.reading.remote.reader import RemoteReader

            tries = TRIES if setup.alone else _TRIES_OF_SEVERAL
            return RemoteReader(asked.reader, asked.model, concurrency=setup.concurrency, tries=tries)
        return load(asked.reader, model=asked.model, dtype=asked.dtype, device=setup.device, threads=setup.threads)

    @property
    def batch_size(self) -> int:
        """Pages that the reader reads in one call at a gain: nano has a core for each, a checkpoint reads batches.

        An endpoint is asked for each page by itself, several at the same time.
        """
        if self._remote:
            return 1
        return max(self.setup.threads, 1) if isinstance(self.reader, NanoReader) else self.setup.batch

    def about(self) -> About:
        """What is open."""
        return About(self.reader.name, self.batch_size)

    def read(self, jobs: list[ReadJob], pages: list[int], singly: bool) -> Iterator[PageRead]:
        """Every page asked for once, in any order: of one job, or of pictures about which the same is asked."""
        if self._remote:  # who leaves takes back its requests; others end with their page
            thread = threading.get_ident()
            running().on_leave = lambda: cast("RemoteReader", self.reader).cancel(thread)
        try:
            if jobs[0].kind == "picture":
                yield from self.read_pictures(jobs)
            else:
                yield from self.read_pages(jobs[0], pages, singly)
        except asyncio.CancelledError:  # it was left
            return

    def read_pages(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        """Pages of a document, or a figure."""
        missing, reason = set(pages), "the page could not be read"
        try:
            for page in self._figure(job) if job.kind == "figure" else self._document(job, pages, singly):
                if page.number in missing:
                    missing.remove(page.number)
                    yield page
        except Exception as error:
            reason = self._reason(error, job)
        for number in sorted(missing):
            yield _failed(job, number, reason)

    def read_pictures(self, jobs: Sequence[ReadJob]) -> Iterator[PageRead]:
        """Pictures about which the same is asked, in as few calls of the reader as memory allows."""
        window: dict[int, Page] = {}  # by their places among the jobs
        pixels = 0
        for place, job in enumerate(jobs):
            try:
                page = self._picture(job)
            except Exception as error:
                yield _failed(job, 1, self._reason(error, job), place)
                continue
            size = page.size[0] * page.size[1]
            if window and pixels + size > WINDOW_PIXELS:
                yield from self._readings(jobs, window)
                window, pixels = {}, 0
            window[place] = page
            pixels += size
        if window:
            yield from self._readings(jobs, window)

    def _readings(self, jobs: Sequence[ReadJob], window: dict[int, Page]) -> Iterator[PageRead]:
        """What the reader says of some pictures; where it breaks down over several, of each by itself."""
        places, waiting = list(window), dict(window)
        question, reason = jobs[0].asked, "the reader gave no answer for this picture"
        prompt = PLAIN if question.prompt is None else question.prompt
        try:
            self.reader.abilities.check_prompt(self.reader.name, prompt)
            options = self._options(question)
            for reading in self.reader.read(list(window.values()), prompt, batch_size=len(window), **options):
                place = places[reading.page]
                del waiting[place]
                yield self._picture_read(reading, prompt, place)
        except Exception as error:
            reason = self._reason(error, jobs[places[0]])
            if len(window) > 1 and not isinstance(error, SokdokError):
                for place, page in waiting.items():
                    yield from self._readings(jobs, {place: page})
                return
        for place in waiting:
            yield _failed(jobs[place], 1, reason, place)

    def _picture_read(self, reading: Reading, prompt: str, place: int) -> PageRead:
        failed = reading.status == "failed"
        read = PictureRead(
            reading.text,
            reading.status,
            self._redacted(reading.error),
            reading.vision_tokens,
            count_text(reading.text),
            count_text(prompt.replace("<image>", "")),
        )
        # It could be opened: what fails now is the endpoint's.
        of_endpoint = read.error if failed and self._remote else ""
        return PageRead(1, msgspec.json.encode(read), failed, of_endpoint, place)

    def _document(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        batch = 1 if singly else self.setup.batch
        reader = self.reader if job.asked.needs_reader else None
        if reader is not None and not self._remote:
            batch = min(batch, self.batch_size)  # more would only make the first pages wait for the last
        path = self.spool / job.upload
        question = msgspec.structs.replace(job.asked, batch=batch, limits=self.setup.limits)
        conversion = Conversion(question, reader)
        in_json = _in_json(printable(path)), _in_json(job.shown_as)  # a path in a row, and what is put in its place
        opened = open_source(path, question, conversion.pixels)
        with self._documents, closing(opened) as file:
            for page, drawn in read_pages(file, [number - 1 for number in pages], conversion):
                if page.error:
                    page = replace(page, error=without_options(page.error))
                text = page_to_json(page).replace(*in_json)
                failed = page.status == "FAILURE"
                # What could be drawn was not read: that is the endpoint's fault.
                of_endpoint = self._redacted(page.error) if failed and self._remote and isinstance(drawn, Page) else ""
                yield PageRead(page.number, self._redacted(text).encode(), failed, of_endpoint)

    def _figure(self, job: ReadJob) -> Iterator[PageRead]:
        from sokdok.figures.readers import figure_reader

        page = self._picture(job)
        asked = job.figure or FigureOptions()
        yield PageRead(1, figure_row(page.image, job.shown_as, asked, figure_reader(self.reader)))

    def _picture(self, job: ReadJob) -> Page:
        """Raises InputError for what is none."""
        path = self.spool / job.upload
        with self._opening, closing(open_file(path, source=job.shown_as, limits=self.setup.limits)) as file:
            page = file.page(0)
        if isinstance(page, PageError):
            raise InputError(page.message)
        return page

    def _options(self, question: Question) -> dict[str, Any]:
        options, able = dict[str, Any](), self.reader.abilities
        if question.max_tokens is not None and able.takes("max_tokens"):
            options["max_tokens"] = question.max_tokens
        if question.temperature is not None and able.sampling:
            options["sampling"] = Sampling(question.temperature, question.top_p or 1.0)
        return options

    def _reason(self, error: Exception, job: ReadJob) -> str:
        """Why a file failed, by the name that people know. Raises the error where that is not the file's fault."""
        if isinstance(error, EndpointError):
            raise EndpointError(self._redacted(str(error))) from None
        if isinstance(error, SokdokError) and not isinstance(error, InputError | MissingExtraError):
            raise error
        return in_one_line(error).replace(printable(self.spool / job.upload), job.shown_as)

    def _redacted(self, text: str) -> str:
        """A text without the endpoint's address, which is nobody's business but the operator's."""
        return text.replace(base_address(self.setup.question.reader), "the endpoint") if self._remote else text


def _in_json(text: str) -> str:
    return msgspec.json.encode(text).decode()[1:-1]


def _failed(job: ReadJob, number: int, reason: str, place: int = 0) -> PageRead:
    # Documents are asked for their password before they are accepted: here is a picture, for which there is no field.
    reason = reason.replace(_LOCKED, "save a copy without its password")
    return PageRead(number, failed_row(job.kind, number, reason), failed=True, place=place)
