"""Where the documents of a call come from: folders of this machine, or uploads to the server."""

from __future__ import annotations

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import Any, Protocol

from sokdok.documents.document import DocumentPage
from sokdok.errors import InputError
from sokdok.pages.files import page_range


class Opened(Protocol):
    """One document."""

    id: str  # what a client calls it
    name: str  # what people call it: printable
    numbers: tuple[int, ...]  # pages that can be asked for, from 1

    def pages(self, numbers: Sequence[int], seconds: float) -> AsyncIterator[DocumentPage]:
        """Pages in order, as they are read; no more come once the time is over. Raises SokdokError."""

    async def picture(self, number: int) -> bytes:
        """A page as PNG. Raises SokdokError."""


class Documents(Protocol):
    """All documents that one client may read."""

    properties: dict[str, Any]  # JSON schema of the arguments that name a document
    required: tuple[str, ...]  # those of them that must be there

    async def open(self, arguments: Mapping[str, Any]) -> Opened:
        """The document that arguments name. Raises SokdokError."""

    def known(self) -> Sequence[Opened]:
        """Documents to offer without being asked, the newest first."""


def numbers_of(opened: Opened, wanted: str | None) -> list[int]:
    """The pages that a range such as `1-5,7` names; None: all. Raises InputError."""
    if wanted is None:
        return list(opened.numbers)
    asked = {index + 1 for index in page_range(wanted, max(opened.numbers), opened.name, len(opened.numbers))}
    found = [number for number in opened.numbers if number in asked]
    if not found:
        raise InputError(f"{opened.name} has no page {wanted} here: there are {ranges(opened.numbers)}")
    return found


def ranges(numbers: Sequence[int]) -> str:
    """Rising numbers as people write them: `1-5,7`."""
    parts: list[list[int]] = []
    for number in numbers:
        if parts and number == parts[-1][-1] + 1:
            parts[-1].append(number)
        else:
            parts.append([number])
    return ",".join(str(part[0]) if len(part) == 1 else f"{part[0]}-{part[-1]}" for part in parts)
