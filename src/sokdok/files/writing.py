"""Files that are there whole or not at all, under names that any file system takes and that can be shown as text."""

from __future__ import annotations

import fcntl
import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, TextIO

from sokdok.errors import InputError

MOST_NAME_BYTES = 150
"""of a name that is taken from a file's, so that what is put behind it stays below the 255 that file systems allow"""


def printable(path: Path) -> str:
    """A path as text that can be written anywhere: bytes of a name that are no UTF-8 become U+FFFD."""
    return os.fsencode(path).decode("utf-8", "replace")


def name_of(path: Path, default: str = "document") -> str:
    """What is made of a file is called by its name without suffix, as text that any file system takes."""
    stem = "".join(char if char.isprintable() else "_" for char in printable(Path(path.stem))).strip(". ")
    return cut(stem, MOST_NAME_BYTES) or default


def path_key(path: Path) -> str:
    """One text a file and one file a text, links followed: other than `printable`, which is for reading."""
    return os.path.realpath(path).encode("utf-8", "backslashreplace").decode()


def cut(name: str, most: int) -> str:
    """The beginning of a name, of `most` bytes at most."""
    return os.fsencode(name)[:most].decode("utf-8", "ignore") if len(os.fsencode(name)) > most else name


_TEMPORARY = ".tmp"


def temporary_name(path: Path) -> Path:
    """The name beside `path` under which it is written until it is complete; always the same, so that none pile up."""
    return path.with_name(cut(path.name, 255 - len(_TEMPORARY)) + _TEMPORARY)


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary name beside `path` to write to: renamed to `path` when all went well, removed when not.

    What stands under either name is replaced, also where it is a link: no file elsewhere is written.
    """
    temporary = temporary_name(path)
    temporary.unlink(missing_ok=True)
    try:
        yield temporary
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


@contextmanager
def new_text_file(path: Path, errors: str = "strict") -> Iterator[TextIO]:
    """A UTF-8 text file that gets its name when it is complete, and leaves nothing if it is not.

    `errors` is what becomes of lone surrogates, as in `open`.
    """
    with replacing(path) as temporary, temporary.open("w", encoding="utf-8", errors=errors, newline="\n") as file:
        yield file


def open_private(path: Path) -> BinaryIO:
    """Open a file for writing, emptied; a new one only its owner may read."""
    return os.fdopen(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_CLOEXEC, 0o600), "wb")


@contextmanager
def locked(folder: Path) -> Iterator[None]:
    """Wait until no other process is in such a block for this folder; a killed process is in none."""
    descriptor = os.open(folder, os.O_RDONLY | os.O_CLOEXEC)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def make_folder(folder: Path) -> None:
    """Make a folder and those above it. Raises InputError where a file is in the way."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except (FileExistsError, NotADirectoryError):
        raise InputError(f"{folder} can't be a folder: there is a file in its way; name another") from None
