"""Processes that are measured: talking with one, and what it and those that it has started use (Linux)."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from types import TracebackType

import msgspec

from sokdok.errors import SokdokError

_TICKS = os.sysconf("SC_CLK_TCK")
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


def environment() -> dict[str, str]:
    """For a process that is to find the modules that this one finds."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(place or os.getcwd() for place in sys.path)}


class LineProcess:
    """A module that runs in a process of its own on one core, and is talked with by lines, while the block runs."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", module],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            env=environment() | {"OMP_NUM_THREADS": "1"},
        )

    def __enter__(self) -> LineProcess:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._process.kill()
        self._process.wait()

    @property
    def pid(self) -> int:
        return self._process.pid

    def say(self, message: object) -> None:
        """Send a message as a line of JSON."""
        assert self._process.stdin is not None
        self._process.stdin.write(msgspec.json.encode(message).decode() + "\n")
        self._process.stdin.flush()

    def line(self) -> str:
        """Wait for its next line. Raises SokdokError if it ends without one."""
        assert self._process.stdout is not None
        line = self._process.stdout.readline()
        if not line:
            raise SokdokError(f"{self._module} ended with {self._process.wait()}")
        return line


def started_by(pid: int) -> list[int]:
    """The processes that a process has started itself, as far as they live."""
    try:
        tasks = list(Path(f"/proc/{pid}/task").iterdir())
        return [int(child) for task in tasks for child in (task / "children").read_text().split()]
    except OSError:  # it has just ended
        return []


def cpu_seconds(pids: Iterable[int]) -> float:
    """Processor seconds of processes and those that they have started, as far as they live."""
    total = 0.0
    for pid in pids:
        try:
            fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
        except OSError:
            continue
        total += (int(fields[11]) + int(fields[12])) / _TICKS + cpu_seconds(started_by(pid))
    return total


def resident_mb(pids: Iterable[int]) -> float:
    """Memory that processes hold, and those that they have started, in MB."""
    total = 0.0
    for pid in pids:
        try:
            found = _RESIDENT.search(Path(f"/proc/{pid}/status").read_text())
        except OSError:
            continue
        total += (int(found[1]) / 1024 if found else 0.0) + resident_mb(started_by(pid))
    return total
