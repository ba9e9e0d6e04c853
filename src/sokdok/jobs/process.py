"""The parent's side: a job as a future, and one child that is started, given jobs, and ended when it takes too long.

`Limits` say how much a file from a stranger may take.
"""

from __future__ import annotations

import atexit
import logging
import os
import signal
import struct
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import CancelledError, Future
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from typing import Any, TypeVar
from weakref import WeakSet

import msgspec

from sokdok.errors import InputError, SokdokError, error_kinds
from sokdok.jobs import wire
from sokdok.machine import GPUS
from sokdok.reasons import say

T = TypeVar("T")
START_S = 120.0  # until a child must be ready: a third of one as a rule, many on a machine that is busy
_KEPT = {"PATH", "HOME", "LANG", "LANGUAGE", "TZ", "TMPDIR", "TEMP", "TMP", "SYSTEMROOT", "VIRTUAL_ENV"}
_KEPT_PREFIXES = ("LC_", "LD_", "DYLD_", "PYTHON", "OPENBLAS_", "COV_")
_THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
# glibc keeps a page's memory for the next page: fetching it each time costs a text layer a tenth of its time.
# One arena, since a second thread's own would take 64 MB of the address space that the child may have.
_MALLOC = {"MALLOC_MMAP_THRESHOLD_": str(1 << 30), "MALLOC_TRIM_THRESHOLD_": str(1 << 28), "MALLOC_ARENA_MAX": "1"}
_MARGIN = 16 << 20  # bytes of a reply that are no pixels
_MOST_REPLY = 1 << 28  # bytes of one of a child without limits: a page with all its words may be large
_MOST_WORDS = 1_000  # characters of an error's own
_PIPE = 1 << 20  # bytes that a pipe holds, on Linux: a page crosses in a few turns, a job never waits for room
_DYING_S = 1.0  # in which a child whose pipe has ended is gone
_TIDYING_S = 5.0  # in which a child that gets no more jobs is gone: a few hundredths as a rule


@dataclass(frozen=True)
class Limits:
    """What one file may take; beyond it a page, or the file, fails with the reason."""

    pages: int = 20_000  # opened of a file
    seconds: float = 60.0  # for a step, as opening the file or drawing a page; of the child's processor time as well
    file_seconds: float = 3_600.0  # for all steps of a file together, reading its pages apart
    megabytes: int = 2_048  # of memory that the child may take
    megapixels: int = 120  # of a picture: an A3 sheet at 800 dpi; a few bytes can ask for any size
    file_megabytes: int = 2_048  # of a file
    failures: int = 25  # failed pages in a row, until the rest of the file is left alone
    deaths: int = 3  # pages in a row at which the child died, until the rest of the file is left alone


DEFAULTS = Limits()


class Died(Exception):
    """A child ended, or answered nonsense; the text says which, as the end of a sentence."""

    def __init__(self, reason: str, answered: int = 0) -> None:
        super().__init__(reason)
        self.answered = answered  # jobs that the child had done before: those may be why it died now


class TimedOut(Died):
    """A child was not done in time."""


class Failed(RuntimeError):
    """A job's function raised an error of its own: a mistake, or a library that a damaged file has misled."""

    def __init__(self, failure: wire.Failure) -> None:
        super().__init__(failure.message[:_MOST_WORDS])
        self.kind, self.trace = failure.kind, failure.trace  # the error's class and where it was raised, for a log


class OutOfMemory(Failed):
    """A job needed more memory than its child may have."""

    def __init__(self) -> None:
        super().__init__(wire.Failure(say("memory"), "MemoryError", ""))


class Job(Future[Any]):
    """A function by name with its arguments: a future of what it answers.

    It ends with what the function returned; with the SokdokError that it raised (refused), `Failed`, `OutOfMemory`,
    `TimedOut` or `Died`; or with `CancelledError`.
    """

    def __init__(
        self,
        name: str,
        arguments: Sequence[Any],
        kind: Any,
        item: Any = Any,
        on_item: Callable[[Any], object] | None = None,
        seconds: float | None = None,
        retry: Callable[[Job, Died], Sequence[Any] | None] | None = None,
    ) -> None:
        super().__init__()
        self.name, self.arguments, self.kind, self.item = name, arguments, kind, item
        self.on_item = on_item  # called with each item that the function streams, in the thread that reads
        self.seconds = seconds  # in which it must be done, or stream its next item; None: the child's
        self.retry = retry  # after a death: arguments for the next try; None for no more
        self.deaths = 0  # of children that had nothing else in progress
        self.alone = False  # a child died at it: the next one gets nothing else
        self.left = False  # nobody waits for it any more
        self.owner: Any = None  # the pool or the child that it is given to
        self.id = 0  # in its child

    def cancel(self) -> bool:
        """Nobody waits any more: it is not begun, or ends with its next item. Whether it has ended at once."""
        return self._abandon(kill=False)

    def kill(self) -> bool:
        """End the child that works on it as well."""
        return self._abandon(kill=True)

    def begin(self) -> bool:
        """It is given to a child, perhaps to another one than before; False if it was cancelled."""
        return self.running() or self.set_running_or_notify_cancel()

    def _abandon(self, kill: bool) -> bool:
        if self.done():
            return self.cancelled()
        self.left = True
        if super().cancel():
            return True
        if self.owner is not None:
            self.owner.leave(self, kill)
        return False


class Child:
    """A process that does jobs, in their order; it lives once.

    With `limits` it is one for files from strangers: it has no secrets, writes no file, and raises no SokdokError but
    InputError. Without, it has the environment of its parent, `threads` for libraries that would take all cores, and
    the GPU it is given. `opens` names what is loaded, or made of `setup`, as it starts. `known` are further errors
    that come back as what they are. `on_done` is called after each job, `on_end` with the jobs that were lost, which
    otherwise fail.
    """

    def __init__(
        self,
        limits: Limits | None = None,
        *,
        opens: str = "",
        setup: Sequence[Any] = (),
        threads: int = 1,
        gpu: str | None = None,
        concurrency: int = 1,
        seconds: float | None = None,
        known: Sequence[type[SokdokError]] = (),
        on_done: Callable[[Child, Job], None] | None = None,
        on_end: Callable[[Child, list[Job]], None] | None = None,
    ) -> None:
        self.limits, self.opens, self.gpu, self.concurrency = limits, opens, gpu, concurrency
        self.parent = os.getpid()
        self.seconds = seconds if seconds is not None or limits is None else limits.seconds
        self.ready = False  # whether it has started
        self.error: SokdokError | None = None  # why it can't do anything
        self.jobs: list[Job] = []  # given and not done, in their order
        self.answered = 0  # jobs done
        self.work = 0  # items streamed, and jobs done that streamed none
        self.how = ""  # it ended, in words
        self._known = error_kinds() | {kind.__name__: kind for kind in known}
        self._on_done, self._on_end = on_done, on_end
        self._heard = time.monotonic()  # when it last said something, or began what it is busy with
        self._late_s = 0.0  # it was ended for saying nothing for so long
        self._closed = self._retired = False  # whether it was ended from here, or asked to end
        self._last_id = 0
        self._streamed = False  # whether the job in progress has streamed an item
        self._lock = threading.RLock()
        # Not multiprocessing: it would run the caller's main module in the child once more.
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-c", "from sokdok.jobs.child import main; main()", opens],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL if limits or not os.environ.get("SOKDOK_DEBUG") else None,
            env=_environment(limits is not None, threads, gpu),
            pipesize=_PIPE,
        )
        assert self._process.stdin is not None and self._process.stdout is not None
        self._requests, self._replies = self._process.stdin, self._process.stdout
        self._send(wire.Start(limits.megabytes if limits else 0, concurrency, opens, wire.packed(setup)))
        _living.add(self)
        self._thread = threading.Thread(target=self._read_replies, daemon=True)
        self._thread.start()

    def __enter__(self) -> Child:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self.close()

    @property
    def pid(self) -> int:
        """Of the process."""
        return self._process.pid

    @property
    def running(self) -> bool:
        """Whether it may be given jobs."""
        return not (self.how or self._closed or self._retired) and self._process.poll() is None

    def call(self, name: str, *arguments: Any, kind: type[T]) -> T:
        """What a function answers, decoded as `kind`; raises as `Job` says."""
        found: T = self.wait(self.submit(name, *arguments, kind=kind))
        return found

    def submit(self, name: str, *arguments: Any, kind: Any) -> Job:
        """Ask a function as `call` does and return at once; `wait` gives the answer."""
        job = Job(name, arguments, kind)
        job.begin()
        if not self.give(job):
            job.set_exception(Died(self.reason()[0], self.answered))
        return job

    def wait(self, job: Job) -> Any:
        """The answer of a job that this child was given, which is ended if it takes too long."""
        try:
            while not job.done():
                with suppress(TimeoutError):
                    job.exception(self.left_s())
                if not job.done() and self.left_s() == 0:
                    self.end_late()
        except BaseException:  # interrupted: whoever asks next must not wait for this
            self.close()
            raise
        return job.result()

    def give(self, job: Job) -> bool:
        """One more job; False if the child is gone."""
        arguments = wire.packed(job.arguments)
        with self._lock:
            if self.how:
                return False
            self._last_id += 1
            job.id, job.owner = self._last_id, job.owner or self
            if not self.jobs:
                self._heard = time.monotonic()
            self.jobs.append(job)
            seconds = job.seconds if job.seconds is not None else self.seconds
            self._send(wire.Do(job.id, job.name, arguments, seconds or 0.0))
        return True

    def leave(self, job: Job, kill: bool) -> None:
        """Nobody waits for a job any more; `kill` ends the child if it works on it."""
        with self._lock:
            if job not in self.jobs:
                return
            begun = job in self.jobs[: self.concurrency]
        if kill and begun:
            self.close()
        else:
            self._send(wire.Leave(job.id))

    def left_s(self) -> float | None:
        """Seconds that it still has for what it is busy with, or to start; None: it may take for ever."""
        with self._lock:
            seconds = self._most_s()
            return None if seconds is None else max(self._heard + seconds - time.monotonic(), 0.0)

    def _most_s(self) -> float | None:
        """Seconds in which it must say something."""
        if not self.ready:
            return START_S
        asked = self.jobs[0].seconds if self.jobs else None
        return self.seconds if asked is None else asked

    def end_late(self) -> None:
        """End it: its time is over."""
        self._late_s = self._most_s() or START_S
        self._process.kill()
        self._thread.join()

    def retire(self) -> None:
        """It gets no more jobs: it does those that it has, tidies up and ends."""
        self._retired = True
        self._send(wire.End())

    def close(self) -> None:
        """End it; one that retires has a few seconds for that."""
        if self._retired:
            with suppress(subprocess.TimeoutExpired):
                self._process.wait(_TIDYING_S)
        self._closed = True
        self._process.kill()
        if threading.current_thread() is not self._thread:
            self._thread.join()

    def _send(self, message: object) -> None:
        data = msgspec.msgpack.encode(message)
        deadline = threading.Timer(self.seconds or START_S, self._process.kill)
        if len(data) > _PIPE:  # a child that does not read must not keep its parent
            deadline.start()
        with suppress(OSError, ValueError), self._lock:  # it is gone: the thread that reads from it says so
            wire.write_frame(self._requests, data)
        deadline.cancel()

    def _read_replies(self) -> None:
        """What the thread does that reads from the child until it ends."""
        most = self.limits.megapixels * 3_000_000 + _MARGIN if self.limits else _MOST_REPLY
        nonsense = False
        while not nonsense and (frame := wire.read_frame(self._replies, most)) is not None:
            try:
                self._handle_reply(frame)
            except (msgspec.DecodeError, struct.error, RecursionError, LookupError, ValueError):
                nonsense = True
        with suppress(subprocess.TimeoutExpired):  # it closed the pipe and lives on, or sent too much
            self._process.wait(0.0 if nonsense else _DYING_S)
        ended = self._process.poll() is None
        self._process.kill()
        code = self._process.wait()
        for pipe in (self._requests, self._replies):
            with suppress(OSError):
                pipe.close()
        with self._lock:
            self.how = "answered nonsense" if nonsense else "was ended" if ended or self._closed else _exit_reason(code)
            lost, self.jobs = self.jobs, []
            if code == -getattr(signal, "SIGXCPU", 0):
                self._late_s = self.seconds or START_S
            if self._late_s:
                self.how = "took too long"
        if self._on_end is not None:
            self._on_end(self, lost)
            return
        reason, kind = self.reason()
        for job in lost:
            job.set_exception(CancelledError() if job.left else kind(reason, self.answered))

    def _handle_reply(self, frame: bytearray) -> None:
        """One reply. Raises LookupError or ValueError for what is none."""
        kind, id = wire.REPLY.unpack_from(frame)
        body = memoryview(frame)[wire.REPLY.size :]
        with self._lock:
            self._heard = time.monotonic()
            if id == 0 and not self.ready:
                if kind == wire.REFUSAL:
                    self.error = self._refusal(body)
                elif kind != wire.READY:
                    raise ValueError("no such reply")
                self.ready = kind == wire.READY
                return
            job = next((job for job in self.jobs if job.id == id), None)
            if job is None:
                raise LookupError(id)
            item = kind == wire.ITEM
            if item and job.on_item is None and self.limits is not None:
                raise ValueError("nobody asked for items")
            value = self._value(job, kind, body)
            if item:
                self._streamed = True
                self.work += len(value) if isinstance(value, list) else 1
            else:
                self.jobs.remove(job)
                self.answered += 1
                self.work += not self._streamed
                self._streamed = False
        if item:
            if job.on_item is not None and not job.left:
                try:
                    job.on_item(value)
                except Exception:
                    _LOG.exception("what is called with the items of %s failed", job.name)
            return
        if isinstance(value, BaseException):
            job.set_exception(value)
        else:
            job.set_result(value)
        if self._on_done is not None:
            self._on_done(self, job)

    def _value(self, job: Job, kind: bytes, body: memoryview) -> Any:
        """What a reply about a job says: an item, an answer, or an error."""
        if kind in (wire.ANSWER, wire.ITEM):
            return msgspec.msgpack.decode(body, type=job.kind if kind == wire.ANSWER else job.item)
        if kind == wire.REFUSAL:
            return self._refusal(body)
        if kind == wire.FAILURE:
            return Failed(msgspec.msgpack.decode(body, type=wire.Failure))
        if kind == wire.MEMORY:
            return OutOfMemory()
        if kind == wire.LEFT and job.left:
            return CancelledError()
        raise ValueError("no such reply")

    def _refusal(self, body: memoryview) -> SokdokError:
        """The error that was raised, or the nearest one that is known here."""
        refusal = msgspec.msgpack.decode(body, type=wire.Refusal)
        arguments = [argument[:_MOST_WORDS] for argument in refusal.arguments]
        if self.limits is not None:
            return InputError(", ".join(arguments))
        return next(self._known[name] for name in refusal.kinds if name in self._known)(*arguments)

    def reason(self) -> tuple[str, type[Died]]:
        """How it ended, as the end of a sentence, and the kind of error that this is."""
        if self._late_s:
            late = say("slow", seconds=f"{self._late_s:g}")
            return late if self.ready else f"it could not be started in {START_S:g} s", TimedOut
        if self.limits is None:
            return self.how, Died
        if self.how == "answered nonsense":
            return "what the process that opens it answered makes no sense", Died
        if self.how.startswith("died"):
            return say("died", signal=self.how[6:-1], most=self.limits.megabytes), Died
        return say("broke_off"), Died

    # --- an idle child that runs already serves the next file: starting one takes a third of a second ---

    @classmethod
    def borrow(cls, limits: Limits) -> Child:
        """A child for files from strangers, for one user at a time: the idle one, if there is one, or another."""
        with _idle_lock:
            child = _idle.pop((os.getpid(), limits), None)
        return child if child is not None and child.running else cls(limits)

    def give_back(self) -> None:
        """Keep this child, if it is well, for its next user, in place of the one kept before: one is enough."""
        assert self.limits is not None
        with _idle_lock:
            leaving = list(_idle.values()) if self.running else [self]
            if self.running:
                _idle.clear()
                _idle[os.getpid(), self.limits] = self
        for other in leaving:
            other.close()

    @classmethod
    @contextmanager
    def borrowed(cls, limits: Limits) -> Iterator[Child]:
        """A child for as long as a block runs."""
        child = cls.borrow(limits)
        try:
            yield child
        finally:
            child.give_back()

    @classmethod
    def prepare(cls, limits: Limits, opens: str) -> None:
        """Start a child that will soon be borrowed; it loads what it will be asked for while the parent goes on."""
        with _idle_lock:
            known = (os.getpid(), limits) in _idle
        if not known:
            cls(limits, opens=opens).give_back()


_LOG = logging.getLogger(__name__)
_idle: dict[tuple[int, Limits], Child] = {}  # by the process that may use it: a fork has its parent's, but may not
_idle_lock = threading.Lock()
_living: WeakSet[Child] = WeakSet()


@atexit.register
def _end_all() -> None:
    """End what still lives; a fork leaves its parent's children alone."""
    for child in list(_living):
        if child.parent == os.getpid():
            child.close()


def _exit_reason(code: int) -> str:
    if code >= 0:
        return f"broke off (exit code {code})"
    try:
        return f"died ({signal.Signals(-code).name})"
    except ValueError:
        return f"died (signal {-code})"


def _environment(bounded: bool, threads: int, gpu: str | None) -> dict[str, str]:
    """Environment of a child: what it needs to find this process' libraries; all variables if it has no limits."""
    places = os.pathsep.join(place or os.getcwd() for place in sys.path)
    given = dict.fromkeys(_THREADS, str(threads)) | {"PYTHONPATH": places}
    if not bounded:
        return os.environ | given | ({} if gpu is None else {GPUS: gpu})
    names = (name for name in os.environ if name.upper() in _KEPT or name.upper().startswith(_KEPT_PREFIXES))
    return {name: os.environ[name] for name in names} | given | _MALLOC
