"""Files that documents are in, in a bucket of an object store."""

from __future__ import annotations

import fnmatch
import glob
import posixpath
from collections.abc import Iterator
from typing import BinaryIO

from sokdok.bulk.sources.files import Found
from sokdok.bulk.sources.source import Unusable
from sokdok.bulk.sources.text import shown
from sokdok.bulk.store.bucket import asking, open_bucket, opened, split_address
from sokdok.errors import InputError


class BucketFiles:
    """Objects by their full names in the bucket. Raises InputError for no address, MissingExtraError."""

    def __init__(self, text: str) -> None:
        self._bucket, self._prefix = split_address(text)
        self.address = f"s3://{self._bucket}/{self._prefix}".rstrip("/")
        self._store = open_bucket(self._bucket)

    def found(self) -> Iterator[Found | Unusable]:
        """The object of this name, those below it, or those that a pattern matches, by name; what is hidden not."""
        import obstore

        pattern = glob.has_magic(self._prefix)
        parts = self._prefix.split("/")
        fixed = parts[: next((at for at, part in enumerate(parts) if glob.has_magic(part)), len(parts))]
        above = "/".join(fixed)
        root = posixpath.dirname(above)
        none = True
        with asking(self.address, "listing"):
            if not pattern and above and (size := self._size(above)) is not None:
                none = False
                yield Found(above, shown(posixpath.basename(above)), size)
            for objects in obstore.list(self._store, prefix=above or None, chunk_size=1000):
                for one in objects:
                    name, size = one["path"], one["size"]
                    within = posixpath.relpath(name, above or ".")
                    hidden = any(part.startswith(".") for part in within.split("/"))
                    if hidden or name == above or name.endswith("/"):
                        continue
                    if pattern and not _matches(name, self._prefix):
                        continue
                    none = False
                    yield Found(name, shown(posixpath.relpath(name, root or ".")), size)
        if none:
            yield Unusable(self.address, "there is nothing under this address")

    def beside(self, name: str, other: str) -> str:
        """The name of an object that one calls `other`: an address in the same bucket, or a relative one."""
        if other.startswith("s3://"):
            bucket, path = split_address(other)
            return path if bucket == self._bucket else other
        return posixpath.normpath(posixpath.join("/", posixpath.dirname(name), other)).lstrip("/")

    def within(self, name: str) -> bool:
        """Whether a name stays among these."""
        folder = self._prefix if not glob.has_magic(self._prefix) else ""
        return "://" not in name and name.startswith(posixpath.dirname(folder))

    def size(self, name: str) -> int:
        """Its bytes. Raises InputError."""
        size = self._size(name) if "://" not in name else None
        if size is None:
            raise InputError(f"{shown(name)}: no such object in s3://{self._bucket}")
        if not size:
            raise InputError(f"{shown(name)} is empty (0 bytes)")
        return size

    def open(self, name: str) -> BinaryIO:
        """Open for reading back and forth. Raises InputError."""
        try:
            return opened(self._store, name, f"s3://{self._bucket}/{shown(name)}")
        except FileNotFoundError as error:
            raise InputError(str(error)) from None

    def local(self, name: str) -> None:
        """It lies elsewhere."""
        return None

    def _size(self, name: str) -> int | None:
        import obstore

        try:
            with asking(f"s3://{self._bucket}/{shown(name)}", "reading"):
                return int(obstore.head(self._store, name)["size"])
        except FileNotFoundError:
            return None


def _matches(name: str, pattern: str) -> bool:
    """Whether a name matches a pattern in which `**` stands for any folders, and `*` for a part of a name."""
    return _parts_match(name.split("/"), pattern.split("/"))


def _parts_match(names: list[str], patterns: list[str]) -> bool:
    if not patterns:
        return not names
    if patterns[0] == "**":
        return _parts_match(names, patterns[1:]) or bool(names) and _parts_match(names[1:], patterns)
    return bool(names) and fnmatch.fnmatchcase(names[0], patterns[0]) and _parts_match(names[1:], patterns[1:])
