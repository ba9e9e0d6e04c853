"""A reader behind a server that the run itself starts: `vllm:MODEL` in the question.

The server may end and be started again by who watches over it (`engines.vllm`): pages are asked for once more when it
is back, and other pages of the batch are not lost.
"""

from __future__ import annotations

import time
import urllib.request
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import Any, cast

from sokdok.documents.question import Question
from sokdok.errors import EndpointError, InputError
from sokdok.pages.page import Page
from sokdok.reading.reading import Abilities, Reader, Reading

SCHEME = "vllm:"
BACK_S = 1_800.0  # in which a server must be back, its weights loaded
MOST_WAITS = 3  # for it to come back, within one batch of pages
_POLL_S = 1.0


def is_served(question: Question) -> bool:
    """Whether the run starts the server that reads."""
    return question.needs_reader and question.reader.startswith(SCHEME)


def served_model(question: Question) -> str:
    """The checkpoint that the server loads: a hub id or a folder. Raises InputError if none is named."""
    name = question.reader.removeprefix(SCHEME)
    if not name:
        raise InputError(f"{SCHEME} wants a model behind it: {SCHEME}deepseek-ai/DeepSeek-OCR")
    return name


def served_name(question: Question) -> str:
    """What the server calls it, which also says how it wants to be asked (`reading.remote.chat`)."""
    return question.model or served_model(question)


def open_served(question: Question, address: str, concurrency: int) -> Reader:
    """The reader at a server's address. Raises SokdokError."""
    from sokdok.reading.remote.reader import RemoteReader

    if not address:
        raise InputError(
            f"{question.reader} is a reader of sokdok bulk, which starts its server; name an address instead"
        )
    reader = RemoteReader(address, served_name(question), concurrency=concurrency)
    return cast(Reader, PatientReader(reader, address))  # of pages alone, which is all that bulk asks


def is_up(address: str) -> bool:
    """Whether the server at `http://host:port/v1` says that it is well."""
    try:
        urllib.request.build_opener(urllib.request.ProxyHandler({})).open(health(address), timeout=5.0).close()
    except OSError:
        return False
    return True


def health(address: str) -> str:
    """Where a server says how it is."""
    return f"{address.removesuffix('/v1')}/health"


class PatientReader:
    """A reader that waits for its server to come back."""

    def __init__(self, reader: Reader, address: str, back_s: float = BACK_S) -> None:
        self._reader, self._address, self._back_s = reader, address, back_s
        self.name = reader.name

    @property
    def abilities(self) -> Abilities:
        """Of the reader."""
        return self._reader.abilities

    def read(self, pages: Iterable[Page], *arguments: Any, **options: Any) -> Iterator[Reading]:
        """One reading a page, in order. Raises EndpointError if the server stays away."""
        missing = list(pages)  # a batch
        first = waits = 0
        while missing:
            try:
                for reading in self._reader.read(missing, *arguments, **options):
                    first, missing = first + 1, missing[1:]
                    yield replace(reading, page=first - 1)
            except EndpointError:
                waits += 1
                if waits > MOST_WAITS or not self._comes_back():
                    raise

    def _comes_back(self) -> bool:
        end = time.monotonic() + self._back_s
        while time.monotonic() < end:
            if is_up(self._address):
                return True
            time.sleep(_POLL_S)
        return False
