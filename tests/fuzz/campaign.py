"""`make fuzz`: every target for some minutes, one after another, and a table of what came of it.

A target ends early at its first finding: libFuzzer writes the input to `fuzz/`, under runs/, and it belongs into the
corpus once it is mended. Unlike a crash, a hang (over 20 s) and memory (over 2 GB) are found by libFuzzer itself.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from pathlib import Path

from fuzz.targets import CORPUS, TARGETS

FINDINGS = Path(__file__).parents[2] / "runs" / "fuzz"
HANG_S = 20  # seconds of one input that count as a hang
MEMORY_MB = 2048

_EXECUTIONS = re.compile(r"stat::number_of_executed_units:\s*(\d+)")
_FINDING = re.compile(r"Test unit written to (\S+)")
_RAISED = re.compile(r"=== Uncaught Python exception: ===\n(.*)")


@dataclass(frozen=True)
class Outcome:
    """What came of one target."""

    target: str
    executions: int
    seconds: float
    what: str  # nothing, or: crash, hang, memory, unsafe
    raised: str
    where: str  # the file of the input

    def row(self) -> str:
        """One line of the table."""
        found = f"{self.what}: {self.raised[:90]} ({self.where})" if self.what else "nothing"
        return f"{self.target:12} {self.executions:>10,} {self.seconds:>7.0f} s  {found}"


def main() -> int:
    """Run the targets; 1 if something was found."""
    parser = argparse.ArgumentParser(description="Fuzz what is parsed and what is written.")
    parser.add_argument("targets", nargs="*", help="all by default: " + ", ".join(TARGETS))
    parser.add_argument("--minutes", type=float, default=1.0, help="for each target")
    options = parser.parse_args()
    outcomes = []
    for target in options.targets or TARGETS:
        outcomes.append(fuzz(target, options.minutes))
        print(outcomes[-1].row(), flush=True)
    return int(any(outcome.what for outcome in outcomes))


def fuzz(target: str, minutes: float) -> Outcome:
    """Run one target in a process of its own, from its corpus; what it learns is kept for this run only."""
    FINDINGS.mkdir(parents=True, exist_ok=True)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as learned:
        command = [
            *(sys.executable, "-m", "fuzz", target, learned, str(CORPUS / target)),
            *(f"-dict={CORPUS / 'markup.dict'}", f"-artifact_prefix={FINDINGS}/{target}-", "-print_final_stats=1"),
            *(f"-max_total_time={max(1, round(60 * minutes))}", f"-timeout={HANG_S}", f"-report_slow_units={HANG_S}"),
            *(f"-rss_limit_mb={MEMORY_MB}", "-max_len=4096"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, errors="replace")
    said = done.stdout + done.stderr
    counted, found, raised = _EXECUTIONS.search(said), _FINDING.search(said), _RAISED.search(said)
    what = _kind(found[1], said) if found else ("" if done.returncode == 0 else "did not run")
    words = raised[1] if raised else said.strip().splitlines()[-1] if what == "did not run" else ""
    return Outcome(
        target, int(counted[1]) if counted else 0, time.monotonic() - began, what, words, found[1] if found else ""
    )


def _kind(path: str, said: str) -> str:
    name = Path(path).name
    if "-timeout-" in name or "-slow-unit-" in name:
        return "hang"
    if "-oom-" in name:
        return "memory"
    return "unsafe" if "Unsafe" in said else "crash"


if __name__ == "__main__":
    raise SystemExit(main())
