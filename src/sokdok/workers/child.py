"""One worker process, as its parent sees it."""

from __future__ import annotations

import os
import signal
import struct
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import suppress
from typing import Generic, TypeVar

import msgspec

from sokdok.jobs.wire import write_frame
from sokdok.machine import GPUS

A = TypeVar("A")
_DYING_S = 0.05  # in which a process whose pipe has ended is gone
_TIDYING_S = 5.0  # in which a process that was dismissed is gone: a few hundredths as a rule
_PIPE = 1 << 20  # bytes that a pipe holds, on Linux: a message never waits for room

_LENGTH = struct.Struct(">Q")


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


class Child(Generic[A]):
    """A process that runs the module `main`: its first message is `setup`, its answers are what `decoder` decodes.

    An answer of more than `most` bytes ends it; `threads` bounds libraries that would take all cores; `gpu` is the only
    one that it sees (None: it sees what its parent does).
    """

    def __init__(
        self,
        main: str,
        setup: object,
        decoder: msgspec.msgpack.Decoder[A],
        most: int,
        threads: int,
        gpu: str | None = None,
    ) -> None:
        self.ready = False
        """whether it has said that it has started"""
        self.heard = time.monotonic()
        """when it last said something, or was given something to do, by the monotonic clock"""
        self._patience_s = _DYING_S
        quiet = None if os.environ.get("SOKDOK_DEBUG") else subprocess.DEVNULL
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", main],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=quiet,
            env=_environment(threads, gpu),
            pipesize=_PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._frames, self._decoder = Frames(most), decoder
        self.send(setup)

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    def fileno(self) -> int:
        """What can be waited for."""
        return self._replies.fileno()

    def send(self, message: object) -> None:
        """One more message."""
        with suppress(BrokenPipeError):  # it is gone: the next `answers` says so
            write_frame(self._requests, msgspec.msgpack.encode(message))

    def answers(self) -> Iterator[A]:
        """What it has said since. Raises EOFError if it is gone, or says what makes no sense."""
        data = os.read(self.fileno(), 1 << 16)
        self.heard = time.monotonic()
        try:
            frames = self._frames.feed(data) if data else None
            answers = None if frames is None else [self._decoder.decode(frame) for frame in frames]
        except msgspec.DecodeError:
            answers = None
        if answers is None:
            raise EOFError
        yield from answers

    def dismiss(self) -> None:
        """Say that nothing more comes, so that it tidies up and ends; `close` waits for that."""
        self._patience_s = _TIDYING_S
        with suppress(OSError):
            self._requests.close()

    def close(self) -> str:
        """End it; how it ended, in words."""
        ended = self._process.poll() is None
        if ended:
            with suppress(subprocess.TimeoutExpired):  # it is just dying
                self._process.wait(self._patience_s)
                ended = False
        self._process.kill()
        for pipe in (self._requests, self._replies):
            with suppress(OSError):
                pipe.close()
        return "was ended" if ended else _said(self._process.wait())


def _said(code: int) -> str:
    if code >= 0:
        return f"broke off (exit code {code})"
    try:
        return f"died ({signal.Signals(-code).name})"
    except ValueError:
        return f"died (signal {-code})"


def _environment(threads: int, gpu: str | None) -> dict[str, str]:
    """Of the parent, with its modules, and threads bounded for libraries that would take all cores."""
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)
    bounds = dict.fromkeys(("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"), str(threads))
    alone = {} if gpu is None else {GPUS: gpu}
    return os.environ | bounds | {"PYTHONPATH": places} | alone
