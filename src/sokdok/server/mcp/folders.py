"""Documents of folders on this machine, for a client that runs on it too.

A model is given paths by whoever writes to it, documents included. So it reads below the folders that the user named
and nowhere else: links are followed before that is asked, and what is hidden (`.ssh`) stays so.
"""

from __future__ import annotations

import io
import time
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import closing
from functools import cached_property, partial
from pathlib import Path
from typing import Any

import anyio
from anyio import to_thread

from sokdok.documents.convert.convert import read_pages
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Conversion, Question
from sokdok.documents.source import SourceFile, open_source
from sokdok.errors import InputError
from sokdok.files import printable
from sokdok.jobs import DEFAULTS, Limits
from sokdok.memory.tools import text_argument
from sokdok.pages.files import open_file
from sokdok.pages.page import PageError
from sokdok.server.mcp.reading import OpenedDocument

_BATCH = 4  # pages read between two looks at the clock
_MOST_PATH = 4_000
_MOST_KNOWN = 20
_LONG_SIDE_PX = 1_568  # of a picture: what models look at without making it smaller


class Folders:
    """Documents below some folders. Raises InputError for what is no folder."""

    required: tuple[str, ...] = ("document",)

    def __init__(self, folders: Sequence[Path], limits: Limits = DEFAULTS) -> None:
        for folder in folders:
            if not folder.is_dir():
                raise InputError(f"{printable(folder)} is no folder")
        self.folders = [folder.resolve() for folder in folders]
        self.limits = limits
        names = ", ".join(map(printable, self.folders))
        self.properties: dict[str, Any] = {
            "document": {"type": "string", "description": f"Path of a file below {names}; may be relative to it."}
        }
        self._turn = anyio.Lock()  # a reader does one thing at a time
        self._known: dict[str, OpenedDocument] = {}

    @cached_property
    def reader(self) -> Any:
        """Loaded when a page is first read. Raises SokdokError."""
        from sokdok.reading import load

        return load("nano")

    async def open(self, arguments: Mapping[str, Any]) -> OpenedDocument:
        """The file at a path."""
        path = self._allowed(text_argument(arguments, "document", '"report.pdf"', _MOST_PATH))
        with closing(await to_thread.run_sync(self._opened, path)) as file:
            numbers = tuple(range(1, len(file) + 1))
        pages, picture = partial(self._pages, path), partial(self._picture, path)
        opened = OpenedDocument(printable(path), path.name, numbers, pages, picture)
        self._known = {opened.id: opened, **{id: other for id, other in self._known.items() if id != opened.id}}
        while len(self._known) > _MOST_KNOWN:
            self._known.popitem()
        return opened

    def known(self) -> Sequence[OpenedDocument]:
        """What was opened lately."""
        return list(self._known.values())

    def _allowed(self, asked: str) -> Path:
        """A file below a folder, links followed. Raises InputError, whose text is the same if it exists elsewhere."""
        refused = InputError(f"there is no document {asked[:200]!r} below {', '.join(map(printable, self.folders))}")
        if "\0" in asked:
            raise refused
        for folder in self.folders:
            try:
                path = (folder / asked).resolve(strict=True)
            except (OSError, RuntimeError):
                continue
            if not path.is_relative_to(folder) or not path.is_file():
                continue
            if not any(part.startswith(".") for part in path.relative_to(folder).parts):
                return path
        raise refused

    async def _pages(self, path: Path, numbers: Sequence[int], seconds: float) -> AsyncIterator[DocumentPage]:
        """Read pages, a few at a time."""
        end = time.monotonic() + seconds
        for first in range(0, len(numbers), _BATCH):
            async with self._turn:
                read = await to_thread.run_sync(self._read, path, numbers[first : first + _BATCH])
            for page in read:
                yield page
            if time.monotonic() > end:
                return

    def _opened(self, path: Path) -> SourceFile:
        return open_source(path, Question(limits=self.limits))

    async def _picture(self, path: Path, number: int) -> bytes:
        return await to_thread.run_sync(_drawn, path, self.limits, number)

    def _read(self, path: Path, numbers: Sequence[int]) -> list[DocumentPage]:
        with closing(self._opened(path)) as file:
            asked = Conversion(Question(batch=_BATCH), self.reader)
            pages = [page for page, _ in read_pages(file, [number - 1 for number in numbers], asked)]
        return sorted(pages, key=lambda page: page.number)


def _drawn(path: Path, limits: Limits, number: int) -> bytes:
    with closing(open_file(path, source=path.name, limits=limits)) as file:
        page = file.page(number - 1)
    if isinstance(page, PageError):
        raise InputError(f"page {number} can't be drawn: {page.message}")
    image = page.image.copy()
    image.thumbnail((_LONG_SIDE_PX, _LONG_SIDE_PX))
    target = io.BytesIO()
    image.save(target, "PNG")
    return target.getvalue()
