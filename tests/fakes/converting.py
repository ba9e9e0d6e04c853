"""A reader that says what a test wants, and a watcher that notes what a conversion reports."""

from collections.abc import Iterable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from sokdok.documents.convert.convert import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion, Question
from sokdok.model.preprocess import MODES
from sokdok.pages import Page
from sokdok.pages.files import open_file
from sokdok.reading.reading import Abilities, Reader, Reading


def converted(path: Path, reader: Reader | None, source: Any = "auto", **how: Any) -> DocumentPage:
    """The first page of a file as a reader reads it."""
    with closing(open_file(path)) as file:
        ((page, _),) = read_pages(file, [0], Conversion(Question(source=source, **how), reader))
    return page


@dataclass
class FakeReader:
    """Says which page it sees, what `says` has for it, or queued answers in turn; keeps what it was asked."""

    name: str = "fake"
    abilities: Abilities = Abilities(modes=tuple(MODES))
    says: dict[int, Any] = field(default_factory=dict)  # by page number: text, fields of the Reading, an exception
    answers: list[Any] | None = None  # texts, fields or exceptions; the empty text once they are used up
    usual: dict[str, Any] = field(default_factory=dict)  # fields of each Reading that has no others
    pages: list[Page] = field(default_factory=list)
    modes: list[str | None] = field(default_factory=list)
    prompts: list[str] = field(default_factory=list)
    options: dict[str, Any] = field(default_factory=dict)  # of the last call

    @property
    def read_pages(self) -> list[int]:
        return [page.index + 1 for page in self.pages]

    def read(
        self, pages: Iterable[Page], prompt: str = "", *, mode: str | None = None, **options: object
    ) -> Iterator[Reading]:
        self.options = options if mode is None else options | {"mode": mode}
        self.prompts.append(prompt)
        for place, page in enumerate(pages):
            said = self.says.get(page.index + 1, f"This is page {page.index + 1}.")
            if self.answers is not None:
                said = self.answers.pop(0) if self.answers else ""
            if isinstance(said, Exception):
                raise said
            said = {"text": said} if isinstance(said, str) else {"text": f"This is page {page.index + 1}."} | said
            self.pages.append(page)
            self.modes.append(mode)
            yield Reading(place, page.source, **{"status": "ok", "mode": mode or "base"} | self.usual | said)


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
