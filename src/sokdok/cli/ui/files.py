"""Files through a reader, page by page: what can't be opened keeps its place in the order and stops nothing."""

from __future__ import annotations

import shutil
import sys
from collections import deque
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, Any

from sokdok.errors import SokdokError, in_one_line

if TYPE_CHECKING:
    from sokdok.pages import Page, PageError
    from sokdok.reading import Reading

STDIN = "-"


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

    if name != STDIN:
        yield from open_pages(Path(name), **options)
        return
    with stdin_as_file() as path:
        yield from open_pages(path, source="standard input", **options)


@contextmanager
def stdin_as_file() -> Iterator[Path]:
    """A file called `stdin`: PDFs and images are read back and forth, which a pipe can't do."""
    with TemporaryDirectory(prefix="sokdok-") as folder:
        path = Path(folder) / "stdin"
        with path.open("wb") as file:
            shutil.copyfileobj(sys.stdin.buffer, file)
        yield path


def read_in_order(
    reader: Any, pages: Iterable[Page | PageError], **options: Any
) -> Iterator[tuple[Page | PageError, Reading]]:
    """Each page with its reading, in order; `options` go to the reader's `read`. Pages are opened as batches need them.

    `Reading.page` is the position among all of them, those that could not be opened included.
    """
    from sokdok.pages import Page

    waiting: deque[Page | PageError] = deque()
    position = 0

    def openable() -> Iterator[Page]:
        for page in pages:
            waiting.append(page)
            if isinstance(page, Page):
                yield page

    for reading in reader.read(openable(), **options):
        while not isinstance(waiting[0], Page):
            yield _failed(waiting.popleft(), position)
            position += 1
        yield waiting.popleft(), replace(reading, page=position)
        position += 1
    for rest in waiting:  # after the last page that could be read
        yield _failed(rest, position)
        position += 1


def _failed(page: Any, position: int) -> tuple[PageError, Reading]:
    from sokdok.reading import Reading

    return page, Reading(position, page.source, "failed", "", error=page.message)
