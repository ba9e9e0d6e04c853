"""The files that a command names: each once, folders searched, standard input as a file."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

from sokdok.cli.ui.files import STDIN, stdin_as_file
from sokdok.errors import InputError


def all_paths(files: list[str], written: Path | None, stack: ExitStack) -> Iterator[Path]:
    """The images and PDFs that are named or lie in folders that are, without those in `written`, in order.

    Raises InputError for an address, and for a folder with nothing to read.
    """
    for name in files:
        if "://" in name:
            raise InputError(f"{name} is an address: sokdok reads files only; download it first")
        if name == STDIN:
            yield stack.enter_context(stdin_as_file())
        elif Path(name).is_dir():
            yield from _within(Path(name), _real(written) if written else None)
        else:
            yield Path(name)


def _within(folder: Path, written: str | None) -> Iterator[Path]:
    """The images and PDFs below a folder, without what an earlier run wrote there."""
    from sokdok.pages.files import is_page_file

    found = sorted(path for path in _files(folder, written) if is_page_file(path))
    if not found:
        raise InputError(f"there are no images or PDFs in {folder}")
    yield from found


def _real(path: Path) -> str:
    """Where links lead, also those that lead in a circle."""
    return os.path.realpath(path)


def _files(folder: Path, written: str | None) -> Iterator[Path]:
    for place, folders, names in os.walk(folder):
        folders[:] = [name for name in folders if _real(Path(place) / name) != written]
        yield from (Path(place) / name for name in names)
