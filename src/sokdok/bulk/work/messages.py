"""What workers are asked and what they answer, as plain data that crosses processes and machines."""

from __future__ import annotations

import msgspec

from sokdok.bulk.plan import Unit
from sokdok.bulk.results import Tally
from sokdok.bulk.sources import Item
from sokdok.documents.question import Question
from sokdok.jobs import DEFAULTS, Limits


class WorkOptions(msgspec.Struct, frozen=True):
    """How a worker goes about it: nothing here changes what it should find."""

    batch: int = 8  # pages read at a time
    device: str = "auto"
    threads: int = 1
    limits: Limits = DEFAULTS  # what a file may take
    endpoint: str = ""  # address of the server that the run has started, if it did (`work.served`)


DEFAULT_OPTIONS = WorkOptions()


class Setup(msgspec.Struct, frozen=True):
    """What a worker works on."""

    question: Question
    sources: tuple[str, ...]
    destination: str
    options: WorkOptions = DEFAULT_OPTIONS


class Look(msgspec.Struct, frozen=True, tag="look"):
    """Look at a file."""

    number: int  # of the file among all
    source: int
    item: Item


NO_DOCUMENT = "it is no document"


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


class Done(msgspec.Struct, frozen=True, tag="done"):
    """A unit has its result."""

    tally: Tally
    mine: bool = True  # False where another worker was first
    pages: tuple[int, ...] = ()  # those that were not told before


class Pages(msgspec.Struct, frozen=True, tag="pages"):
    """More pages of the unit in hand are read."""

    numbers: tuple[int, ...]


class Page(msgspec.Struct, frozen=True):
    """One more page of the unit in hand is read, as engines say it."""

    number: int = 0
    """0 where nobody says which"""


class Broken(msgspec.Struct, frozen=True, tag="broken"):
    """Nothing can be read: it is not the document's fault, and the run ends."""

    message: str
    exit_code: int


class Ready(msgspec.Struct, frozen=True, tag="ready"):
    """The reader is there, and takes what it is asked."""

    reader: str  # its name; empty where there is none


class Check(msgspec.Struct, frozen=True, tag="check"):
    """Open the reader."""


Job = Look | Read | Check
Answer = Looked | Done | Pages | Ready | Broken
