"""What processes use of the machine, those that they have started included (Linux)."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable
from pathlib import Path

_TICKS = os.sysconf("SC_CLK_TCK")
_RESIDENT = re.compile(r"^VmRSS:\s+(\d+) kB", re.MULTILINE)


def environment() -> dict[str, str]:
    """For a process that is to find the modules that this one finds."""
    return os.environ | {"PYTHONPATH": os.pathsep.join(place or os.getcwd() for place in sys.path)}


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
