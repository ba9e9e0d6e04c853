"""Files that documents are in, here or in a bucket: one, all of a folder, or those that a pattern matches."""

from __future__ import annotations

import fnmatch
import glob
import os
import posixpath
import re
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple, Protocol

import msgspec

from sokdok.bulk.bucket import KEYS, asking, head_of, open_bucket, open_object, split_address
from sokdok.documents.sanitize import terminal_text
from sokdok.errors import InputError
from sokdok.files import check_file, open_regular

DESTINATION_FILES = ("bulk.json", "lease.json", "plan.jsonl.zst")  # one in a folder: a run writes to it
MOST_NAME = 1_000  # characters of a name
_HALF = re.compile("[\ud800-\udfff]")
_BREAKS = str.maketrans("\t\n\f\r", "    ")


class Unusable(msgspec.Struct, frozen=True, tag="unusable"):
    """What can't be read, and why."""

    path: str
    reason: str
    lost: bool = True  # whether a document may be lost by it: what is no document is not


class Found(NamedTuple):
    """A file."""

    name: str  # by which it is opened
    shown: str  # for people
    size: int  # bytes
    stamp: str  # changes when the file does: size and time, or what a bucket says of its version


class Files(Protocol):
    """Files by name, wherever they lie."""

    address: str  # what they are opened by, from any folder

    def found(self) -> Iterator[Found | Unusable]:
        """All of them, in a fixed order."""

    def resolve(self, name: str, other: str) -> str:
        """The name of a file that one of them calls `other`, which may be relative to it."""

    def within(self, name: str) -> bool:
        """Whether a name stays in the folder of these files."""

    def find(self, name: str) -> Found:
        """One of them by its name. Raises InputError."""

    def open(self, name: str) -> BinaryIO:
        """Open for reading back and forth. Raises InputError."""

    def local(self, name: str) -> Path | None:
        """Where it lies on this machine; None if it does not."""


def open_files(text: str) -> Files:
    """The files that an address means. Raises InputError, MissingExtraError."""
    scheme, separator, _ = text.partition("://")
    if not separator or not scheme.isalnum():
        return LocalFiles(text)
    if scheme not in KEYS:
        raise InputError(f"{text} is an address that sokdok can't read from: name files, folders or s3://BUCKET/PREFIX")
    return BucketFiles(text)


def shown(name: str) -> str:
    """A name that a stranger wrote in one line: bounded, valid Unicode, nothing that a terminal obeys."""
    return valid_text(name).translate(_BREAKS)[:MOST_NAME]


def valid_text(text: str) -> str:
    """A text without halves of characters (they become U+FFFD) and control sequences."""
    return terminal_text(_HALF.sub("\N{REPLACEMENT CHARACTER}", text))


class LocalFiles:
    """Files of this machine (`Files`)."""

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
                if not os.path.isdir(name):
                    yield self._look_at(Path(name))
        elif self._alone:
            yield self._look_at(Path(self.address))
        else:
            yield from self._walk(self._root)

    def resolve(self, name: str, other: str) -> str:
        return os.path.relpath(os.path.join(self._root, os.path.dirname(name), other), self._root)

    def within(self, name: str) -> bool:
        return not os.path.isabs(name) and os.path.normpath(name).split(os.sep)[0] != os.pardir

    def find(self, name: str) -> Found:
        return _found(name, shown(name), self.local(name).stat())

    def open(self, name: str) -> BinaryIO:
        return open_regular(self._root / name, self._shown(self._root / name))

    def local(self, name: str) -> Path:
        check_file(self._root / name, self._shown(self._root / name))
        return self._root / name

    def _walk(self, folder: Path) -> Iterator[Found | Unusable]:
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
                yield from self._walk(Path(entry.path))
            else:
                yield self._look_at(Path(entry.path))

    def _look_at(self, path: Path) -> Found | Unusable:
        try:
            status = path.stat()
        except OSError as error:
            return Unusable(self._shown(path), error.strerror or "it can't be read")
        if stat.S_ISDIR(status.st_mode):
            return Unusable(self._shown(path), "a link to a folder; name the folder as a source")
        if not stat.S_ISREG(status.st_mode):
            return Unusable(self._shown(path), "no regular file", False)
        return _found(os.path.relpath(path, self._root), self._shown(path), status)

    def _shown(self, path: Path) -> str:
        """Relative to where the folder lies that was named; of a file that was named, its name."""
        within = os.path.relpath(path, self._root)
        return shown(within if self._alone else os.path.join(self._root.name, within))


def _found(name: str, path: str, status: os.stat_result) -> Found:
    return Found(name, path, status.st_size, f"{status.st_size} {status.st_mtime_ns}")


class BucketFiles:
    """Objects by their full names in a bucket (`Files`). Raises InputError for no address, MissingExtraError."""

    def __init__(self, text: str) -> None:
        self._root, self._prefix = split_address(text)
        self.address = f"{self._root}/{self._prefix}".rstrip("/")
        self._store = open_bucket(self._root)

    def found(self) -> Iterator[Found | Unusable]:
        """The object of this name, those below it, or those that a pattern matches, by name; what is hidden not."""
        pattern = glob.has_magic(self._prefix)
        parts = self._prefix.split("/")
        above = "/".join(parts[: next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))])
        root = posixpath.dirname(above) or "."
        none = True
        if not pattern and above and (alone := self._head(above, shown(posixpath.basename(above)))) is not None:
            none = False
            yield alone
        with asking(self.address, "listing"):
            for objects in self._store.list(prefix=above or None, chunk_size=1000):
                for one in objects:
                    name = one["path"]
                    within = posixpath.relpath(name, above or ".").split("/")
                    if name == above or name.endswith("/") or any(part.startswith(".") for part in within):
                        continue
                    if not pattern or _matches(name.split("/"), parts):
                        none = False
                        yield _object(one, shown(posixpath.relpath(name, root)))
        if none:
            yield Unusable(self.address, "there is nothing under this address")

    def resolve(self, name: str, other: str) -> str:
        if other.partition("://")[0] in KEYS:
            root, path = split_address(other)
            return path if root == self._root else other
        return posixpath.normpath(posixpath.join("/", posixpath.dirname(name), other)).lstrip("/")

    def within(self, name: str) -> bool:
        folder = self._prefix if not glob.has_magic(self._prefix) else ""
        return "://" not in name and name.startswith(posixpath.dirname(folder))

    def find(self, name: str) -> Found:
        found = self._head(name, shown(name)) if "://" not in name else None
        if found is None:
            raise InputError(f"{shown(name)}: no such object in {self._root}")
        if not found.size:
            raise InputError(f"{shown(name)} is empty (0 bytes)")
        return found

    def open(self, name: str) -> BinaryIO:
        try:
            return open_object(self._store, name, f"{self._root}/{shown(name)}")
        except FileNotFoundError as error:
            raise InputError(str(error)) from None

    def local(self, name: str) -> None:
        """It lies elsewhere."""
        return None

    def _head(self, name: str, path: str) -> Found | None:
        one = head_of(self._store, name, f"{self._root}/{shown(name)}")
        return None if one is None else _object(one, path)


def _object(one: Any, path: str) -> Found:
    """An object as its store lists it."""
    return Found(one["path"], path, one["size"], f"{one['size']} {one['e_tag'] or one['last_modified']}")


def _matches(names: list[str], patterns: list[str]) -> bool:
    """Whether a path matches a pattern in which `**` stands for any folders, and `*` for a part of a name."""
    if not patterns:
        return not names
    if patterns[0] == "**":
        return _matches(names, patterns[1:]) or bool(names) and _matches(names[1:], patterns)
    return bool(names) and fnmatch.fnmatchcase(names[0], patterns[0]) and _matches(names[1:], patterns[1:])
