"""What a request was about, noted where it is known and written down where it ends."""

from __future__ import annotations

from contextvars import ContextVar
from dataclasses import dataclass, field


@dataclass
class Record:
    """Of one request."""

    pages: int = 0  # that were accepted
    files: list[str] = field(default_factory=list)  # what people call them
    owner: str = ""  # whose key was shown


_CURRENT: ContextVar[Record | None] = ContextVar("record", default=None)


def begin() -> Record:
    """A record for the request that is served from here on."""
    record = Record()
    _CURRENT.set(record)
    return record


def note_owner(owner: str) -> None:
    """Whose request it is."""
    if (record := _CURRENT.get()) is not None:
        record.owner = owner


def note_job(name: str, pages: int) -> None:
    """So many pages of a file were accepted."""
    if (record := _CURRENT.get()) is not None:
        record.pages += pages
        record.files.append(name)
