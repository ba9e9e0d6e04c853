"""A job: what is to be read, as it is journaled and sent to a child; what comes back; and who waits for it."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Coroutine
from typing import Any, Literal

import msgspec

from sokdok.documents.build import failed_page
from sokdok.documents.question import Question
from sokdok.documents.write.json_file import page_to_json
from sokdok.errors import SokdokError
from sokdok.jobs import Limits

# document: pages with blocks; picture: what a reader answers to a prompt about one; figure: what a chart, a molecule, a
# geometric figure, a table or a handwriting means
Kind = Literal["document", "picture", "figure"]
State = Literal["waiting", "reading", "done", "failed", "cancelled"]
Keep = Callable[[int, bytes, bool], None]
"""keeps a page: its number, its row, and whether it failed; before anybody learns that it is read"""


class FigureOptions(msgspec.Struct, frozen=True):
    """How a figure is read."""

    kind: str = "auto"  # as of `figures.parse`
    language: str = "en"  # of statements


class ReadJob(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read; it is journaled as it stands here."""

    kind: Kind
    upload: str  # name of the file in the spool
    shown_as: str  # what people call the file: printable, and never a path to anything
    asked: Question
    pages: tuple[int, ...]  # numbers, from 1
    figure: FigureOptions | None = None  # of that kind alone
    waited: bool = False  # a request waits for it: once that is gone, nobody wants it

    def goes_with(self, other: ReadJob) -> bool:
        """Whether one call of a reader can read both: pictures about which the same is asked."""
        return self.kind == other.kind == "picture" and self.asked == other.asked


class ReaderSetup(msgspec.Struct, frozen=True):
    """What a child reads with."""

    spool: str  # folder of uploads
    limits: Limits
    question: Question  # the reader
    device: str = "auto"
    threads: int = 1
    batch: int = 8  # pages read at a time
    concurrency: int = 8  # requests under way at an endpoint
    alone: bool = True  # whether no other endpoint would read what this one can't


class TaskRead(msgspec.Struct, frozen=True):
    """A task whose pages are read, or some of them, as children get at it."""

    log: str  # of its pages
    job: ReadJob
    reader: str  # who read it; empty if nobody did


class About(msgspec.Struct, frozen=True):
    """A reader that is open."""

    reader: str = ""
    batch_size: int = 1  # pictures, about which the same is asked, that it reads in one call at a gain


class PageRead(msgspec.Struct, frozen=True):
    """One page of a job."""

    number: int
    row: bytes  # JSON: a page of a document, a `PictureRead`, or a `FigureRead`
    failed: bool = False
    of_endpoint: str = ""  # what the endpoint said if it failed at it: another one may read it
    place: int = 0  # of its job, where several are read together


class PictureRead(msgspec.Struct, frozen=True):
    """What a reader says of a picture."""

    text: str = ""
    status: str = "ok"  # as of `reading.Reading`
    error: str = ""
    vision_tokens: int = 0
    text_tokens: int = 0  # of the answer
    prompt_tokens: int = 0  # of the prompt's text


def failed_row(kind: Kind, number: int, reason: str) -> bytes:
    """What stands for a page that failed."""
    if kind == "picture":
        return msgspec.json.encode(PictureRead(status="failed", error=reason))
    if kind == "figure":
        return msgspec.json.encode({"error": reason})
    return page_to_json(failed_page(number, reason)).encode()


def error_in(row: bytes) -> str:
    """Why a picture or a figure failed, by its row."""
    found: dict[str, Any] = msgspec.json.decode(row)
    return str(found["error"])


class JobHandle:
    """A job that was accepted, as whoever waits for it sees it. Belongs to the event loop."""

    def __init__(self, id: str, owner: str, job: ReadJob, keep: Keep, patient: bool = False) -> None:
        self.id, self.owner, self.job, self.keep = id, owner, job, keep
        self.patient = patient  # it waits where no reader works at the moment
        self.state: State = "waiting"
        self.error: SokdokError | None = None  # why it failed, or was cancelled
        self.missing = set(job.pages)
        self.endpoint_failed = 0  # pages at which the endpoint failed
        self.accepted = time.monotonic()
        self.at_end: Callable[[JobHandle], None] = lambda handle: None  # writes the end down, before anybody is woken
        self._changed = asyncio.Event()

    @property
    def has_ended(self) -> bool:
        """Whether nothing more will happen."""
        return self.state in ("done", "failed", "cancelled")

    def wake(self, state: State | None = None) -> None:
        """Something has happened: wake who waits."""
        self.state = state or self.state
        changed, self._changed = self._changed, asyncio.Event()
        changed.set()

    def end(self, state: State, error: SokdokError | None) -> None:
        """Nothing more will happen."""
        self.state, self.error = state, error
        self.at_end(self)
        self.wake()

    def change(self) -> Coroutine[Any, Any, bool]:
        """Wait until something happens after this call, which may be awaited later; not for what happened before."""
        return self._changed.wait()

    async def ended(self) -> None:
        """Wait for the end. Raises the error of a job that failed or was cancelled."""
        while not self.has_ended:
            await self.change()
        if self.error is not None:
            raise self.error
