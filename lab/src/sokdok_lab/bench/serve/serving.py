"""A server in a process of its own, which can be killed and started again."""

from __future__ import annotations

import subprocess
import sys
from types import TracebackType

import msgspec

from sokdok.errors import SokdokError
from sokdok_lab.bench.processes import environment, started_by
from sokdok_lab.bench.serve.program import Task

_STOP_S = 30.0


class Serving:
    """Serves while the block runs."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.address = ""
        """another one after each start"""
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Serving:
        self.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        process = self._running
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int:
        """Of the front process."""
        return self._running.pid

    @property
    def children(self) -> list[int]:
        """The processes that it has started: readers, and the one that looks at files."""
        return started_by(self.pid)

    def start(self) -> None:
        """Start it; it answers when this returns. Raises SokdokError if it ends instead."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", "sokdok_lab.bench.serve.program", msgspec.json.encode(self.task).decode()],
            stdout=subprocess.PIPE,
            text=True,
            env=environment() | {"OMP_NUM_THREADS": "1"},
        )
        assert self._process.stdout is not None
        address = self._process.stdout.readline().strip()
        if not address:
            raise SokdokError(f"the server ended with {self._process.wait()} as it started")
        self.address = address

    def kill(self) -> None:
        """End it as a machine that fails would."""
        self._running.kill()
        self._running.wait()

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process
