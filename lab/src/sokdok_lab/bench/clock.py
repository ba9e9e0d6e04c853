"""Measure wall-clock time, and say what it depends on."""

from __future__ import annotations

import os
import time
from collections.abc import Iterator
from contextlib import contextmanager

from sokdok.machine import usable_cores


class Clock:
    """A stopwatch: seconds between entering and leaving a block."""

    seconds = 0.0

    @contextmanager
    def running(self) -> Iterator[None]:
        """Measure the block."""
        start = time.perf_counter()
        yield
        self.seconds = time.perf_counter() - start


def machine() -> str:
    """Describe what times depend on: processors that this process may use, and how busy they were at the start."""
    load = f", load {os.getloadavg()[0]:.1f}" if hasattr(os, "getloadavg") else ""
    return f"{usable_cores()} processors{load}"
