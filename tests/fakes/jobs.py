"""What a child can be asked for, every way to die included; and how tests of plain functions do without one."""

import os
import signal
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple

import msgspec
import pytest

from fakes.remote import wait_until
from sokdok.errors import InputError, SokdokError
from sokdok.jobs import Child, Died, Failed, Job, Limits, OutOfMemory, process
from sokdok.jobs import child as other_side
from sokdok.jobs.child import running
from sokdok.jobs.wire import Start, packed
from sokdok.reasons import say

ODD = "fakes.jobs:Odd"


def lives(pid: int) -> bool:
    """Whether a process runs; one that has ended, and that nobody has waited for, does not."""
    try:
        os.kill(pid, 0)
        state = Path(f"/proc/{pid}/stat")
        return not state.exists() or "Z" not in state.read_text().rpartition(")")[2].split()[0]
    except OSError:
        return False


def gone(pids: list[int]) -> bool:
    """Whether processes end within a minute."""
    return wait_until(lambda: not any(map(lives, pids)))


class Place(NamedTuple):
    x: float
    y: float


class Odd:
    def __init__(self) -> None:
        self.kept: object = None

    def echo(self, value: object) -> object:
        return value

    def kinds(self, place: Place, names: list[str], numbers: dict[int, str]) -> list[str]:
        return [type(value).__name__ for value in (place, names, next(iter(numbers)))]

    def keep(self, value: object) -> None:
        self.kept = value

    def recall(self) -> object:
        return self.kept

    def refuse(self) -> None:
        raise InputError("x.pdf is not what it should be")

    def fail(self, words: str) -> None:
        raise ValueError(words)

    def abort(self) -> None:
        os.abort()

    def leave(self) -> None:
        os._exit(0)

    def hang(self) -> None:
        time.sleep(600)

    def spin(self) -> None:
        while True:
            pass

    def take(self, megabytes: int) -> int:
        return len(bytearray(megabytes << 20))

    def write_file(self, path: str) -> None:
        with open(path, "w") as file:
            file.write("x")

    def print(self) -> str:
        print("this is no reply")
        os.write(1, b"nor is this")
        return "reply"

    def environment(self) -> dict[str, str]:
        return dict(os.environ)

    def pid(self) -> int:
        return os.getpid()

    def garbage(self) -> None:
        os.write(_replies(), b"\0" * 7 + b"\x03+\xc1\xc1")

    def chatter(self) -> None:
        """Seem to do something, for ever."""
        running().emit("soon")

    def again(self) -> None:
        running()._replies.say(b"=", 0)

    def flood(self) -> None:
        os.write(_replies(), b"\x7f" * 8)

    def interrupted(self) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return True


def look(data: bytes, name: str) -> None:
    """In the place of what looks at images of turns."""
    os.abort()


def _replies() -> int:
    """The pipe of replies: the first descriptor that the child made beside the standard ones."""
    return running()._replies._file.fileno()


class _Here:
    """In place of a child for strangers' files, in tests of plain functions: the same by name, in this process."""

    def __init__(self, limits: Limits | None = None, **options: Any) -> None:
        if limits is None:
            pytest.fail("a test that starts workers is one of processes: mark it `process`")
        self.limits, self.answered, self.closed = limits, 0, False
        self.worker = other_side.Worker(Start(0, 1, "", []), None)

    @property
    def running(self) -> bool:
        return not self.closed

    def submit(self, name: str, *arguments: Any, kind: Any) -> Job:
        job = Job(name, arguments, kind)
        try:
            function = self.worker._function(name)
            answer = msgspec.msgpack.encode(function(*other_side._decoded(function, packed(arguments))))
            job.set_result(msgspec.msgpack.decode(answer, type=kind))
        except _Aborted:
            self.close()
            job.set_exception(Died(say("died", signal="SIGABRT", most=self.limits.megabytes), self.answered))
        except SokdokError as error:
            job.set_exception(InputError(*error.args))
        except MemoryError:
            job.set_exception(OutOfMemory())
        except Exception as error:
            job.set_exception(Failed(other_side._failure(error)))
        self.answered += 1
        return job

    def wait(self, job: Job) -> Any:
        return job.result()

    def close(self) -> None:
        self.closed = True


class _Aborted(Exception):
    """What `os.abort` is in a test of plain functions."""


def _abort() -> None:
    raise _Aborted


def stay_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open strangers' files in this process from now on: `conftest.py` does so for all tests of plain functions."""
    monkeypatch.setattr(process, "_idle", {})
    monkeypatch.setattr(os, "abort", _abort)
    for name in ("__init__", "running", "submit", "wait", "close"):
        monkeypatch.setattr(Child, name, vars(_Here)[name])


def dying(monkeypatch: pytest.MonkeyPatch, at: set[int], method: str = "page") -> list[int]:
    """Have the process that draws pages die at those of `at`, from 0; returns the pages that it was asked for.

    With `method` "layer" it dies at their text layers, with "open" at each opening, which counts as of page 0, with
    another one that names no page at those calls.
    """
    asked: list[int] = []
    begin = Child.submit

    def submit(self: Child, name: str, *arguments: Any, kind: Any) -> Job:
        if name.endswith(f".{method}"):
            asked.append(0 if method == "open" else arguments[0] if arguments else len(asked))
            if asked[-1] in at:
                self.answered = min(self.answered, 1)  # it had opened this file and done nothing else
                return begin(self, "os:abort", kind=kind)
        return begin(self, name, *arguments, kind=kind)

    monkeypatch.setattr(Child, "submit", submit)
    return asked


WORKER = "fakes.jobs:Worker"


class Worker:
    """What a pool's children are asked; it is opened with what it begins with."""

    def __init__(self, first: int, notes: Path) -> None:
        if first < 0:
            raise InputError("less than nothing")
        if first == 13:
            os.abort()
        self.first, self.notes = first, notes

    def add(self, number: int) -> int:
        if number == 99:
            os.abort()
        if number == 404:
            raise Odds("not here")
        return self.first + number

    def pid(self) -> int:
        return os.getpid()

    def gpu(self) -> str:
        return os.environ.get("CUDA_VISIBLE_DEVICES", "")

    def count(self, number: int, seconds: float = 0.0) -> Iterator[int]:
        for each in range(number):
            yield each
            time.sleep(seconds)

    def emit(self, number: int) -> str:
        for each in range(number):
            running().emit(each)
        return "done"

    def left(self) -> None:
        event = threading.Event()
        running().on_leave = event.set
        running().emit(0)
        event.wait(60)
        self.notes.touch()

    def die(self, times: int, number: int = 0) -> int:
        tries = len(list(self.notes.parent.glob("death*")))
        if tries < times:
            (self.notes.parent / f"death{tries}").touch()
            os.abort()
        return number

    def close(self) -> None:
        self.notes.write_text("tidy")


class Odds(InputError):
    """An error that only those know who are told of it."""
