"""Read rows of a damaged SQLite file page by page, without SQLite.

- Every leaf page of a table tells by itself what rows it holds, so no damage elsewhere can hide them: neither that of
  the file's header nor that of the tree above.
- Pages that are in the write-ahead log only are read from there. Where a page has several versions, all are looked at;
  of an append-only table, each row of any version is right.
- https://sqlite.org/fileformat2.html, chapters 1.6, 1.7, 2.1 and 4.
"""

from __future__ import annotations

import hashlib
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from mmap import mmap
from typing import Any

MAGIC = b"SQLite format 3\0"
"""First bytes of a database file."""
_DATABASE_HEADER_BYTES = 100
"""Length of the file's header, which precedes the first page's own."""
_PAGE_HEADER_BYTES = 8
"""Length of a leaf page's header, behind which the places of its rows stand."""
_TABLE_LEAF = 0x0D
"""Type of a page that holds rows of a table."""
_WAL_HEADER_BYTES = 32
"""Length of the write-ahead log's header."""
_FRAME_HEADER_BYTES = 24
"""Length of the header of each page in the log."""
_INTEGER_BYTES = {1: 1, 2: 2, 3: 3, 4: 4, 5: 6, 6: 8}
"""Length of integers by their serial type (§2.1)."""
FOLLOWED_TIMES = 4
"""Times a file's length up to which overflow pages are read."""
_MAX_COLUMNS = 64
"""Columns of a row, at most: more are no row of ours."""


class Unreadable(Exception):
    """A row, or what should be one, doesn't follow the format."""


@dataclass(frozen=True)
class Row:
    """A row where it was found."""

    id: int
    values: tuple[Any, ...]
    """Values as stored: None in place of the id, texts as `Text`."""


class Text(bytes):
    """A text that is not decoded yet."""


class Pages:
    """The pages of a database file and its write-ahead log, both as bytes; the log may be empty."""

    def __init__(self, file: bytes | mmap, log: bytes | mmap, page_size: int) -> None:
        """`page_size` is what the store was made with, in case the header is lost."""
        self._page_size, self._usable = _sizes(file, page_size)
        self._versions: list[tuple[int, bytes | mmap, int]] = [(number, file, at) for number, at in self._in_file(file)]
        self._versions += [(number, log, at) for number, at in self._in_log(log)]
        self._latest = {number: (source, at) for number, source, at in self._versions}
        self._bytes = len(file) + len(log)
        self._to_follow = FOLLOWED_TIMES * self._bytes
        self._followed: set[bytes] = set()

    def rows(self) -> Iterator[Row]:
        """Yield all rows of all tables that can be read, some of them more than once."""
        for number, source, at in self._versions:
            page = source[at : at + self._usable]
            header = _DATABASE_HEADER_BYTES if number == 1 else 0
            if len(page) == self._usable and page[header] == _TABLE_LEAF:
                yield from self._leaf(page, header)

    def _in_file(self, file: bytes | mmap) -> Iterator[tuple[int, int]]:
        """Yield (number, position) of the file's pages."""
        for number in range(1, len(file) // self._page_size + 1):
            yield number, (number - 1) * self._page_size

    def _in_log(self, log: bytes | mmap) -> Iterator[tuple[int, int]]:
        """Yield (number, position) of the log's committed pages (§4.1).

        Frames of another salt are left over from before the log's last reset.
        """
        salt = log[16:24]
        waiting: list[tuple[int, int]] = []
        size = _FRAME_HEADER_BYTES + self._page_size
        for at in range(_WAL_HEADER_BYTES, len(log) - size + 1, size):
            number, committed = struct.unpack_from(">II", log, at)
            if log[at + 8 : at + 16] != salt:
                continue
            waiting.append((number, at + _FRAME_HEADER_BYTES))
            if committed:
                yield from waiting
                waiting = []

    def _leaf(self, page: bytes, header: int) -> Iterator[Row]:
        """Yield the rows of a leaf page whose header begins at `header` (§1.6)."""
        (count,) = struct.unpack_from(">H", page, header + 3)
        for i in range(min(count, (len(page) - header - _PAGE_HEADER_BYTES) // 2)):
            (at,) = struct.unpack_from(">H", page, header + _PAGE_HEADER_BYTES + 2 * i)
            try:
                yield self._row(page, at)
            except (Unreadable, IndexError, struct.error):
                continue

    def _row(self, page: bytes, at: int) -> Row:
        """Read the row at a position of a page. Raises Unreadable, IndexError or struct.error."""
        length, at = _varint(page, at)
        row, at = _varint(page, at)
        if (stored := self._local(length)) < length:
            self._follow_once(page[at : at + stored + 4], row, length)
        payload = self._payload(page, at, length)
        return Row(row - (1 << 64) if row >> 63 else row, tuple(_record(payload)))

    def _follow_once(self, local: bytes, row: int, length: int) -> None:
        """Raise Unreadable for a row on overflow pages that was read before or can't be one.

        A page in the log often holds what an earlier version of it held. Of a file that was made to cost time, rows are
        read no further than all of it has bytes, a few times over.
        """
        key = hashlib.blake2b(b"%d %d " % (row, length) + local, digest_size=16).digest()
        if key in self._followed or not 0 < length <= min(self._bytes, self._to_follow):
            raise Unreadable
        self._to_follow -= length
        self._followed.add(key)

    def _payload(self, page: bytes, at: int, length: int) -> bytes:
        """Return the content of a row, with what of it lies on overflow pages (§1.7)."""
        local = self._local(length)
        parts, left = [page[at : at + local]], length - local
        (number,) = struct.unpack_from(">I", page, at + local) if left else (0,)
        while left > 0:
            source, start = self._latest.get(number, (b"", 0))
            if len(source) < start + self._usable or not source:
                raise Unreadable
            (number,) = struct.unpack_from(">I", source, start)
            parts.append(source[start + 4 : start + 4 + min(left, self._usable - 4)])
            left -= self._usable - 4
        return b"".join(parts)

    def _local(self, length: int) -> int:
        """Return how many bytes of a row's content lie on its leaf page (§1.6)."""
        if length <= self._usable - 35:
            return length
        least = (self._usable - 12) * 32 // 255 - 23
        local = least + (length - least) % (self._usable - 4)
        return local if local <= self._usable - 35 else least


def _sizes(file: bytes | mmap, default: int) -> tuple[int, int]:
    """Return (size of a page, bytes of it that are used), from the header if there is one."""
    if file[:16] != MAGIC:
        return default, default
    if len(file) < _DATABASE_HEADER_BYTES:
        return default, default
    (size,) = struct.unpack_from(">H", file, 16)
    size = 65536 if size == 1 else size
    return (size, size - file[20]) if size >= 512 and not size & (size - 1) else (default, default)


def _varint(data: bytes, at: int) -> tuple[int, int]:
    """Return (value, position behind it) of an integer in one to nine bytes."""
    value = 0
    for i in range(at, at + 8):
        value = value << 7 | data[i] & 0x7F
        if data[i] < 0x80:
            return value, i + 1
    return value << 8 | data[at + 8], at + 9


def _record(payload: bytes) -> Iterator[Any]:
    """Yield the values of a row. Raises Unreadable."""
    end, at = _varint(payload, 0)
    kinds = []
    while at < end:
        kind, at = _varint(payload, at)
        kinds.append(kind)
    if at != end or len(kinds) > _MAX_COLUMNS:
        raise Unreadable
    for kind in kinds:
        value, at = _value(payload, at, kind)
        yield value
    if at != len(payload):
        raise Unreadable


def _value(payload: bytes, at: int, kind: int) -> tuple[Any, int]:
    """Return (value, position behind it) of a column of serial type `kind`. Raises Unreadable."""
    if kind == 0:
        return None, at
    if kind in (8, 9):
        return kind - 8, at
    if kind == 7:
        return struct.unpack_from(">d", payload, at)[0], at + 8
    if kind in (10, 11):
        raise Unreadable
    size = (kind - 12) // 2 if kind >= 12 else _INTEGER_BYTES[kind]
    data = payload[at : at + size]
    if len(data) < size:
        raise Unreadable
    if kind < 12:
        return int.from_bytes(data, "big", signed=True), at + size
    return (Text(data) if kind % 2 else data), at + size
