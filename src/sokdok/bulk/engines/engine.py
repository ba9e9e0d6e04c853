"""What a run asks of an engine."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from types import TracebackType
from typing import Protocol

import msgspec

from sokdok.bulk.work.messages import Broken, Done, Look, Looked, Page, Read
from sokdok.errors import InputError, SokdokError


class Lost(msgspec.Struct, frozen=True):
    """Workers died at a job, each time that it was tried."""

    reason: str
    deaths: int


class Engine(Protocol):
    """Workers that do jobs in any order. Raises SokdokError where nothing can be done any more."""

    def __enter__(self) -> Engine: ...

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def check(self) -> str:
        """Open the reader in a worker, and see that it takes what it is asked; its name. Raises SokdokError."""

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        """Look at files; `jobs` is asked for more as workers need them."""

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done | Lost]]:
        """Read units into their results: a `Page` for each page, then `Done`, or `Lost` where there is no result."""


def told(broken: Broken) -> SokdokError:
    """What a worker says that ends the run."""
    error = InputError(broken.message) if broken.exit_code == InputError.exit_code else SokdokError(broken.message)
    error.exit_code = broken.exit_code
    return error
