"""The child's side: a servant's methods, called by name until the parent goes away.

Limits are set before the first file is touched. Memory and processor time are limited where the system knows such
limits (`resource`: Linux, macOS); time on the clock is the parent's to watch. A child that lost its parent ends at its
next read, or else when its processor time is up.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
from contextlib import suppress
from typing import Any, BinaryIO

import msgspec

from sokdok.errors import InputError
from sokdok.isolation.frames import read_frame, write_frame
from sokdok.reasons import say

if sys.platform != "win32":
    import resource

ANSWER, REFUSAL, FAILURE = b"+", b"!", b"?"  # first byte of a reply: a result, an InputError's message, another error's


class Request(msgspec.Struct, array_like=True):
    """One call: which method, with what, and how many seconds it may take."""

    method: str
    arguments: list[Any]
    seconds: float


def main() -> None:
    """Serve until the pipe ends: arguments are the servant (`module:class`) and the megabytes of memory."""
    requests, replies = _pipes()
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    _limit_process(int(sys.argv[2]))
    module, _, name = sys.argv[1].partition(":")
    servant = getattr(importlib.import_module(module), name)()
    write_frame(replies)  # ready: from here on the parent's clock runs
    decoder = msgspec.msgpack.Decoder(Request)
    while (frame := read_frame(requests, sys.maxsize)) is not None:
        request = decoder.decode(frame)
        _limit_time(request.seconds)
        write_frame(replies, *_reply(servant, request))


def _pipes() -> tuple[BinaryIO, BinaryIO]:
    """Standard input and output as given; whatever a library prints from now on goes to stderr."""
    replies = os.fdopen(os.dup(1), "wb")
    os.dup2(2, 1)
    return sys.stdin.buffer, replies


def _reply(servant: Any, request: Request) -> tuple[bytes, bytes]:
    try:
        return ANSWER, msgspec.msgpack.encode(getattr(servant, request.method)(*request.arguments))
    except InputError as error:
        return REFUSAL, str(error).encode("utf-8", "replace")
    except MemoryError:
        return FAILURE, say("memory").encode()
    except Exception as error:  # a decoder's own: a damaged file makes them raise nearly anything
        return FAILURE, (str(error) or type(error).__name__).encode("utf-8", "replace")


def _limit_process(megabytes: int) -> None:
    """Bound memory; write no file and no core."""
    if sys.platform == "win32":
        return
    for name, most in (("RLIMIT_AS", megabytes << 20), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        with suppress(AttributeError, ValueError, OSError):  # not known here, or bounded lower already
            resource.setrlimit(getattr(resource, name), (most, most))


def _limit_time(seconds: float) -> None:
    """Bound processor time of this call: the system ends the process beyond it."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


if __name__ == "__main__":
    main()
