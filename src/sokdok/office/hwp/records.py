"""HWP 5's records: streams of tagged pieces, each below the last one of a lower level, and the text codes in them.

A record is four bytes (tag, level, length) and its payload. Specification: Hancom, "한글 문서 파일 형식 5.0", 1.3.
"""

from __future__ import annotations

import struct
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field

from sokdok.errors import InputError
from sokdok.reasons import say

BIN_DATA, NUMBERING, PARA_SHAPE, STYLE = 0x12, 0x17, 0x19, 0x1A  # tags in `DocInfo`
PARA_HEADER, PARA_TEXT, CTRL_HEADER, LIST_HEADER, TABLE, PICTURE, EQUATION = 0x42, 0x43, 0x47, 0x48, 0x4D, 0x55, 0x58
"""tags in sections"""
MOST_DEEP = 60  # levels; deeper ones are taken as this one
MOST_RECORDS = 5_000_000
_EXTENDED = {1, 2, 3, 11, 12, 14, 15, 16, 17, 18, 21, 22, 23}
"""codes that stand for the next control of a paragraph, and take eight places"""
_INLINE = {4, 5, 6, 7, 8, 9, 19, 20}  # codes with seven places of their own behind them
EXTENDED, FIELD_END, TAB = 1, 4, 9
"""what `codes` gives for any of the former, for the end of a field, and a tabulator's code"""
_SPACES = {10: "\n", 24: "-", 30: "\xa0", 31: " "}


@dataclass
class Record:
    """A record, with those below it."""

    tag: int
    level: int
    data: bytes
    below: list[Record] = field(default_factory=list)

    def number(self, offset: int, size: int = 2) -> int:
        """An unsigned number of the payload; 0 behind its end."""
        return int.from_bytes(self.data[offset : offset + size], "little")

    def text(self, offset: int) -> str:
        """A text of the payload, which begins with its length."""
        length = self.number(offset)
        return self.data[offset + 2 : offset + 2 + 2 * length].decode("utf-16-le", "replace")

    def first(self, tag: int) -> Record | None:
        """The first record of a tag right below."""
        return next((one for one in self.below if one.tag == tag), None)

    @property
    def control(self) -> str:
        """Which control a header is of: `tbl `, `gso `, `fn  `."""
        return self.data[3::-1].decode("latin-1") if len(self.data) >= 4 else ""


def inflate(data: bytes, most: int, source: str) -> bytes:
    """Unpack a stream; InputError beyond `most` bytes, and for a damaged one."""
    decoder = zlib.decompressobj(-15)
    try:
        unpacked = decoder.decompress(data, most + 1)
    except zlib.error as error:
        raise InputError(f"{source} is damaged: a stream can't be unpacked ({error})") from None
    if len(unpacked) > most:
        raise InputError(say("unpacks_large", file=source, most=most >> 20))
    return unpacked


def read_records(data: bytes, source: str) -> Record:
    """The records of a stream, below one that is none. A last one that is cut off ends them."""
    root = Record(-1, -1, b"")
    opened = [root]
    offset = count = 0
    while offset + 4 <= len(data):
        (head,) = struct.unpack_from("<I", data, offset)
        offset += 4
        tag, level, size = head & 0x3FF, min(head >> 10 & 0x3FF, MOST_DEEP), head >> 20
        if size == 0xFFF:
            size = int.from_bytes(data[offset : offset + 4], "little")
            offset += 4
        record = Record(tag, level, data[offset : offset + size])
        offset += size
        while opened[-1].level >= level:
            opened.pop()
        opened[-1].below.append(record)
        opened.append(record)
        count += 1
        if count > MOST_RECORDS:
            raise InputError(f"{source} has more than {MOST_RECORDS:,} records")
    return root


def codes(data: bytes) -> Iterator[str | int]:
    """A paragraph's text: pieces of it, `EXTENDED` for each control that is due, `FIELD_END` for the end of a field."""
    units = memoryview(data[: len(data) // 2 * 2]).cast("H") if data else memoryview(b"")
    start = at = 0
    while at < len(units):
        unit = units[at]
        if unit > 31:
            at += 1
            continue
        if start < at:
            yield data[2 * start : 2 * at].decode("utf-16-le", "replace")
        if unit in _EXTENDED:
            yield EXTENDED
        elif unit == FIELD_END:
            yield FIELD_END
        elif unit == TAB:
            yield " "
        elif unit in _SPACES:
            yield _SPACES[unit]
        at += 8 if unit in _EXTENDED or unit in _INLINE else 1
        start = at
    if start < len(units):
        yield data[2 * start :].decode("utf-16-le", "replace")
