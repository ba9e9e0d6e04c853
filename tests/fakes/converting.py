"""A reader that says what a test wants, and a watcher that notes what a conversion reports."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace
from typing import Any

from sokdok.documents.document import DocumentPage
from sokdok.model.preprocess import MODES
from sokdok.pages import Page
from sokdok.reading.reading import Abilities, Reading


@dataclass
class FakeReader:
    """Says which page it sees, or what `says` has for it."""

    name: str = "fake"
    abilities: Abilities = Abilities(modes=tuple(MODES))
    says: dict[int, Any] = field(default_factory=dict)
    """by page number: fields of the Reading, or an exception to raise"""
    read_pages: list[int] = field(default_factory=list)
    modes: list[str | None] = field(default_factory=list)

    def read(
        self, pages: Iterable[Page], prompt: str = "", *, mode: str | None = None, **options: object
    ) -> Iterator[Reading]:
        for place, page in enumerate(pages):
            number = page.index + 1
            said = self.says.get(number, {})
            if isinstance(said, Exception):
                raise said
            self.read_pages.append(number)
            self.modes.append(mode)
            yield replace(Reading(place, page.source, "ok", f"This is page {number}."), mode=mode or "base", **said)


SEEN = (
    "<|ref|>text<|/ref|><|det|>[[0, 0, 999, 400]]<|/det|>\nA paragraph.\n"
    "<|ref|>image<|/ref|><|det|>[[0, 500, 500, 999]]<|/det|>\n"
)


def picture_reader(name: str = "nano", **options: Any) -> FakeReader:
    """In place of `sokdok.reading.load`: a reader that sees a paragraph and a picture on every page."""
    abilities = Abilities(modes=tuple(MODES), tasks=("markdown",), layout_task="markdown")
    return FakeReader(abilities=abilities, says={number: {"text": SEEN} for number in range(1, 10)})


@dataclass
class Watcher:
    pages: list[DocumentPage] = field(default_factory=list)
    begun: list[tuple[str, int, int]] = field(default_factory=list)
    stop_after: int | None = None

    def begin(self, source: str, total: int, done: int) -> None:
        self.begun.append((source, total, done))

    def page(self, page: DocumentPage) -> None:
        self.pages.append(page)
        if len(self.pages) == self.stop_after:
            raise KeyboardInterrupt
