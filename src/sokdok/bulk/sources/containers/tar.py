"""A tar archive, compressed by gzip or not, of documents or of samples as WebDataset has them.

- Members that follow each other and share their name up to its first dot are a sample: its JSON says what is known of
  the document beside it, and whatever else stands there (a text, a class) is no document.
- A member is found by where its bytes begin: compressed ones are reached by unpacking what is before them, which costs
  nothing where documents are fetched in their order.
- Headers may say anything: one is read only if it is small, and an archive that unpacks to far too much is given up.
"""

from __future__ import annotations

import gzip
import io
import itertools
import tarfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO, NamedTuple

import msgspec

from sokdok.bulk.sources.containers.container import Part
from sokdok.bulk.sources.containers.members import is_bomb, is_hidden, refused
from sokdok.bulk.sources.source import Unusable
from sokdok.bulk.sources.text import meta_of, shown
from sokdok.errors import InputError
from sokdok.isolation import Limits
from sokdok.office.suffixes import PAGES, has_known_suffix

DAMAGE = (tarfile.TarError, zlib.error, EOFError, OSError, ValueError, OverflowError, RecursionError)
"""what the libraries raise for archives that are not as they should be"""
_GZIP = b"\x1f\x8b"
_MOST_HEADER = 1 << 20  # bytes of a header, and of the JSON of a sample
_STEP = 16 << 20  # bytes that are unpacked between two looks at how many there are


class _Member(NamedTuple):
    name: str
    place: str
    size: int
    refused: str
    meta: dict[str, str] | None  # what a small JSON says; None for anything else

    @property
    def key(self) -> str:
        """The name up to the first dot behind its folders."""
        folder, slash, name = self.name.rpartition("/")
        return f"{folder}{slash}{name.partition('.')[0]}"

    @property
    def is_page_file(self) -> bool:
        """Whether a sample is about it, where there is more than one member."""
        return f".{self.name.rpartition('.')[2].lower()}" in PAGES


class Tar:
    """An open tar archive. Raises InputError for what is none."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self._file = file
        try:
            packed = file.read(2) == _GZIP
            file.seek(0)
            unpacked = gzip.GzipFile(fileobj=file, mode="rb") if packed else file
            self._bytes = _Bounded(unpacked, file if packed else None)
        except DAMAGE as error:
            file.close()
            raise InputError(f"{name} can't be read: {error}") from None

    def parts(self) -> Iterator[Part | Unusable]:
        """The documents of its samples, in the order of the archive."""
        broken: list[Unusable] = []
        for _, sample in itertools.groupby(self._members(broken), key=lambda member: member.key):
            yield from _of_sample(list(sample))
        yield from broken

    @contextmanager
    def open(self, place: str) -> Iterator[BinaryIO]:
        """The bytes of a member. Raises InputError."""
        offset, _, size = place.partition("+")
        try:
            self._bytes.seek(int(offset))
            yield io.BufferedReader(_Window(self._bytes, int(size)), 1 << 20)
        except DAMAGE as error:
            raise InputError(f"a member of {self.name} can't be unpacked: {error}") from None

    def close(self) -> None:
        """Close it."""
        self._bytes.close()
        self._file.close()

    def _members(self, broken: list[Unusable]) -> Iterator[_Member]:
        try:
            self._bytes.seek(0)
            with tarfile.open(fileobj=self._bytes, mode="r:") as archive:  # type: ignore[call-overload]
                while (member := archive.next()) is not None:
                    archive.members = []  # it would keep them all
                    name = member.name.removeprefix("./")
                    if not member.isdir() and not is_hidden(name):
                        yield self._member(archive, member, name)
        except DAMAGE as error:
            broken.append(Unusable("", f"the archive can't be read any further: {' '.join(str(error).split())}"))

    def _member(self, archive: tarfile.TarFile, member: tarfile.TarInfo, name: str) -> _Member:
        why = "" if member.isreg() else "it is a link" if member.issym() or member.islnk() else "it is no regular file"
        why = why or ("it has holes" if member.issparse() else refused(name, member.size, self.limits))
        meta = None
        if not why and name.lower().endswith(".json") and member.size <= _MOST_HEADER:
            file = archive.extractfile(member)
            meta = _object(file.read()) if file else None
        return _Member(name, f"{member.offset_data}+{member.size}", member.size, why, meta)


def _of_sample(members: list[_Member]) -> Iterator[Part | Unusable]:
    """The documents among members of one key."""
    described = [member for member in members if member.meta is not None] if len(members) > 1 else []
    meta = {name: value for member in described for name, value in (member.meta or {}).items()}
    others = [member for member in members if member not in described]
    pages = [member for member in others if member.is_page_file and not member.refused]
    for member in others:
        if member.refused:
            yield Unusable(shown(member.name), member.refused, has_known_suffix(member.name))
        elif pages and not member.is_page_file:
            yield Unusable(shown(member.name), "it stands beside a document, as a part of its sample", False)
        else:
            yield Part(shown(member.name), member.place, member.size, meta)


def _object(data: bytes) -> dict[str, str] | None:
    try:
        found = msgspec.json.decode(data)
    except (ValueError, RecursionError):
        return None
    return meta_of(found) if isinstance(found, dict) else None


class _Bounded:
    """A file that `tarfile` reads headers from, and that is not unpacked without end."""

    def __init__(self, file: BinaryIO | gzip.GzipFile, packed: BinaryIO | None) -> None:
        self._file, self._packed = file, packed

    def read(self, size: int) -> bytes:
        if size > _MOST_HEADER:
            raise tarfile.ReadError("a header of it is too large")
        return self.take(size)

    def take(self, size: int) -> bytes:
        """Read what is no header."""
        data = self._file.read(size)
        self._check()
        return data

    def seek(self, offset: int) -> int:
        """Go to a place, in steps."""
        while offset - (at := self._file.tell()) > _STEP and self._packed is not None:
            if self._file.seek(at + _STEP) < at + _STEP:
                break
            self._check()
        return self._file.seek(offset)

    def tell(self) -> int:
        return self._file.tell()

    def close(self) -> None:
        self._file.close()

    def _check(self) -> None:
        if self._packed is not None and is_bomb(self._file.tell(), self._packed.tell()):
            raise tarfile.ReadError("it unpacks to far more than a document would: it is a bomb")


class _Window(io.RawIOBase):
    """So many bytes of a file from where it stands; fewer are an error."""

    def __init__(self, file: _Bounded, size: int) -> None:
        self._file, self._left = file, size

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        view = memoryview(buffer).cast("B")  # type: ignore[arg-type]
        data = self._file.take(min(len(view), self._left))
        if not data and self._left:
            raise EOFError("it ends too early")
        view[: len(data)] = data
        self._left -= len(data)
        return len(data)
