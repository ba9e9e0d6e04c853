"""Processes that are measured: what they and those that they have started use (Linux)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from pathlib import Path
from threading import Event
from typing import TypeVar

LOOK_S = 0.2
_TICKS = os.sysconf("SC_CLK_TCK")
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)
T = TypeVar("T")


def environment(**more: str) -> dict[str, str]:
    """For a process that is to find the modules that this one finds."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(place or os.getcwd() for place in sys.path)} | more


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


def resident_mb(pid: int) -> float:
    """Memory that a process holds, in MB; 0 for one that has ended."""
    try:
        found = _RESIDENT.search(Path(f"/proc/{pid}/status").read_text())
    except OSError:
        return 0.0
    return int(found[1]) / 1024 if found else 0.0


def resident_with_children_mb(pid: int) -> float:
    """Memory that a process and all that it has started hold, in MB."""
    return resident_mb(pid) + sum(map(resident_with_children_mb, started_by(pid)))


@contextmanager
def looking(look: Callable[[], T]) -> Iterator[list[T]]:
    """Call `look` at once, every fifth of a second and at the end while the block runs; yields what it returned."""
    seen, enough = list[T](), Event()

    def run() -> None:
        seen.append(look())
        while not enough.wait(LOOK_S):
            seen.append(look())
        seen.append(look())

    with ThreadPoolExecutor(1) as pool:
        running = pool.submit(run)
        try:
            yield seen
        finally:
            enough.set()
            running.result()
