"""A zip archive, whose members are found by their number."""

from __future__ import annotations

import lzma
import stat
import zipfile
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from typing import BinaryIO

from sokdok.bulk.sources.containers.container import Part
from sokdok.bulk.sources.containers.members import is_bomb, is_hidden, refused
from sokdok.bulk.sources.source import Unusable
from sokdok.bulk.sources.text import shown
from sokdok.errors import InputError
from sokdok.files.encoding import detect
from sokdok.isolation import Limits
from sokdok.office.suffixes import has_known_suffix

DAMAGE = (zipfile.BadZipFile, zlib.error, lzma.LZMAError, EOFError, OSError, ValueError, NotImplementedError,
          RuntimeError, OverflowError)  # fmt: skip
"""what the library raises for archives that are not as they should be"""
_ENCRYPTED, _UTF_8 = 0x1, 0x800  # bits of a member's flags
_KNOWN = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED, zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA)


class Zip:
    """An open zip archive. Raises InputError for what is none."""

    def __init__(self, file: BinaryIO, name: str, limits: Limits) -> None:
        self.name, self.limits = name, limits
        self._file = file
        try:
            self._archive = zipfile.ZipFile(file)
        except DAMAGE as error:
            file.close()
            raise InputError(f"{name} is no zip archive that can be read: {error}") from None

    def parts(self) -> Iterator[Part | Unusable]:
        """Its members in the order of the archive."""
        for number, member in enumerate(self._archive.infolist()):
            name = _name_of(member)
            if name.endswith("/") or is_hidden(name):
                continue
            if reason := self._refused(member, name):
                yield Unusable(shown(name), reason, has_known_suffix(name))
            else:
                yield Part(shown(name), str(number), member.file_size)

    @contextmanager
    def open(self, place: str) -> Iterator[BinaryIO]:
        """The bytes of a member, no more than the archive says. Raises InputError."""
        try:
            with self._archive.open(self._archive.infolist()[int(place)]) as file:
                yield file  # type: ignore[misc]
        except (*DAMAGE, IndexError) as error:
            raise InputError(f"a member of {self.name} can't be unpacked: {error}") from None

    def close(self) -> None:
        """Close it."""
        self._archive.close()
        self._file.close()

    def _refused(self, member: zipfile.ZipInfo, name: str) -> str:
        if member.flag_bits & _ENCRYPTED:
            return "it is encrypted; unpack the archive with its password first"
        if stat.S_ISLNK(member.external_attr >> 16):
            return "it is a link"
        if member.compress_type not in _KNOWN:
            return f"it is compressed in a way that is not known here (method {member.compress_type})"
        if is_bomb(member.file_size, member.compress_size):
            return f"{member.compress_size:,} bytes of it become {member.file_size:,}: it is a bomb"
        return refused(name, member.file_size, self.limits)


def _name_of(member: zipfile.ZipInfo) -> str:
    """The name as its writer meant it: without the flag it is taken for a PC's of 1981, and Korean ones mostly are."""
    if member.flag_bits & _UTF_8 or member.filename.isascii():
        return member.filename
    try:
        raw = member.orig_filename.encode("cp437")
        return raw.decode(detect(raw) or "cp437").split("\0")[0]
    except (UnicodeError, LookupError):
        return member.filename
