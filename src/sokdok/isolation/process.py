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

T = TypeVar("T")
_KEPT = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV"}
_KEPT_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "OPENBLAS_", "COV_")
_MARGIN = 16 << 20
"""bytes of a reply beside its pixels"""
_PIPE = 1 << 20
"""bytes that a pipe holds, on Linux: a page crosses in a few turns"""


class Died(Exception):
    """A child ended, took too long or answered nonsense; the text says which, as the end of a sentence."""


class Process:
    """A child whose `servant` (`module:class`) does what is asked of it, within limits; closed when it goes."""

    def __init__(self, servant: str, limits: Limits) -> None:
        self.servant, self.limits = servant, limits
        self._child: subprocess.Popen[bytes] | None = None
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
        child = self._child
        assert child is not None and child.stdin is not None and child.stdout is not None
        request = msgspec.msgpack.encode(Request(method, list(arguments), self.limits.seconds))
        deadline = threading.Timer(self.limits.seconds, child.kill)
        deadline.daemon = True
        deadline.start()
        try:
            write_frame(child.stdin, request)
            reply = read_frame(child.stdout, self._most())
        except OSError:  # it is gone
            reply = None
        except BaseException:  # interrupted halfway: what it answers later would be taken for the next answer
            self.close()
            raise
        finally:
            late = not deadline.is_alive()
            deadline.cancel()
        if reply is None:
            raise Died(self._epitaph(late))
        return self._decoded(reply, kind)

    def close(self) -> None:
        """End the child."""
        child, self._child = self._child, None
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
                self.close()
                raise Died("what the process that opens it answered makes no sense") from None
        message = bytes(body[:1000]).decode("utf-8", "replace")
        raise InputError(message) if status == REFUSAL else RuntimeError(message)

    def _most(self) -> int:
        """Bytes of the largest sensible reply."""
        return self.limits.megapixels * 3_000_000 + _MARGIN

    def _epitaph(self, late: bool) -> str:
        """What became of the child; it is ended for good."""
        child = self._child
        assert child is not None
        with suppress(subprocess.TimeoutExpired):  # it closed the pipe and lives on, or sent too much
            child.wait(1.0)
        code = child.poll()
        self.close()
        if late or code == -getattr(signal, "SIGXCPU", 0):
            return f"it was not done after {self.limits.seconds:g} s"
        if code is not None and code < 0:
            memory = f"it is damaged or needs more than {self.limits.megabytes:,} MB of memory"
            return f"the process that opens it died ({_name(-code)}): {memory}"
        return "the process that opens it broke off"


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
    # The child's modules are those of this process; one thread is enough and spares the address space of others.
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)
    return kept | {"PYTHONPATH": places, "OPENBLAS_NUM_THREADS": "1", "OMP_NUM_THREADS": "1"}


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
