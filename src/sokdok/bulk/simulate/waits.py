"""How much of their time processes lose to others on the machine (Linux)."""

from __future__ import annotations

import time
from collections.abc import Iterable
from pathlib import Path

from sokdok.machine import usable_cores


class Waits:
    """Counts from now on, of a process and of all that it has started by now."""

    def __init__(self, pid: int) -> None:
        self._threads = _threads(pid)
        self._began = time.monotonic_ns()
        self._before = _spent(self._threads)

    def lost(self) -> float | None:
        """Share of their time in which they could have worked and other processes had the cores; None: nobody knows.

        At most: what they wait for each other counts, too, where the cores stand idle at other times.
        """
        cores = (time.monotonic_ns() - self._began) * usable_cores()
        worked, waited = (now - then for now, then in zip(_spent(self._threads), self._before, strict=True))
        if worked <= 0 or cores <= 0:
            return None
        return min(waited / (worked + waited), max(1 - worked / cores, 0.0))


def _threads(pid: int) -> list[Path]:
    """The threads of a process, and those of its children."""
    try:
        threads = list(Path(f"/proc/{pid}/task").iterdir())
        children = [int(child) for thread in threads for child in (thread / "children").read_text().split()]
    except OSError:  # it has just ended, or the system has no such files
        return []
    return [*threads, *(thread for child in children for thread in _threads(child))]


def _spent(threads: Iterable[Path]) -> tuple[int, int]:
    """Nanoseconds on a core, and waiting for one."""
    worked = waited = 0
    for thread in threads:
        try:
            on_core, for_core, _ = map(int, (thread / "schedstat").read_text().split())
        except (OSError, ValueError):
            continue
        worked += on_core
        waited += for_core
    return worked, waited
