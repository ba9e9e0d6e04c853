"""What the driver of a long run holds in memory, from its beginning to its end."""

from __future__ import annotations

import time
from dataclasses import dataclass
from pathlib import Path
from statistics import fmean

from sokdok_lab.bench.bulk.corpus import write_corpus
from sokdok_lab.bench.bulk.driver import Driver


@dataclass(frozen=True)
class Held:
    """Memory over a run."""

    pages: int
    seconds: float  # planning, reading and merging
    early_mb: float  # mean of the second tenth of planning and reading: all of the program is loaded by then
    late_mb: float  # mean of the last tenth
    peak_mb: float  # most, merging included

    @property
    def pages_per_day(self) -> float:
        """At this pace."""
        return self.pages / self.seconds * 86_400


def measure(folder: Path, pages: int, workers: int) -> Held:
    """Read a corpus of exact text layers."""
    corpus, out = folder / "corpus", folder / "out"
    write_corpus(corpus, pages)
    began = time.perf_counter()
    with Driver([str(corpus), "-o", str(out), "--source", "auto", "-j", str(workers)]) as driver:
        driver.finish()
        seconds = time.perf_counter() - began
    held = driver.megabytes[: driver.read] or driver.megabytes or [0.0]
    tenth = max(1, len(held) // 10)
    return Held(
        pages, seconds, fmean(held[tenth : 2 * tenth] or held), fmean(held[-tenth:]), max(driver.megabytes or held)
    )
