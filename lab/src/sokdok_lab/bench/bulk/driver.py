"""A run of `sokdok bulk` in a process of its own, whose memory is looked at meanwhile."""

from __future__ import annotations

import re
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType

from sokdok.errors import SokdokError
from sokdok_lab.bench.processes import environment

_LOOK_S = 0.2
_POLL_S = 0.02
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


class Driver:
    """Runs `sokdok bulk` with these arguments; ends it when the block is left."""

    def __init__(self, arguments: Sequence[str]) -> None:
        self.megabytes: list[float] = []
        """of memory that the driver held, every fifth of a second"""
        self.read = 0
        """how many of these there were when all pages were read; 0 before"""
        self._process = subprocess.Popen(
            [sys.executable, "-m", "sokdok", "bulk", *arguments],
            stdout=subprocess.DEVNULL,
            stderr=subprocess.PIPE,
            text=True,
            env=environment(),
        )
        self._said: list[str] = []
        self._threads = [threading.Thread(target=work, daemon=True) for work in (self._look, self._listen)]

    def __enter__(self) -> Driver:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.terminate()
        self._process.wait()
        for thread in self._threads:
            thread.join()

    def wait(self, until: Callable[[], bool]) -> None:
        """Wait until something is so. Raises SokdokError if the run ends before."""
        while not until():
            if self._process.poll() is not None and not until():
                raise SokdokError(f"the run ended with {self._process.returncode}: {' '.join(self._said[-3:])}")
            time.sleep(_POLL_S)

    def finish(self) -> None:
        """Wait until the run ends. Raises SokdokError if it fails."""
        if self._process.wait():
            raise SokdokError(f"the run ended with {self._process.returncode}: {' '.join(self._said[-3:])}")

    def _look(self) -> None:
        status = Path(f"/proc/{self._process.pid}/status")
        while self._process.poll() is None:
            try:
                found = _RESIDENT.search(status.read_text())
            except OSError:  # it has just ended, or the system has no such file
                return
            if found:
                self.megabytes.append(int(found[1]) / 1024)
            time.sleep(_LOOK_S)

    def _listen(self) -> None:
        assert self._process.stderr is not None
        for line in self._process.stderr:
            self._said.append(line.strip())
            if " done, " in line and not self.read:
                self.read = len(self.megabytes)
