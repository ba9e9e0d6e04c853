"""Zstandard, from the standard library where it is there (Python 3.14), bounded on the way back."""

from __future__ import annotations

import io
import sys
from collections.abc import Iterator
from typing import BinaryIO

from sokdok.errors import InputError
from sokdok.files import MAX_BYTES, lines_of

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

LEVEL = 3  # a page's words in a tenth of a millisecond, at a sixth of their size
MAX_UNPACKED = 1 << 30  # bytes of what is unpacked into memory whole


def compressed(data: bytes, level: int = LEVEL) -> bytes:
    """Pack bytes into one frame that holds their checksum."""
    options: dict[int, int] = {
        zstd.CompressionParameter.compression_level: level,
        zstd.CompressionParameter.checksum_flag: 1,
    }
    return zstd.compress(data, options=options)


def decompressed(data: bytes, source: str, most: int = MAX_UNPACKED) -> bytes:
    """Unpack what `compressed` packed. Raises InputError, which calls it `source`, if it is damaged or too large."""
    try:
        with zstd.ZstdFile(io.BytesIO(data)) as file:
            unpacked = file.read(most + 1)
    except (zstd.ZstdError, EOFError):
        raise InputError(f"{source} is damaged") from None
    if not unpacked and not data:
        raise InputError(f"{source} is damaged: it is empty")
    if len(unpacked) > most:
        raise InputError(f"{source} has more than {most >> 20:,} MB when unpacked")
    return unpacked


def unpacked_lines(file: BinaryIO, source: str, longest: int = MAX_BYTES) -> Iterator[bytes]:
    """Lines of an open packed file, one in memory at a time. Raises InputError if it is damaged."""
    try:
        with zstd.ZstdFile(file) as unpacked, io.BufferedReader(unpacked) as buffered:  # type: ignore[type-var]
            yield from lines_of(buffered, source, longest)
    except (zstd.ZstdError, EOFError):
        raise InputError(f"{source} is damaged") from None


def packing(file: BinaryIO, level: int = LEVEL) -> BinaryIO:
    """Open a file for writing packed bytes into an open one, which stays open when it is closed."""
    packed = zstd.ZstdFile(file, "wb", level=level)
    packed.write(b"")  # begins the frame: what nothing is written to is whole all the same
    return packed  # type: ignore[return-value]
