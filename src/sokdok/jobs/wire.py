"""What crosses the pipes between a parent and its child: frames of MessagePack, decoded as the kind that is expected.

A frame is eight bytes that say how long the message is, and the message. A reply begins with what it is and the number
of the job that it belongs to. Nothing is unpickled or evaluated, even if a file has taken the child over; bytes, such
as a page's pixels, cross as they are, and are a view of the frame where the kind says `memoryview`.
"""

from __future__ import annotations

import os
import struct
from collections.abc import Iterable
from pathlib import Path
from typing import IO, Any

import msgspec

READY, ITEM, ANSWER = b"=", b"*", b"+"  # the child has started; one of several results; the last, or only one
REFUSAL, FAILURE, MEMORY, LEFT = b"!", b"?", b"m", b"x"  # a SokdokError; another error; no memory; nobody waits for it
REPLY = struct.Struct(">cQ")
_LENGTH = struct.Struct(">Q")


class Start(msgspec.Struct, array_like=True):
    """The first message to a child."""

    megabytes: int  # of memory it may take; 0: a child that is trusted, and has no limits
    concurrency: int  # jobs at the same time
    opens: str  # `module:Class` made at once, or a module loaded at once; may be empty
    setup: list[msgspec.Raw]  # arguments that the class is made with


class Do(msgspec.Struct, array_like=True, tag=0):
    """One job."""

    id: int
    name: str  # `module:function`, or `module:Class.method` of the child's one object of that class
    arguments: list[msgspec.Raw]
    seconds: float  # of processor time, where the child has limits


class Leave(msgspec.Struct, array_like=True, tag=1):
    """Nobody waits for a job any more."""

    id: int


class End(msgspec.Struct, array_like=True, tag=2):
    """No more jobs come: tidy up and end."""


REQUESTS: msgspec.msgpack.Decoder[Do | Leave | End] = msgspec.msgpack.Decoder(Do | Leave | End)


class Refusal(msgspec.Struct, array_like=True):
    """A SokdokError."""

    kinds: list[str]  # names of its classes, the most special one first
    arguments: list[str]


class Failure(msgspec.Struct, array_like=True):
    """Any other error."""

    message: str
    kind: str
    trace: str


def packed(arguments: Iterable[Any]) -> list[msgspec.Raw]:
    """Arguments as they are sent; a path is the bytes that the system calls it by."""
    return [msgspec.Raw(msgspec.msgpack.encode(argument, enc_hook=os.fsencode)) for argument in arguments]


def unpacked(data: msgspec.Raw, kind: Any) -> Any:
    """One argument of a kind. Raises msgspec.DecodeError if it is of another."""
    return msgspec.msgpack.decode(data, type=kind, dec_hook=_decode_path)


def _decode_path(kind: Any, value: Any) -> Any:
    if kind is Path:
        return Path(os.fsdecode(value))
    if kind is object:
        return value
    raise NotImplementedError(kind)


def write_frame(file: IO[bytes], *parts: bytes) -> None:
    """Write one message, given in parts."""
    file.write(_LENGTH.pack(sum(map(len, parts))))
    for part in parts:
        file.write(part)
    file.flush()


def read_frame(file: IO[bytes], most: int) -> bytearray | None:
    """Read one message of at most `most` bytes; None if the other side is gone, or sends a longer one."""
    head = file.read(_LENGTH.size)
    if len(head) < _LENGTH.size or (length := _LENGTH.unpack(head)[0]) > most:
        return None
    data = bytearray(length)
    return data if file.readinto(data) == length else None  # type: ignore[attr-defined]  # of a buffered file
