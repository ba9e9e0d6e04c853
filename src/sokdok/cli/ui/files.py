"""The files that a command names: each once, folders searched, standard input as a file; their pages in order."""

from __future__ import annotations

import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import AbstractContextManager, ExitStack
from pathlib import Path
from typing import Any

from sokdok.cli.ui.console import note
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError, in_one_line
from sokdok.files import path_key, printable, read_stream, spooled
from sokdok.office.kinds import is_document
from sokdok.pages import Page, PageError, open_pages
from sokdok.reading import Reader, Reading

STDIN = "-"
DPI = 144  # of PDF pages that become no document
WINDOW_PIXELS = 64_000_000  # of pages that a reader is given at a time: 192 MB as RGB; one page may have more
MOST_NAMED = 6  # files that are named; more are counted by suffix


def check_name(name: str) -> None:
    """Raise InputError for an empty name of a file, which would mean the current folder."""
    if not name:
        raise InputError("a file's name is empty; is the variable set that should hold it?")


def stdin_as_file() -> AbstractContextManager[Path]:
    """A file called `stdin` with all of standard input, removed at the end. Raises InputError for too much of it."""
    return spooled(sys.stdin.buffer, "standard input", "stdin")


def read_stdin() -> bytes:
    """All of standard input. Raises InputError beyond `files.MAX_BYTES`."""
    return read_stream(sys.stdin.buffer, "standard input")


def all_paths(files: Iterable[str], written: Path | None, stack: ExitStack) -> Iterator[Path]:
    """The documents that are named or lie in folders that are, without those in `written`, in order.

    Raises InputError for a folder with nothing to read; what is left out of folders is said on stderr.
    """
    for name in files:
        check_name(name)
        if name == STDIN:
            yield stack.enter_context(stdin_as_file())
        elif Path(name).is_dir():
            yield from _within(Path(name), path_key(written) if written else None)
        else:
            yield Path(name)


def _within(folder: Path, written: str | None) -> Iterator[Path]:
    """The documents below a folder, and what can't be read, without what an earlier run wrote there."""
    unreadable: list[Path] = []
    known: list[Path] = []
    others: list[Path] = []
    for place, folders, names in os.walk(folder, onerror=lambda error: unreadable.append(Path(error.filename))):
        folders[:] = [name for name in folders if path_key(Path(place) / name) != written]
        for path in (Path(place) / name for name in names):
            (known if is_document(path) else others).append(path)
    others = [path for path in others if not path.name.startswith(".")]
    if others:
        note(f"{folder}: {_left_out(others)}")
    found = sorted([*known, *unreadable])  # opening these says why
    if not found:
        raise InputError(f"there are no documents in {folder}")
    yield from found


def _left_out(paths: list[Path]) -> str:
    """How many files were left out, and which: by their names if they are few, else by their suffixes."""
    if len(paths) <= MOST_NAMED:
        which = ", ".join(printable(Path(path.name)) for path in sorted(paths))
    else:
        counts = Counter(path.suffix.lower() or "no suffix" for path in paths)
        kinds = [f"{count:,} {printable(Path(suffix))}" for suffix, count in counts.most_common(MOST_NAMED)]
        which = ", ".join(kinds) + (", …" if len(counts) > MOST_NAMED else "")
    return f"{len(paths):,} {'file is' if len(paths) == 1 else 'files are'} no document and left out: {which}"


def open_files(files: list[str], question: Question, stdin: Path | None = None) -> Iterator[Page | PageError]:
    """The pages of all files that are asked for, in order; `stdin` is the file of standard input, if there is one.

    A file that can't be used raises only if it is the only one.
    """
    for name in files:
        try:
            yield from _pages(name, question, stdin)
        except (SokdokError, OSError) as error:
            if len(files) == 1:
                raise
            yield PageError(name, None, in_one_line(error))
        except Exception as error:  # whatever a hostile file makes a decoder raise, the others are opened
            yield PageError(name, None, f"{name}: {in_one_line(error)}")


def _pages(name: str, asked: Question, stdin: Path | None) -> Iterator[Page | PageError]:
    check_name(name)
    with ExitStack() as stack:
        path, source = Path(name), name
        if name == STDIN:
            path, source = stdin or stack.enter_context(stdin_as_file()), "standard input"
        dpi = asked.dpi or DPI
        yield from open_pages(
            path, dpi=dpi, source=source, password=asked.password, wanted=asked.pages, limits=asked.limits
        )


def read_in_order(
    reader: Reader, pages: Iterable[Page | PageError], batch: int = 8, **options: Any
) -> Iterator[tuple[Page | PageError, Reading]]:
    """Each page with its reading, in order, a batch at a time; what can't be opened has a failed reading.

    `options` go to the reader's `read`. A reader that breaks down fails the pages of its batch, and is given the next;
    SokdokErrors of the reader pass through.
    """
    for window in _windows(pages, batch):
        waiting = iter(window)
        try:
            given = [page for page in window if isinstance(page, Page)]
            for reading in reader.read(given, batch_size=batch, **options) if given else ():
                for page in waiting:
                    if isinstance(page, Page):
                        yield page, reading
                        break
                    yield _failed(page, page.message)
            why = "the reader gave no answer for this page"
        except SokdokError:
            raise
        except Exception as error:
            why = f"the reader broke ({in_one_line(error)})"
        yield from (_failed(page, page.message if isinstance(page, PageError) else why) for page in waiting)


def _windows(pages: Iterable[Page | PageError], batch: int) -> Iterator[list[Page | PageError]]:
    """Pages in runs of at most a batch, and of `WINDOW_PIXELS` or one page of more."""
    window: list[Page | PageError] = []
    pixels = 0
    for page in pages:
        window.append(page)
        pixels += page.size[0] * page.size[1] if isinstance(page, Page) else 0
        if len(window) == batch or pixels >= WINDOW_PIXELS:
            yield window
            window, pixels = [], 0
    if window:
        yield window


def _failed(page: Page | PageError, why: str) -> tuple[Page | PageError, Reading]:
    return page, Reading(0, page.source, "failed", "", error=why)
