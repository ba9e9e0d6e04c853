"""What the server's workers are asked and what they answer, as plain data that crosses pipes."""

from __future__ import annotations

from typing import Any, Literal

import msgspec

from sokdok.documents.question import Question
from sokdok.jobs import Limits

Kind = Literal["document", "picture", "figure"]
"""document: pages with blocks; picture: what a reader answers to a prompt about one; figure: what a chart, a
molecule, a geometric figure, a table or a handwriting means"""


class Setup(msgspec.Struct, frozen=True):
    """What a worker works with."""

    spool: str  # folder of uploads
    limits: Limits
    question: Question  # the reader
    device: str = "auto"
    threads: int = 1
    batch: int = 8  # pages read at a time
    concurrency: int = 8  # requests under way at an endpoint
    alone: bool = True  # whether no other endpoint would read what this one can't
    reads: bool = True  # False: it only looks at files, and opens no reader


class FigureAsked(msgspec.Struct, frozen=True):
    """How a figure is read."""

    kind: str = "auto"  # as of `figures.parse`
    language: str = "en"  # of statements


class Job(msgspec.Struct, frozen=True, kw_only=True):
    """What is to be read; it is journaled as it stands here."""

    kind: Kind
    upload: str  # name of the file in the spool
    shown_as: str  # what people call the file: printable, and never a path to anything
    asked: Question
    pages: tuple[int, ...]  # numbers, from 1
    figure: FigureAsked | None = None  # of that kind alone
    waited: bool = False  # a request waits for it: once that is gone, nobody wants it


class CountPages(msgspec.Struct, frozen=True, tag="count_pages"):
    """Say which pages of a file a range names."""

    id: int
    upload: str
    shown_as: str
    pages: str | None = None


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Read some pages of a job."""

    id: int
    job: Job
    pages: tuple[int, ...]
    singly: bool = False  # one after the other: a worker died at them

    def goes_with(self, other: Read) -> bool:
        """Whether one call of the reader can read both: pictures about which the same is asked."""
        kinds = {self.job.kind, other.job.kind}
        return kinds == {"picture"} and self.job.asked == other.job.asked and not (self.singly or other.singly)


class Cancel(msgspec.Struct, frozen=True, tag="cancel"):
    """Nobody waits for a `Read` any more."""

    id: int


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The worker has started, and its reader is open."""

    reader: str = ""
    tasks: tuple[str, ...] = ()  # named tasks that the reader knows
    prompts: bool = False  # whether it follows any prompt
    concurrency: int = 1  # requests that it works on at the same time
    batch_size: int = 1  # pictures, about which the same is asked, that it reads in one call at a gain


class PagesCounted(msgspec.Struct, frozen=True, tag="pages_counted"):
    """What a file has."""

    id: int
    pages: tuple[int, ...] = ()
    reason: str = ""  # why it can't be read


class PageRead(msgspec.Struct, frozen=True, tag="page"):
    """One page of a job."""

    id: int
    number: int
    row: bytes  # JSON: a page of a document as its journal has it, a `PictureRead` or a `FigureRead`
    failed: bool = False
    of_endpoint: str = ""  # what the endpoint said if it failed at it: another one may read it


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A `Read` is done with, also where it was left."""

    id: int


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """The reader does not work: it is not the document's fault. Of id 0: it can't be opened at all."""

    id: int
    message: str
    exit_code: int


class OperationDone(msgspec.Struct, frozen=True, tag="operation"):
    """What came of an operation of the executor (`server.executor`)."""

    id: int
    data: bytes = b"null"  # JSON
    reason: str = ""  # why nothing came of it
    why: Literal["refused", "absent", "full", "endpoint", "later", "large", "mistake"] = "refused"
    """whose fault that is: what was asked for can't be done, is not there, the disk is full, an endpoint fails,
    a memory can't be used now, what would be told is too large, or the code made a mistake"""
    trace: str = ""  # of a mistake, for the server's log alone: it may hold what is in a document


class PictureRead(msgspec.Struct, frozen=True):
    """What a reader says of a picture."""

    text: str = ""
    status: str = "ok"  # as of `reading.Reading`
    error: str = ""
    vision_tokens: int = 0
    text_tokens: int = 0  # of the answer
    prompt_tokens: int = 0  # of the prompt's text


class Statement(msgspec.Struct, frozen=True):
    """What is said of a figure, and where what it speaks of is, in pixels of the picture."""

    text: str
    lines: tuple[tuple[float, float, float, float], ...] = ()
    circles: tuple[tuple[float, float, float], ...] = ()
    points: tuple[tuple[float, float], ...] = ()


class Values(msgspec.Struct, frozen=True):
    """What a chart or a table says."""

    title: str
    columns: list[str]
    rows: list[list[str]]


class FigureRead(msgspec.Struct, frozen=True):
    """What a figure means."""

    error: str = ""  # why it can't be read
    picture: bytes = b""  # PNG of what was read
    size: tuple[int, int] = (0, 0)  # width and height of it, which places are of
    redrawn: str = ""  # what was understood drawn anew, as a data URL
    table: Values | None = None
    statements: tuple[Statement, ...] = ()
    result: dict[str, Any] = {}  # as `sokdok parse --json` prints it


Request = CountPages | Read | Cancel
Answer = Ready | PagesCounted | PageRead | Done | Broken | OperationDone
