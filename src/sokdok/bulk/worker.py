"""A worker: looks at files, and reads units by the code of `sokdok convert`, whatever their files do.

- A file is opened, and its pages drawn, in a child with limits. What goes wrong with it is the reason of failed pages.
- What has nothing to do with the document is raised as a SokdokError that is no InputError: a checkpoint that is
  missing, an endpoint or a store that does not answer, a full disk. The unit is left as it was.
"""

from __future__ import annotations

import hashlib
import os
import socket
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import closing, suppress
from dataclasses import replace
from functools import cached_property
from pathlib import Path

import msgspec

from sokdok.bulk.engine import NO_DOCUMENT, Done, Looked, Lost, Read
from sokdok.bulk.plan import Unit
from sokdok.bulk.results import Header, Tally, encode_result, page_line, read_result, result_name
from sokdok.bulk.served import is_served, open_served
from sokdok.bulk.sources import Item, Source
from sokdok.bulk.sources import open_source as open_collection
from sokdok.bulk.store import Store
from sokdok.documents.build import failed_page
from sokdok.documents.convert.convert import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion, Question, open_reader, require_taken
from sokdok.documents.source import SourceFile, open_source
from sokdok.errors import InputError, MissingExtraError, SokdokError, in_one_line, is_disk_full
from sokdok.files import open_regular, printable
from sokdok.office.kinds import is_document
from sokdok.pages.files import page_range
from sokdok.reading import Reader
from sokdok.reasons import reason_of, say
from sokdok.tokens.deepseek import count_text


class Gathering:
    """The pages of a unit, each once, gathered into its result: kept as lines, a tenth of what they take as objects.

    Of an `earlier` attempt all pages are taken over that did not fail.
    """

    def __init__(self, header: Header, unit: Unit, earlier: Iterable[DocumentPage]) -> None:
        self.header, self.unit = header, unit
        self._lines: dict[int, bytes] = {}
        for page in earlier:
            if page.status != "FAILURE":
                self.take(page)

    @property
    def missing(self) -> list[int]:
        """Numbers of pages that were not taken yet, in order."""
        return [number for number in self.unit.numbers if number not in self._lines]

    def take(self, page: DocumentPage, seconds: float = 0.0) -> None:
        """Take a page, which took so long."""
        page, self._lines[page.number] = page_line(page)
        self.header.tally.count(page, self.unit.path, seconds, count_text(page.text))

    def put(self, store: Store) -> bool:
        """Put the result; False where there is one already."""
        data = encode_result(self.header, (self._lines[number] for number in sorted(self._lines)))
        return store.create(result_name(self.unit.id, self.header.attempt), data)


class Worker:
    """Works on units of one question. `sources` are the addresses of the run's sources, opened when they are needed."""

    def __init__(self, question: Question, sources: Sequence[str], threads: int = 1, endpoint: str = "") -> None:
        self.question, self._threads, self._endpoint = question, threads, endpoint
        self.name = f"{socket.gethostname()}:{os.getpid()}"
        self._addresses = tuple(sources)
        self._sources: dict[int, Source] = {}

    @cached_property
    def reader(self) -> Reader | None:
        """The reader, loaded at the first use; None where none is asked for. Raises SokdokError."""
        if not self.question.needs_reader:
            return None
        if is_served(self.question):
            return open_served(self.question, self._endpoint, self.question.batch)
        return open_reader(self.question, self._threads)

    def check(self) -> str:
        """Open the reader, and see that it takes what it is asked; its name. Raises SokdokError."""
        reader = self.reader
        if reader is None:
            return ""
        require_taken(self.question, reader)
        return reader.name

    def close(self) -> None:
        """Close what is open, and remove what was fetched."""
        while self._sources:
            self._sources.popitem()[1].close()

    def look(self, source: int, item: Item) -> Looked:
        """Hash a file, and count its pages."""
        sha256, size = "", 0
        try:
            with self._source(source).fetch(item.place) as path:
                if not is_document(path):
                    return Looked(reason=NO_DOCUMENT)
                sha256, size = hashed(path)
                try:
                    return Looked(sha256, size, self._pages_of(path))
                except Exception as error:
                    return Looked(sha256, size, reason=_reason(error, path, item.path))
        except Exception as error:
            return Looked(sha256, size, reason=_reason(error, None, item.path))

    def read_into(self, store: Store, job: Read, on_page: Callable[[int], None] = lambda number: None) -> Done:
        """Read a unit into its result.

        Pages of an earlier attempt that did not fail are taken over, those that the job is `without` fail for the
        reason that it gives. Where workers died before, pages are read one after the other. `on_page` is called with
        the number of each page that is read. Raises a SokdokError that is no InputError for what is not the document's
        fault.
        """
        gathering = self._begun_unit(store, job)
        gathering.header.reader = self.reader.name if self.reader else ""
        for number, reason in job.without.items():
            gathering.take(failed_page(number, reason))
        began = last = time.perf_counter()
        worked = _processor_seconds()
        for page in self._pages(job.unit, gathering.missing, job.deaths):
            now = time.perf_counter()
            gathering.take(page, now - last)
            on_page(page.number)
            last = now
        gathering.header.seconds = round(time.perf_counter() - began, 3)
        gathering.header.processor = round(max(_processor_seconds() - worked, 0.0), 3)
        return Done(gathering.header.tally, gathering.put(store))

    def give_up(self, store: Store, job: Read, lost: Lost) -> Tally:
        """Put a result in which all pages failed that no earlier attempt has read."""
        gathering = self._begun_unit(store, msgspec.structs.replace(job, deaths=lost.deaths))
        for number in gathering.missing:
            gathering.take(failed_page(number, lost.reason))
        gathering.put(store)
        return gathering.header.tally

    def _begun_unit(self, store: Store, job: Read) -> Gathering:
        """What is known of a unit before it is read: the attempt before this one, where it is not damaged."""
        unit, attempt, earlier = job.unit, job.attempt, list[DocumentPage]()
        if attempt > 1:
            with suppress(FileNotFoundError, InputError):
                earlier = read_result(store, unit.id, attempt - 1)[1]
        asked = self.question.reader if self.question.needs_reader else ""
        started, tally = time.time(), Tally()
        header = Header(unit.id, attempt, asked, self.question.id, started, 0.0, self.name, tally, job.deaths)
        return Gathering(header, unit, earlier)

    def _source(self, number: int) -> Source:
        if number not in self._sources:
            self._sources[number] = open_collection(self._addresses[number], self.question.limits)
        return self._sources[number]

    def _pages_of(self, path: Path) -> int:
        """How many pages a file has."""
        with closing(self._open(path)) as file:
            return len(page_range(None, len(file), file.source, self.question.limits.pages))

    def _open(self, path: Path) -> SourceFile:
        pixels = "--source reader" if self.question.source == "reader" else ""  # other files say their words themselves
        return open_source(path, self.question, pixels)

    def _pages(self, unit: Unit, numbers: Sequence[int], deaths: int) -> Iterator[DocumentPage]:
        """Each of the numbered pages once, in any order."""
        path: Path | None = None
        reason, missing = "the page could not be read", dict.fromkeys(numbers)
        try:
            with self._source(unit.source).fetch(unit.place) as path:
                # It is hashed once, for its first pages.
                if path.stat().st_size != unit.size or (unit.first == 1 and hashed(path)[0] != unit.sha256):
                    raise InputError(f"{printable(path)} has changed since it was planned")
                with closing(self._open(path)) as file:
                    for page in self._read(file, numbers, deaths):
                        if page.number in missing:
                            del missing[page.number]
                            yield replace(page, error=_renamed(page.error, path, unit.path)) if page.error else page
                    if file.given_up:
                        reason = f"left alone: the {file.given_up}"
        except Exception as error:
            reason = _reason(error, path, unit.path)
        yield from (failed_page(number, reason) for number in missing)

    def _read(self, file: SourceFile, numbers: Sequence[int], deaths: int) -> Iterator[DocumentPage]:
        """Pages of an open file, one at a time where a worker died at them before."""
        batch = 1 if deaths else self.question.batch
        asked = Conversion(msgspec.structs.replace(self.question, batch=batch), self.reader)
        inside = [number - 1 for number in numbers if number <= len(file)]
        for page, _ in read_pages(file, inside, asked):
            yield page


def _processor_seconds() -> float:
    """Processor seconds of this process and its descendants so far; 0 where the system has no /proc."""
    ticks, waiting = 0, [os.getpid()]
    with suppress(OSError, ValueError):
        for pid in waiting:
            ticks += sum(map(int, Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[11:15]))
            for task in os.listdir(f"/proc/{pid}/task"):
                waiting += map(int, Path(f"/proc/{pid}/task/{task}/children").read_text().split())
    return ticks / os.sysconf("SC_CLK_TCK")


def hashed(path: Path) -> tuple[str, int]:
    """The sha256 of a file and its size."""
    with open_regular(path) as file:
        digest = hashlib.file_digest(file, "sha256")  # type: ignore[arg-type]  # it can be read into a buffer
        return digest.hexdigest(), os.fstat(file.fileno()).st_size


def _reason(error: Exception, path: Path | None, name: str) -> str:
    """Why a document failed. Raises the error where that is not the document's fault."""
    if isinstance(error, SokdokError) and not isinstance(error, InputError | MissingExtraError):
        raise error
    if is_disk_full(error):
        raise SokdokError(
            "the disk is full: a file could not be unpacked for reading. Make room and run the same command again"
        ) from None
    text = _renamed(in_one_line(error), path, name)
    known = reason_of(text)
    if known and known.code == "encrypted":  # a corpus has no password
        return say("encrypted_figure", file=known.values["file"])
    return text


def _renamed(text: str, path: Path | None, name: str) -> str:
    """A text that calls a file by the name that people know, not the one that it was unpacked under."""
    called = printable(path) if path else name
    return text.replace(called, name).replace(" ".join(called.split()), name)  # errors stand in one line
