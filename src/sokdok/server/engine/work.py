"""What a worker does: looks at files and reads pages, by the code of `sokdok convert` and `sokdok read`.

Files are opened, and pages drawn, in an isolated child. What is wrong with a file is a failed page, or the reason why
it has none; what has nothing to do with it is raised as a SokdokError that is no InputError.
"""

from __future__ import annotations

import threading
from collections.abc import Iterator, Sequence
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import msgspec

from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.draw import WINDOW_PIXELS
from sokdok.documents.convert.open_source import open_source
from sokdok.documents.convert.read_pages import read_pages
from sokdok.documents.question import Question
from sokdok.documents.write.json_file import page_to_json
from sokdok.errors import EndpointError, InputError, MissingExtraError, SokdokError, in_one_line
from sokdok.files import printable
from sokdok.jobs import prepare
from sokdok.pages.child import OPEN_PAGES
from sokdok.pages.files import open_file, page_range
from sokdok.pages.page import Page, PageError
from sokdok.reading.load import ENDPOINTS, load
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.prompts import PLAIN
from sokdok.reading.reading import Reader, Reading, Sampling
from sokdok.reading.remote.key import base_address
from sokdok.server.engine.figures import figure_read
from sokdok.server.engine.messages import (
    CountPages,
    FigureAsked,
    PageRead,
    PagesCounted,
    PictureRead,
    Read,
    Ready,
    Setup,
)
from sokdok.server.engine.refused import PASSWORD_FIELD
from sokdok.server.engine.rows import failed_row
from sokdok.tokens import count_text

if TYPE_CHECKING:
    from sokdok.reading.remote.reader import RemoteReader

_AT_TERMINAL = "give its password with --password"  # as a file's error has it
_TRIES_OF_SEVERAL = 2  # at one of several endpoints: then another one is asked


class Work:
    """Looks and reads for one server."""

    def __init__(self, setup: Setup) -> None:
        self.setup = setup
        self._remote = setup.question.reader.startswith(ENDPOINTS)
        self._opening = threading.Lock()
        """one picture at a time: one process that opens them is enough"""
        self._documents = threading.Semaphore(setup.concurrency // setup.batch + 1)
        """so many as keep an endpoint busy: each has a process that draws its pages"""

    @cached_property
    def reader(self) -> Reader:
        """Loaded at the first use. Raises SokdokError."""
        asked, setup = self.setup.question, self.setup
        if self._remote:
            from sokdok.reading.remote.endpoint import TRIES
            from sokdok.reading.remote.reader import RemoteReader

            tries = TRIES if setup.alone else _TRIES_OF_SEVERAL
            return RemoteReader(asked.reader, asked.model, concurrency=setup.concurrency, tries=tries)
        return load(asked.reader, model=asked.model, dtype=asked.dtype, device=setup.device, threads=setup.threads)

    @cached_property
    def batch_size(self) -> int:
        """Pages that the reader reads in one call at a gain: nano has a core for each, a checkpoint reads batches.

        An endpoint is asked for each page by itself, several at the same time.
        """
        if self._remote:
            return 1
        return max(self.setup.threads, 1) if isinstance(self.reader, NanoReader) else self.setup.batch

    def ready(self) -> Ready:
        """Open the reader, where there is one to be. Raises SokdokError."""
        prepare(self.setup.limits, OPEN_PAGES)  # the first file need not wait for it
        if not self.setup.reads:
            return Ready()
        able = self.reader.abilities
        concurrency = self.setup.concurrency if self._remote else 1
        return Ready(self.reader.name, able.tasks, able.prompts, concurrency, self.batch_size)

    def cancel(self, thread: int) -> None:
        """Nobody waits for what a thread works on: an endpoint's requests are cancelled, others end with their page."""
        if self._remote:
            cast("RemoteReader", self.reader).cancel(thread)

    def page_numbers(self, asked: CountPages) -> PagesCounted:
        """Which pages of a file are meant."""
        path = Path(self.setup.spool, asked.upload)
        try:
            with closing(open_source(path, Question(limits=self.setup.limits))) as file:
                indices = page_range(asked.pages, len(file), file.source, self.setup.limits.pages)
            return PagesCounted(asked.id, tuple(index + 1 for index in indices))
        except Exception as error:
            reason = self._reason(error, path, asked.shown_as)
            return PagesCounted(asked.id, reason=reason.replace(_AT_TERMINAL, f"give its password {PASSWORD_FIELD}"))

    def read_all(self, asked: Sequence[Read]) -> Iterator[PageRead]:
        """Every page asked for once, in any order; of several requests all are of pictures (`Read.goes_with`)."""
        if asked[0].job.kind == "picture":
            yield from self.read_pictures(asked)
        else:
            yield from self.read(asked[0])

    def read(self, asked: Read) -> Iterator[PageRead]:
        """The same of one document or figure."""
        job, path = asked.job, self._path(asked)
        missing, reason = set(asked.pages), "the page could not be read"
        rows = self._figure(asked) if job.kind == "figure" else self._document(asked, path)
        try:
            for page in rows:
                if page.number in missing:
                    missing.remove(page.number)
                    yield page
        except Exception as error:
            reason = self._reason(error, path, job.shown_as)
        for number in sorted(missing):
            yield _failed(asked, number, reason)

    def read_pictures(self, asked: Sequence[Read]) -> Iterator[PageRead]:
        """The same of pictures about which the same is asked, in as few calls of the reader as memory allows."""
        window: list[tuple[Read, Page]] = []
        pixels = 0
        for each in asked:
            try:
                page = self._picture(each)
            except Exception as error:
                yield _failed(each, 1, self._reason(error, self._path(each), each.job.shown_as))
                continue
            size = page.size[0] * page.size[1]
            if window and pixels + size > WINDOW_PIXELS:
                yield from self._readings(window)
                window, pixels = [], 0
            window.append((each, page))
            pixels += size
        if window:
            yield from self._readings(window)

    def _document(self, asked: Read, path: Path) -> Iterator[PageRead]:
        batch = 1 if asked.singly else self.setup.batch
        reader = self.reader if asked.job.asked.needs_reader else None
        if reader is not None and not self._remote:
            batch = min(batch, self.batch_size)  # more would only make the first pages wait for the last
        question = msgspec.structs.replace(asked.job.asked, batch=batch, limits=self.setup.limits)
        conversion = Conversion(question, reader)
        with self._documents, closing(open_source(path, question, conversion.pixels)) as file:
            inside = [number - 1 for number in asked.pages if number <= len(file)]
            for page, drawn in read_pages(file, inside, conversion):
                text = page_to_json(page).replace(*_in_json(path, asked.job.shown_as))
                failed = page.status == "FAILURE"
                # What could be drawn was not read: that is the endpoint's fault.
                of_endpoint = self._hidden(page.error) if failed and self._remote and isinstance(drawn, Page) else ""
                yield PageRead(asked.id, page.number, self._hidden(text).encode(), failed, of_endpoint)

    def _picture(self, asked: Read) -> Page:
        """Raises InputError for what is none."""
        limits = self.setup.limits
        with self._opening, closing(open_file(self._path(asked), source=asked.job.shown_as, limits=limits)) as file:
            page = file.page(0)
        if isinstance(page, PageError):
            raise InputError(page.message)
        return page

    def _readings(self, window: list[tuple[Read, Page]]) -> Iterator[PageRead]:
        """What the reader says of some pictures; where it breaks down over several, of each by itself."""
        waiting = dict(enumerate(window))
        question, reason = window[0][0].job.asked, "the reader gave no answer for this picture"
        prompt = PLAIN if question.prompt is None else question.prompt
        try:
            self.reader.abilities.check_prompt(self.reader.name, prompt)
            pages = [page for _, page in window]
            for reading in self.reader.read(pages, prompt, batch_size=len(window), **self._options(question)):
                yield self._told(waiting.pop(reading.page)[0], reading, prompt)
        except Exception as error:
            asked = window[0][0]
            reason = self._reason(error, self._path(asked), asked.job.shown_as)
            if len(window) > 1 and not isinstance(error, SokdokError):
                for alone in waiting.values():
                    yield from self._readings([alone])
                return
        for each, _ in waiting.values():
            yield _failed(each, 1, reason)

    def _told(self, asked: Read, reading: Reading, prompt: str) -> PageRead:
        failed = reading.status == "failed"
        told = PictureRead(
            reading.text,
            reading.status,
            self._hidden(reading.error),
            reading.vision_tokens,
            count_text(reading.text),
            count_text(prompt.replace("<image>", "")),
        )
        # It could be opened: what fails now is the endpoint's.
        of_endpoint = told.error if failed and self._remote else ""
        return PageRead(asked.id, 1, msgspec.json.encode(told), failed, of_endpoint)

    def _options(self, question: Question) -> dict[str, Any]:
        options, able = dict[str, Any](), self.reader.abilities
        if question.max_tokens is not None and able.takes("max_tokens"):
            options["max_tokens"] = question.max_tokens
        if question.temperature is not None and able.sampling:
            options["sampling"] = Sampling(question.temperature, question.top_p or 1.0)
        return options

    def _path(self, asked: Read) -> Path:
        return Path(self.setup.spool, asked.job.upload)

    def _reason(self, error: Exception, path: Path, name: str) -> str:
        """Why a file failed, by the name that people know. Raises the error where that is not the file's fault."""
        if isinstance(error, EndpointError):
            raise EndpointError(self._hidden(str(error))) from None
        if isinstance(error, SokdokError) and not isinstance(error, InputError | MissingExtraError):
            raise error
        return in_one_line(error).replace(printable(path), name)

    def _hidden(self, text: str) -> str:
        """A text without the endpoint's address, which is nobody's business but the operator's."""
        return text.replace(base_address(self.setup.question.reader), "the endpoint") if self._remote else text

    def _figure(self, asked: Read) -> Iterator[PageRead]:
        from sokdok.figures.readers import figure_reader

        page = self._picture(asked)
        told = figure_read(page.image, asked.job.figure or FigureAsked(), figure_reader(self.reader))
        yield PageRead(asked.id, 1, msgspec.json.encode(told))


def _in_json(path: Path, name: str) -> tuple[str, str]:
    """A path in a row, and the name to put in its place."""
    return msgspec.json.encode(printable(path)).decode()[1:-1], msgspec.json.encode(name).decode()[1:-1]


def _failed(asked: Read, number: int, reason: str) -> PageRead:
    # Documents are asked for their password before they are accepted: here is a picture, for which there is no field.
    reason = reason.replace(f"{_AT_TERMINAL}, or save a copy without one", "save a copy without its password")
    return PageRead(asked.id, number, failed_row(asked.job.kind, number, reason), failed=True)
