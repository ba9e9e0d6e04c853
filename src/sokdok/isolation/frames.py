"""Messages over a pipe: eight bytes that say how long a message is, and the message."""

from __future__ import annotations

import struct
from typing import IO

_LENGTH = struct.Struct(">Q")


def write_frame(file: IO[bytes], *parts: bytes) -> None:
    """Write one message, given in parts."""
    file.write(_LENGTH.pack(sum(map(len, parts))))
    for part in parts:
        file.write(part)
    file.flush()


def read_frame(file: IO[bytes], most: int) -> bytes | None:
    """Read one message of at most `most` bytes; None if the other side is gone, or sends a longer one."""
    head = _exactly(file, _LENGTH.size)
    if head is None or (length := _LENGTH.unpack(head)[0]) > most:
        return None
    return _exactly(file, length)


def _exactly(file: IO[bytes], count: int) -> bytes | None:
    data = file.read(count)
    return data if len(data) == count else None


class Frames:
    """Messages of at most `most` bytes, from pieces of a pipe as they come."""

    def __init__(self, most: int) -> None:
        self.most = most
        self._data = bytearray()

    def feed(self, data: bytes) -> list[bytes] | None:
        """The messages that are whole now; None if one is too long."""
        self._data += data
        found: list[bytes] = []
        while len(self._data) >= _LENGTH.size:
            length = _LENGTH.unpack_from(self._data)[0]
            if length > self.most:
                return None
            end = _LENGTH.size + length
            if len(self._data) < end:
                break
            found.append(bytes(self._data[_LENGTH.size : end]))
            del self._data[:end]
        return found
