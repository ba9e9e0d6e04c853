"""What a run asks of an engine, what workers are asked and what they answer: plain data that crosses processes."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Protocol

import msgspec

from sokdok.bulk.plan import Unit
from sokdok.bulk.results import Tally
from sokdok.bulk.sources import Item
from sokdok.documents.question import Question

NO_DOCUMENT = "it is no document"


class Setup(msgspec.Struct, frozen=True):
    """What a worker works on."""

    question: Question
    sources: tuple[str, ...]
    destination: str
    threads: int = 1  # of a worker
    endpoint: str = ""  # address of the server that the run has started, if it did (`bulk.served`)


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Look at a file."""

    number: int  # of the file among all
    source: int
    item: Item


class Looked(msgspec.Struct, frozen=True, tag="looked"):
    """What a file is."""

    sha256: str = ""  # empty where it could not be read
    size: int = 0
    pages: int = 0
    reason: str = ""  # why it is no document, or none that can be opened


class Read(msgspec.Struct, frozen=True, tag="read"):
    """Read a unit into its result."""

    unit: Unit
    attempt: int = 1
    deaths: int = 0  # workers that died at it before: pages are read one after the other then
    without: dict[int, str] = {}  # pages at which workers died, and how: they are left alone


class Page(msgspec.Struct, frozen=True):
    """One more page of the unit in progress is read."""

    number: int = 0  # 0 where nobody says which


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A unit has its result."""

    tally: Tally
    mine: bool = True  # False where another worker was first


class Lost(msgspec.Struct, frozen=True, tag="lost"):
    """Workers died at a job, each time that it was tried."""

    reason: str
    deaths: int


class Engine(Protocol):
    """Workers that do jobs in any order. Raises SokdokError where nothing can be done any more."""

    def __enter__(self) -> Engine: ...

    def __exit__(self, kind: object, *error: object) -> None: ...

    def check(self) -> str:
        """Open the reader in a worker, and see that it takes what it is asked; its name. Raises SokdokError."""

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        """Look at files; `jobs` is asked for more as workers need them."""

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        """Read units into their results: a `Page` for each page, then `Done`, or `Lost` where there is no result."""
