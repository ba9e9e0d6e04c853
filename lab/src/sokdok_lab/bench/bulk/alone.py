"""A process that reads units and does nothing else: the first to load everything, the others when it is told to.

Standard input: a line of JSON (`Task`), and a line to go on; standard output: a line when it is ready, and one with how
many pages it read and how long that took.
"""

from __future__ import annotations

import sys
import time
from contextlib import closing
from pathlib import Path

import msgspec

from sokdok.bulk.plan import Unit
from sokdok.documents.convert.convert import read_pages
from sokdok.documents.question import Conversion, Question, open_reader
from sokdok.documents.source import open_source


class Task(msgspec.Struct):
    """What to read."""

    question: Question
    folder: str
    units: list[Unit]


def main() -> None:
    """Read."""
    task = msgspec.json.decode(sys.stdin.readline(), type=Task)
    asked = Conversion(task.question, open_reader(task.question, threads=1))
    first, *others = task.units
    _read(Path(task.folder), first, asked)
    print("ready", flush=True)
    sys.stdin.readline()
    began = time.perf_counter()
    pages = sum(_read(Path(task.folder), unit, asked) for unit in others)
    print(msgspec.json.encode([pages, time.perf_counter() - began]).decode(), flush=True)
    sys.stdin.readline()  # its seconds are looked up before it ends


def _read(folder: Path, unit: Unit, asked: Conversion) -> int:
    with closing(open_source(folder / unit.place, asked.question)) as file:
        return sum(1 for _ in read_pages(file, range(unit.first - 1, unit.last), asked))


if __name__ == "__main__":
    main()
