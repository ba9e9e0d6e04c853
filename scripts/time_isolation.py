"""What it costs to open PDFs in a child process: the same pages converted with it and without, in turn.

    python scripts/time_isolation.py report.pdf --source text-layer
    python scripts/time_isolation.py report.pdf --source reader --pages 1-3

Prints the processor seconds a page of both, child included, and the median of the ratios of the pairs.
"""

from __future__ import annotations

import argparse
import os
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from unittest.mock import patch

import sokdok
from sokdok.documents import source
from sokdok.pages.pdf import PdfFile


class DirectFile(PdfFile):
    """A PDF that is opened in this process."""

    scalable, deaths, given_up = True, 0, ""


def main() -> None:
    """Measure."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("file", type=Path)
    parser.add_argument("--source", default="text-layer", choices=["text-layer", "reader"])
    parser.add_argument("--pages")
    parser.add_argument("--rounds", type=int, default=9)
    asked = parser.parse_args()
    reader = sokdok.load() if asked.source == "reader" else "nano"

    def seconds_a_page() -> float:
        before = _processor_seconds()
        made = sokdok.convert(asked.file, reader=reader, source=asked.source, pages=asked.pages)
        return (_processor_seconds() - before) / len(made.pages)

    pairs = []
    for number in range(asked.rounds + 1):  # the first pair warms up
        if number % 2:
            child = seconds_a_page()
        with _direct():
            direct = seconds_a_page()
        if not number % 2:
            child = seconds_a_page()
        pairs.append((direct, child))
        print(f"{number or 'warm-up'}: {direct:.4f} s a page in process, {child:.4f} with a child")
    print(f"median of ratios: {median(child / direct for direct, child in pairs[1:]):.4f}")


@contextmanager
def _direct():
    def open_file(path: Path, *, source: str, password: str | None, limits: object) -> DirectFile:
        return DirectFile(path, source, password)

    with patch.object(source, "open_file", open_file):
        yield


def _processor_seconds() -> float:
    """Of this process, its children that ended, and those that live."""
    spent = sum(os.times()[:4])
    pid = os.getpid()
    for child in Path(f"/proc/{pid}/task/{pid}/children").read_text().split():
        fields = Path(f"/proc/{child}/stat").read_text().rpartition(")")[2].split()
        spent += (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")
    return spent


if __name__ == "__main__":
    main()
