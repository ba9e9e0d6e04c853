"""The files that a command names: each once, folders searched, standard input as a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from sokdok.cli.ui.files import STDIN, check_name, stdin_as_file
from sokdok.errors import InputError
from sokdok.files import path_key


def all_paths(files: list[str], written: Path | None, stack: ExitStack) -> Iterator[Path]:
    """The images and PDFs that are named or lie in folders that are, without those in `written`, in order.

    Raises InputError for an address, and for a folder with nothing to read.
    """
    for name in files:
        check_name(name)
        if "://" in name:
            raise InputError(f"{name} is an address: sokdok reads files only; download it first")
        if name == STDIN:
            yield stack.enter_context(stdin_as_file())
        elif Path(name).is_dir():
            yield from _within(Path(name), path_key(written) if written else None)
        else:
            yield Path(name)


def _within(folder: Path, written: str | None) -> Iterator[Path]:
    """The images and PDFs below a folder, and what can't be read, without what an earlier run wrote there."""
    from sokdok.pages.files import is_page_file

    unreadable: list[Path] = []
    found = [path for path in _files(folder, written, unreadable) if is_page_file(path)]
    found = sorted([*found, *unreadable])  # opening these says why
    if not found:
        raise InputError(f"there are no images or PDFs in {folder}")
    yield from found


def _files(folder: Path, written: str | None, unreadable: list[Path]) -> Iterator[Path]:
    """All files below a folder but those in `written`; folders that can't be read are added to `unreadable`."""
    for place, folders, names in os.walk(folder, onerror=lambda error: unreadable.append(Path(error.filename))):
        folders[:] = [name for name in folders if path_key(Path(place) / name) != written]
        yield from (Path(place) / name for name in names)
