"""Names of files as text, and names for files that any file system takes."""

from __future__ import annotations

import os
from pathlib import Path

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
