"""Files of this machine that documents are in: one, all of a folder, or those that a pattern matches."""

from __future__ import annotations

import glob
import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple, Protocol

from sokdok.bulk.sources.source import Unusable
from sokdok.bulk.sources.text import shown
from sokdok.files import check_file, open_regular

DESTINATION_FILES = ("bulk.json", "lease.json", "plan.jsonl.zst")
"""a folder that holds one of these is what a run writes to"""


class Found(NamedTuple):
    """A file."""

    name: str  # by which it is opened
    shown: str  # for people
    size: int  # bytes


class Files(Protocol):
    """Files by name, wherever they lie."""

    address: str  # what they are opened by, from any folder

    def found(self) -> Iterator[Found | Unusable]:
        """All of them, in a fixed order."""

    def beside(self, name: str, other: str) -> str:
        """The name of a file that one of them calls `other`, which may be relative to it."""

    def within(self, name: str) -> bool:
        """Whether a name stays in the folder of these files."""

    def size(self, name: str) -> int:
        """Its bytes. Raises InputError."""

    def open(self, name: str) -> BinaryIO:
        """Open for reading back and forth. Raises InputError."""

    def local(self, name: str) -> Path | None:
        """Where it lies on this machine; None if it does not."""


class LocalFiles:
    """Files of this machine."""

    def __init__(self, text: str) -> None:
        self.address = os.path.abspath(text)
        self._pattern = glob.has_magic(text) and not os.path.lexists(text)
        self._root = Path(self.address)
        self._alone = False
        if self._pattern:
            parts = self._root.parts
            first = next(at for at, part in enumerate(parts) if glob.has_magic(part))
            self._root = Path(*parts[:first])
        elif not self._root.is_dir():
            check_file(self._root, shown(text))
            self._root, self._alone = self._root.parent, True

    def found(self) -> Iterator[Found | Unusable]:
        """All of them, by name; what is hidden, and what a run of ours wrote, is left out."""
        if self._pattern:
            for name in sorted(glob.iglob(self.address, recursive=True), key=os.fsencode):
                yield from self._one(Path(name)) if not Path(name).is_dir() else ()
        elif self._alone:
            yield from self._one(Path(self.address))
        else:
            yield from self._below(self._root)

    def beside(self, name: str, other: str) -> str:
        """An absolute name as it is, or one relative to the folder of `name`."""
        return os.path.relpath(os.path.join(self._root, os.path.dirname(name), other), self._root)

    def within(self, name: str) -> bool:
        """Whether a name stays in the folder of these files."""
        return not os.path.isabs(name) and os.path.normpath(name).split(os.sep)[0] != os.pardir

    def size(self, name: str) -> int:
        """Its bytes. Raises InputError."""
        path = self._root / name
        check_file(path, shown(name))
        return path.stat().st_size

    def open(self, name: str) -> BinaryIO:
        """Open for reading back and forth. Raises InputError."""
        return open_regular(self._root / name, shown(name))

    def local(self, name: str) -> Path:
        """Where it lies."""
        check_file(self._root / name, shown(name))
        return self._root / name

    def _below(self, folder: Path) -> Iterator[Found | Unusable]:
        """Files below a folder. Links to files are followed, those to folders may lead round in a circle."""
        try:
            with os.scandir(folder) as entries:
                found = sorted(entries, key=lambda entry: os.fsencode(entry.name))
        except OSError as error:
            yield Unusable(self._shown(folder), f"the folder can't be read: {error.strerror}")
            return
        if folder != self._root and any(entry.name in DESTINATION_FILES for entry in found):
            yield Unusable(self._shown(folder), "it is what sokdok bulk writes, not what it reads", False)
            return
        for entry in found:
            if entry.name.startswith("."):
                continue
            if entry.is_dir(follow_symlinks=False):
                yield from self._below(Path(entry.path))
            elif entry.is_dir():
                yield Unusable(self._shown(Path(entry.path)), "a link to a folder; name the folder as a source")
            else:
                yield from self._one(Path(entry.path))

    def _one(self, path: Path) -> Iterator[Found | Unusable]:
        try:
            status = path.stat()
        except OSError as error:
            yield Unusable(self._shown(path), error.strerror or "it can't be read")
            return
        if not stat.S_ISREG(status.st_mode):
            yield Unusable(self._shown(path), "no regular file", False)
        else:
            yield Found(os.path.relpath(path, self._root), self._shown(path), status.st_size)

    def _shown(self, path: Path) -> str:
        """Relative to where the folder lies that was named; of a file that was named, its name."""
        within = os.path.relpath(path, self._root)
        return shown(within if self._alone else os.path.join(self._root.name, within))
