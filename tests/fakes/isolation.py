"""A servant that does what it is told, every way to die included; and the pages' servant without a child."""

from __future__ import annotations

import os
import signal
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import msgspec

from sokdok.errors import InputError
from sokdok.isolation import Died
from sokdok.pages.servant import Servant as PageServant

if TYPE_CHECKING:
    import pytest

NAME = "fakes.isolation:Servant"


class Servant:
    def __init__(self) -> None:
        self.kept: object = None

    def echo(self, value: object) -> object:
        return value

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

    def flood(self) -> None:
        os.write(_replies(), b"\x7f" * 8)

    def interrupted(self) -> bool:
        os.kill(os.getpid(), signal.SIGINT)
        return True


class Looker:
    """In the place of the servant that looks at images of turns."""

    def look(self, data: bytes, name: str) -> None:
        os.abort()


def _replies() -> int:
    """The pipe of replies: the first descriptor that `child` made beside the standard ones."""
    frame = sys._getframe()
    while frame.f_back is not None and "replies" not in frame.f_locals:
        frame = frame.f_back
    return int(frame.f_locals["replies"].fileno())


class _Here:
    """A child that is none: the servant of pages in this process."""

    running = True

    def __init__(self) -> None:
        self.servant = PageServant()

    def call(self, method: str, *arguments: Any, kind: Any) -> Any:
        try:
            answer = getattr(self.servant, method)(*arguments)
        except InputError:
            raise
        except Exception as error:
            raise RuntimeError(str(error) or type(error).__name__) from None
        return msgspec.msgpack.decode(msgspec.msgpack.encode(answer), type=kind)


def stay_in_process(monkeypatch: pytest.MonkeyPatch) -> None:
    """Open and draw files in this process from now on, for tests that replace what draws them."""
    from sokdok.pages import served

    @contextmanager
    def borrowed(servant: str, limits: object) -> Iterator[_Here]:
        yield _Here()

    monkeypatch.setattr(served, "borrowed", borrowed)


def dying(monkeypatch: pytest.MonkeyPatch, at: set[int], method: str = "page") -> list[int]:
    """Have the process that draws pages die at those of `at`, from 0; returns the pages that it was asked for.

    With `method` "layer" it dies at their text layers, with "open" at each opening, which counts as of page 0.
    """
    from sokdok.pages import served

    borrowed, asked = served.borrowed, []

    class Dying:
        def __init__(self, process: Any) -> None:
            self.process = process

        @property
        def running(self) -> bool:
            return bool(self.process.running)

        def call(self, called: str, *arguments: Any, kind: Any) -> Any:
            if called == method:
                asked.append(0 if called == "open" else arguments[0])
                if asked[-1] in at:
                    child = self.process._child
                    child.send_signal(signal.SIGABRT)
                    child.wait()
                    raise Died("the process that opens it died (SIGABRT)", 1)
            return self.process.call(called, *arguments, kind=kind)

    @contextmanager
    def lent(servant: str, limits: Any) -> Iterator[Dying]:
        with borrowed(servant, limits) as process:
            yield Dying(process)

    monkeypatch.setattr(served, "borrowed", lent)
    return asked
