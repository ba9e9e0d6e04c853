"""Files through a reader, page by page: what can't be opened keeps its place in the order and stops nothing."""

from __future__ import annotations

import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from sokdok.errors import InputError, SokdokError, in_one_line

if TYPE_CHECKING:
    from sokdok.pages import Page, PageError
    from sokdok.reading import Reading

STDIN = "-"
Encoding = Annotated[
    str | None,
    typer.Option(metavar="NAME", help="Of texts, e.g. cp949, utf-16, shift_jis. Default: told from the bytes."),
]
WINDOW_PIXELS = 64_000_000  # of pages that a reader is given before it answers: 192 MB as RGB; one page may have more


def open_files(files: list[str], **options: Any) -> Iterator[Page | PageError]:
    """The pages of all files, in order; `options` go to `open_pages`.

    A file that can't be used raises only if it is the only one.
    """
    from sokdok.pages import PageError

    for name in files:
        try:
            yield from _pages(name, options)
        except (SokdokError, OSError) as error:
            if len(files) == 1:
                raise
            yield PageError(name, None, in_one_line(error))
        except Exception as error:  # whatever a hostile file makes a decoder raise, the others are opened
            yield PageError(name, None, f"{name}: {in_one_line(error)}")


def _pages(name: str, options: dict[str, Any]) -> Iterator[Page | PageError]:
    from sokdok.pages import open_pages

    check_name(name)
    if name != STDIN:
        yield from open_pages(Path(name), **options)
        return
    with stdin_as_file() as path:
        yield from open_pages(path, source="standard input", **options)


def stdin_as_file() -> AbstractContextManager[Path]:
    """A file called `stdin` with all of standard input, removed at the end. Raises InputError for too much of it."""
    from sokdok.files import spooled

    return spooled(sys.stdin.buffer, "standard input", "stdin")


def read_stdin() -> bytes:
    """All of standard input. Raises InputError beyond `files.MAX_BYTES`."""
    from sokdok.files import read_stream

    return read_stream(sys.stdin.buffer, "standard input")


def check_name(name: str) -> None:
    """Raise InputError for an empty name of a file, which would mean the current folder."""
    if not name:
        raise InputError("a file's name is empty; is the variable set that should hold it?")


def read_in_order(
    reader: Any, pages: Iterable[Page | PageError], **options: Any
) -> Iterator[tuple[Page | PageError, Reading]]:
    """Each page with its reading, in order; `options` go to the reader's `read`. Pages are opened as batches need them.

    `Reading.page` is the position among all of them, those that could not be opened included. A reader that breaks down
    fails the pages that it has in hand, and is given those after them; SokdokErrors of the reader pass through.
    """
    queue = _Queue(pages)
    opened = -1
    while not queue.ended and queue.opened != opened:
        opened = queue.opened
        why = "the reader gave no answer for this page"
        try:
            for reading in reader.read(queue.openable(), **options):
                yield from queue.not_opened()
                yield queue.taken(reading)
        except SokdokError:
            raise
        except Exception as error:
            if queue.opened == opened:  # not for a page's sake
                raise
            why = f"the reader broke ({in_one_line(error)})"
        yield from queue.not_read(why)


class _Queue:
    """Pages that a reader was given, until their readings come; at most `WINDOW_PIXELS`, or one page of more."""

    def __init__(self, pages: Iterable[Page | PageError]) -> None:
        self._pages = iter(pages)
        self._waiting: deque[Page | PageError] = deque()
        self._pixels = self._position = 0
        self.opened = 0
        """pages taken so far"""
        self.ended = False
        """whether there are no more"""

    def openable(self) -> Iterator[Page]:
        """Pages to read, until those that wait have too many pixels; what can't be opened waits among them."""
        from sokdok.pages import Page

        while self._pixels < WINDOW_PIXELS:
            page = next(self._pages, None)
            if page is None:
                self.ended = True
                return
            self.opened += 1
            self._waiting.append(page)
            if isinstance(page, Page):
                self._pixels += _pixels(page)
                yield page

    def not_opened(self) -> Iterator[tuple[Page | PageError, Reading]]:
        """What could not be opened, up to the first page that waits for its reading."""
        from sokdok.pages import Page

        while self._waiting and not isinstance(self._waiting[0], Page):
            yield self._failed("")

    def taken(self, reading: Reading) -> tuple[Page | PageError, Reading]:
        """The first page that waits, with its reading."""
        page = self._next()
        return page, replace(reading, page=self._position - 1)

    def not_read(self, why: str) -> Iterator[tuple[Page | PageError, Reading]]:
        """All that wait, as failed."""
        while self._waiting:
            yield self._failed(why)

    def _failed(self, why: str) -> tuple[Page | PageError, Reading]:
        from sokdok.pages import PageError
        from sokdok.reading import Reading

        page = self._next()
        error = page.message if isinstance(page, PageError) else why
        return page, Reading(self._position - 1, page.source, "failed", "", error=error)

    def _next(self) -> Page | PageError:
        page = self._waiting.popleft()
        self._pixels -= _pixels(page)
        self._position += 1
        return page


def _pixels(page: Page | PageError) -> int:
    from sokdok.pages import Page

    return page.size[0] * page.size[1] if isinstance(page, Page) else 0
