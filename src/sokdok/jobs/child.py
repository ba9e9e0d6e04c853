"""The child's side: jobs by name, one after the other or several at a time, until the parent goes away.

- Limits are set before anything is loaded. Memory and processor time are limited where the system knows such limits
  (`resource`: Linux, macOS); time on the clock is the parent's to watch.
- A thread of its own reads what the parent says, so that the end of the pipe ends the child in the middle of a job: its
  parent was killed, and its next run would do the same work at the same time.
- Arguments are decoded as the function's annotations say. A function that is a generator streams its items; any other
  may do so by `running().emit`.
"""

from __future__ import annotations

import importlib
import os
import signal
import sys
import threading
import time
import traceback
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from contextlib import suppress
from functools import cache
from inspect import signature
from itertools import chain, repeat
from typing import Any, BinaryIO, get_type_hints

import msgspec

from sokdok.errors import SokdokError
from sokdok.jobs import wire

if sys.platform != "win32":
    import resource

MOST_TRACE = 8_000  # characters
_WATCH_S = 0.5  # between looks at whether the parent lives: a fork of it would keep the pipe open
_current = threading.local()


class Running:
    """A job that is under way, as its function may ask for (`running`)."""

    def __init__(self, id: int, replies: Replies) -> None:
        self.id = id
        self.left = False  # whether nobody waits for it any more
        self.on_leave: Callable[[], None] | None = None  # called then, from another thread
        self._replies = replies

    def emit(self, item: object) -> None:
        """Stream one more item."""
        self._replies.say(wire.ITEM, self.id, item)


def running() -> Running:
    """The job that this thread works on."""
    found: Running = _current.job
    return found


class Replies:
    """The pipe to the parent; whatever a library prints from now on goes to stderr."""

    def __init__(self) -> None:
        self._file: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def say(self, kind: bytes, id: int, value: object = None) -> None:
        """One reply; from any thread. Raises what can't be encoded."""
        self.write(kind, id, msgspec.msgpack.encode(value))

    def write(self, kind: bytes, id: int, data: bytes) -> None:
        """One reply that is encoded."""
        with self._lock:
            wire.write_frame(self._file, wire.REPLY.pack(kind, id), data)


class Worker:
    """Does jobs, as many at a time as it has threads, and reads requests meanwhile."""

    def __init__(self, start: wire.Start, replies: Replies) -> None:
        self._start, self._replies = start, replies
        self._made: dict[str, Any] = {}
        self._waiting: deque[wire.Do] = deque()
        self._running: dict[int, Running] = {}
        self._ended = False
        self._changed = threading.Condition()

    def open(self) -> bool:
        """Load what the parent named, so that the first job need not wait for it; whether that went well."""
        module, _, name = self._start.opens.partition(":")
        try:
            if name:
                self._object(module, name)
            elif module:
                importlib.import_module(module)
        except SokdokError as error:
            self._replies.say(wire.REFUSAL, 0, _refusal(error))
            return False
        self._replies.say(wire.READY, 0)
        return True

    def run(self, requests: BinaryIO) -> None:
        """Work until there are no more jobs."""
        threading.Thread(target=self._read_requests, args=(requests,), daemon=True).start()
        others = [threading.Thread(target=self._work, daemon=True) for _ in range(self._start.concurrency - 1)]
        for thread in others:
            thread.start()
        self._work()
        for thread in others:
            thread.join()
        for made in self._made.values():
            if close := getattr(made, "close", None):
                close()

    def _read_requests(self, requests: BinaryIO) -> None:
        while (frame := wire.read_frame(requests, sys.maxsize)) is not None:
            message = wire.REQUESTS.decode(frame)
            with self._changed:
                if isinstance(message, wire.Do):
                    self._waiting.append(message)
                elif isinstance(message, wire.Leave):
                    self._abandon(message.id)
                else:
                    self._ended = True
                self._changed.notify_all()
            if isinstance(message, wire.End):
                return
        os._exit(1)

    def _abandon(self, id: int) -> None:
        for waiting in self._waiting:
            if waiting.id == id:
                self._waiting.remove(waiting)
                self._replies.say(wire.LEFT, id)
                return
        if (job := self._running.get(id)) is not None:
            job.left = True
            if job.on_leave is not None:
                job.on_leave()

    def _work(self) -> None:
        """What each thread does."""
        while (do := self._next_job()) is not None:
            job = _current.job = self._running[do.id]
            if self._start.megabytes:
                _limit_time(do.seconds)
            self._replies.write(*self._done(do, job))
            del self._running[do.id]

    def _next_job(self) -> wire.Do | None:
        """The next job; None when there are no more."""
        with self._changed:
            self._changed.wait_for(lambda: self._waiting or self._ended)
            if not self._waiting:
                return None
            do = self._waiting.popleft()
            self._running[do.id] = Running(do.id, self._replies)
            return do

    def _done(self, do: wire.Do, job: Running) -> tuple[bytes, int, bytes]:
        """Do a job; its last reply."""
        try:
            function = self._function(do.name)
            answer = function(*_decoded(function, do.arguments))
            if isinstance(answer, Iterator):
                for item in answer:
                    if job.left:
                        answer.close()  # type: ignore[attr-defined]  # a generator
                        break
                    job.emit(item)
                answer = None
            return (wire.LEFT if job.left else wire.ANSWER), do.id, msgspec.msgpack.encode(answer)
        except SokdokError as error:
            return wire.REFUSAL, do.id, msgspec.msgpack.encode(_refusal(error))
        except MemoryError:
            return wire.MEMORY, do.id, b""
        except Exception as error:  # a decoder's own: a damaged file makes them raise nearly anything
            return wire.FAILURE, do.id, msgspec.msgpack.encode(_failure(error))

    def _function(self, name: str) -> Callable[..., Any]:
        module, _, rest = name.partition(":")
        kind, _, method = rest.partition(".")
        found: Callable[..., Any]
        if method:
            found = getattr(self._object(module, kind), method)
        else:
            found = getattr(importlib.import_module(module), kind)
        return found

    def _object(self, module: str, name: str) -> Any:
        """The one object of a class, made at its first use."""
        key = f"{module}:{name}"
        if key not in self._made:
            kind = getattr(importlib.import_module(module), name)
            self._made[key] = kind(*_decoded(kind, self._start.setup))
        return self._made[key]


def _decoded(function: Callable[..., Any], arguments: Iterable[msgspec.Raw]) -> list[Any]:
    """Arguments as the annotations of a function say."""
    kinds = chain(_kinds(function), repeat(Any))
    return [wire.unpacked(data, kind) for data, kind in zip(arguments, kinds, strict=False)]


@cache
def _kinds(function: Callable[..., Any]) -> list[Any]:
    hints = get_type_hints(function.__init__ if isinstance(function, type) else function)  # type: ignore[misc]
    return [hints.get(name, Any) for name in signature(function).parameters]


def _refusal(error: SokdokError) -> wire.Refusal:
    kinds = [kind.__name__ for kind in type(error).__mro__ if issubclass(kind, SokdokError)]
    return wire.Refusal(kinds, [_valid_unicode(str(argument)) for argument in error.args])


def _failure(error: Exception) -> wire.Failure:
    kind = type(error).__name__
    return wire.Failure(_valid_unicode(str(error) or kind), kind, _valid_unicode(traceback.format_exc()[-MOST_TRACE:]))


def _valid_unicode(text: str) -> str:
    """Halves of characters can't cross."""
    return text.encode("utf-8", "replace").decode()


def _limit_process(megabytes: int) -> None:
    """Bound memory; write no file and no core."""
    if sys.platform == "win32":
        return
    for name, most in (("RLIMIT_AS", megabytes << 20), ("RLIMIT_FSIZE", 0), ("RLIMIT_CORE", 0)):
        with suppress(AttributeError, ValueError, OSError):  # not known here, or bounded lower already
            resource.setrlimit(getattr(resource, name), (most, most))


def _limit_time(seconds: float) -> None:
    """Bound processor time of this job: the system ends the process beyond it."""
    if sys.platform == "win32":
        return
    used = resource.getrusage(resource.RUSAGE_SELF)
    with suppress(ValueError, OSError):
        hard = resource.getrlimit(resource.RLIMIT_CPU)[1]
        resource.setrlimit(resource.RLIMIT_CPU, (int(used.ru_utime + used.ru_stime + seconds) + 2, hard))


def _end_with(parent: int) -> None:
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)


def main() -> None:
    """Serve until the pipe ends."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
    requests, replies = sys.stdin.buffer, Replies()
    if (frame := wire.read_frame(requests, sys.maxsize)) is None:
        return
    start = msgspec.msgpack.decode(frame, type=wire.Start)
    if start.megabytes:
        _limit_process(start.megabytes)
    threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
    worker = Worker(start, replies)
    if worker.open():
        worker.run(requests)
