"""`python -m fuzz MINUTES [TARGET…]`: targets one after another, each so long, guided by coverage; `make fuzz` runs it.

A target ends early at its first finding. libFuzzer says what it is, a hang (over 20 s) and memory (over 2 GB) too, and
writes the input to `fuzz/`, under runs/; it belongs into the corpus once it is mended.
"""

import os
import sys
import tempfile
from pathlib import Path

import atheris

from fuzz.targets import CORPUS, TARGETS

FINDINGS = Path(__file__).parents[2] / "runs" / "fuzz"
ROOMS = [f"sokdok.{room}" for room in ("documents", "figures", "memory", "office", "tables", "reading.remote")]


def fuzz(name: str, minutes: float) -> None:
    """Instrument the package, prepare a target and hand it to libFuzzer, which ends the process."""
    with atheris.instrument_imports(include=[*ROOMS, "sokdok.model.checkpoints"]):
        run = TARGETS[name]()
    for seed in (CORPUS / name).iterdir():  # what is loaded at first use is no hang
        run(seed.read_bytes())
    limits = [f"-max_total_time={max(1, round(60 * minutes))}", "-timeout=20", "-rss_limit_mb=2048", "-max_len=4096"]
    places = [tempfile.mkdtemp(), str(CORPUS / name), f"-dict={CORPUS / 'markup.dict'}"]
    atheris.Setup([name, *places, *limits, f"-artifact_prefix={FINDINGS}/{name}-", "-report_slow_units=20"], run)
    atheris.Fuzz()


def main() -> int:
    """Fuzz each target in a process of its own; 1 if something was found."""
    minutes, *names = sys.argv[1:]
    FINDINGS.mkdir(parents=True, exist_ok=True)
    found = False
    for name in names or TARGETS:
        if child := os.fork():
            found |= os.waitpid(child, 0)[1] != 0
        else:
            fuzz(name, float(minutes))
    return int(found)


if __name__ == "__main__":
    raise SystemExit(main())
