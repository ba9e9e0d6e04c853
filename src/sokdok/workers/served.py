"""The worker's end of the pipes: messages in, answers out, until the pipe ends or the parent is gone."""

from __future__ import annotations

import os
import signal
import sys
import threading
import time
from typing import BinaryIO

import msgspec

from sokdok.jobs.wire import read_frame, write_frame

_WATCH_S = 0.5  # between looks at whether the parent lives


class Pipes:
    """What a worker hears and says; from now on whatever a library prints goes to stderr."""

    def __init__(self) -> None:
        signal.signal(signal.SIGINT, signal.SIG_IGN)  # Ctrl-C reaches the whole group: the parent decides
        threading.Thread(target=_end_with, args=(os.getppid(),), daemon=True).start()
        self._requests: BinaryIO = sys.stdin.buffer
        self._replies: BinaryIO = os.fdopen(os.dup(1), "wb")
        os.dup2(2, 1)
        self._lock = threading.Lock()

    def hear(self) -> bytes | None:
        """The next message; None when there are no more."""
        return read_frame(self._requests, sys.maxsize)

    def say(self, answer: object) -> None:
        """Answer; from any thread."""
        frame = msgspec.msgpack.encode(answer)
        with self._lock:
            write_frame(self._replies, frame)


def _end_with(parent: int) -> None:
    """End when the parent is gone: its next run would do the same work beside this one."""
    while os.getppid() == parent:
        time.sleep(_WATCH_S)
    os._exit(1)
