"""The parent's side: a child that is started when it is needed, called, and ended when it takes too long."""

from __future__ import annotations

import atexit
import os
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from types import TracebackType
from typing import Any, TypeVar

import msgspec

from sokdok.errors import InputError
from sokdok.isolation.child import ANSWER, REFUSAL, Request
from sokdok.isolation.frames import read_frame, write_frame
from sokdok.isolation.limits import Limits
from sokdok.reasons import say

T = TypeVar("T")
_KEPT = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV"}
_SINGLE = {"OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}
"""one thread is enough, and spares the address space of others"""
_ARENA = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 28)}
"""glibc keeps a page's memory for the next page: fetching it anew each time costs a text layer a tenth of its time"""
_KEPT_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "OPENBLAS_", "COV_")
_MARGIN = 16 << 20  # bytes of a reply beside its pixels
_START_S = 60.0  # seconds until a child must be ready: a third of one as a rule, many on a machine that is busy
_PIPE = 1 << 20  # bytes that a pipe holds, on Linux: a page crosses in a few turns


class Died(Exception):
    """A child ended, took too long or answered nonsense; the text says which, as the end of a sentence."""

    def __init__(self, reason: str, answered: int) -> None:
        super().__init__(reason)
        self.answered = answered
        """calls that the child had answered before: what it did then may be why it died now"""


class TookTooLong(Died):
    """A child was not done in time."""


class Process:
    """A child whose `servant` (`module:class`) does what is asked of it, within limits; closed when it goes."""

    def __init__(self, servant: str, limits: Limits) -> None:
        self.servant, self.limits = servant, limits
        self._child: subprocess.Popen[bytes] | None = None
        self._ready = False
        self._answered = 0
        self.start()

    def __enter__(self) -> Process:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def running(self) -> bool:
        """Whether there is a child; after `Died` there is none until the next call."""
        return self._child is not None and self._child.poll() is None

    def start(self) -> None:
        """Start the child if there is none; it gets ready while the parent goes on."""
        if self.running:
            return
        self.close()  # what is left of one that was ended from outside
        # Not multiprocessing: it would run the caller's main module in the child once more.
        command = [sys.executable, "-P", "-m", "sokdok.isolation.child", self.servant, str(self.limits.megabytes)]
        self._child = subprocess.Popen(
            command,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            env=_environment(),
            pipesize=_PIPE,
        )

    def call(self, method: str, *arguments: Any, kind: type[T]) -> T:
        """What the servant's method answers, decoded as `kind`.

        Raises InputError as the servant does, RuntimeError with the words of any other error of its, and Died.
        """
        self.start()
        request = msgspec.msgpack.encode(Request(method, list(arguments), self.limits.seconds))
        if not self._ready:
            self._exchange(None, 0, _START_S, f"it could not be started in {_START_S:g} s")
            self._ready = True
        seconds = self.limits.seconds
        reply = self._exchange(request, self._most(), seconds, say("slow", seconds=f"{seconds:g}"))
        answer = self._decoded(reply, kind)
        self._answered += 1
        return answer

    def _exchange(self, request: bytes | None, most: int, seconds: float, late: str) -> bytes:
        """Send a request, if there is one, and wait for a reply of at most `most` bytes; Died if none comes in time."""
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None
        deadline = threading.Timer(seconds, child.kill)
        deadline.daemon = True
        deadline.start()
        try:
            if request is not None:
                write_frame(child.stdin, request)
            reply = read_frame(child.stdout, most)
        except OSError:  # it is gone
            reply = None
        except BaseException:  # interrupted halfway: what it answers later would be taken for the next answer
            self.close()
            raise
        finally:
            in_time = deadline.is_alive()
            deadline.cancel()
        if reply is None:
            raise self._death(in_time, late)
        return reply

    def close(self) -> None:
        """End the child."""
        child, self._child, self._ready, self._answered = self._child, None, False, 0
        if child is None:
            return
        child.kill()
        for pipe in (child.stdin, child.stdout):
            with suppress(OSError):
                pipe.close()  # type: ignore[union-attr]
        child.wait()

    def _decoded(self, reply: bytes, kind: type[T]) -> T:
        status, body = reply[:1], memoryview(reply)[1:]
        if status == ANSWER:
            try:
                return msgspec.msgpack.decode(body, type=kind)
            except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
                answered = self._answered
                self.close()
                raise Died("what the process that opens it answered makes no sense", answered) from None
        message = bytes(body[:1000]).decode("utf-8", "replace")
        raise InputError(message) if status == REFUSAL else RuntimeError(message)

    def _most(self) -> int:
        """Bytes of the largest sensible reply."""
        return self.limits.megapixels * 3_000_000 + _MARGIN

    def _death(self, in_time: bool, late: str) -> Died:
        """What became of the child, which is ended for good; `late` says that it took too long."""
        child, answered = self._child, self._answered
        assert child is not None
        with suppress(subprocess.TimeoutExpired):  # it closed the pipe and lives on, or sent too much
            child.wait(1.0)
        code = child.poll()
        self.close()
        if not in_time or code == -getattr(signal, "SIGXCPU", 0):
            return TookTooLong(late, answered)
        if code is not None and code < 0:
            return Died(say("died", signal=_name(-code), most=self.limits.megabytes), answered)
        return Died(say("broke_off"), answered)


def _name(number: int) -> str:
    try:
        return signal.Signals(number).name
    except ValueError:
        return f"signal {number}"


def _environment() -> dict[str, str]:
    """What the child needs to find its libraries, and no secrets."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if name.upper() in _KEPT or name.upper().startswith(_KEPT_PREFIXES)
    }
    # The child's modules are those of this process.
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)
    return kept | _SINGLE | _ARENA | {"PYTHONPATH": places}


_idle: dict[tuple[int, str, Limits], Process] = {}
"""by the process that started it, since a fork must not talk over its parent's pipes"""
_lock = threading.Lock()


@contextmanager
def borrowed(servant: str, limits: Limits) -> Iterator[Process]:
    """A child for one user at a time, kept for the next one if it is well."""
    key = (os.getpid(), servant, limits)
    with _lock:
        process = _idle.pop(key, None)
    process = process or Process(servant, limits)
    try:
        yield process
    finally:
        _give_back(key, process)


def prepare(servant: str, limits: Limits) -> None:
    """Start a child that will soon be borrowed: it gets ready while the parent goes on."""
    key = (os.getpid(), servant, limits)
    with _lock:
        known = key in _idle
    if not known:
        _give_back(key, Process(servant, limits))


def _give_back(key: tuple[int, str, Limits], process: Process) -> None:
    """Keep a child that is well, in place of the one kept before: one is enough."""
    with _lock:
        leaving = list(_idle.values()) if process.running else [process]
        if process.running:
            _idle.clear()
            _idle[key] = process
    for other in leaving:
        other.close()


@atexit.register
def _end_all() -> None:
    """End what is idle; a fork leaves its parent's children alone."""
    for key, process in list(_idle.items()):
        if key[0] == os.getpid():
            process.close()
