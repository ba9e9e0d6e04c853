"""What `bulk --engine local` costs beside reading: the same pages by the same code in one process a core.

- Both have their processes started and their readers loaded, by a unit each, before the clock runs. To the processes
  without bulk the units are dealt out beforehand, and their paces are added up as if all had ended at once; they write
  nothing.
- Seconds of processors, of all processes together, are told beside those of the clock: other work on the machine
  disturbs them less.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Sequence
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path

import msgspec

from sokdok.bulk.engine import Done, Read, Setup
from sokdok.bulk.engines.local import LocalEngine
from sokdok.bulk.plan import Unit, read_units
from sokdok.bulk.planning import build_plan
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import open_store
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError
from sokdok_lab.bench.bulk.alone import Task
from sokdok_lab.bench.processes import LineProcess, cpu_seconds


@dataclass(frozen=True)
class Pace:
    """Pages a second with and without bulk on so many workers."""

    workers: int
    pages: int
    alone: float  # pages a second of processes that read and do nothing else
    bulk: float
    alone_cpu: float  # processor seconds a page
    bulk_cpu: float

    @property
    def overhead(self) -> float:
        """Share of the time that bulk takes beside the reading."""
        return self.alone / self.bulk - 1

    @property
    def overhead_cpu(self) -> float:
        """Share of the processors' seconds."""
        return self.bulk_cpu / self.alone_cpu - 1


@dataclass(frozen=True)
class _Took:
    pages: int
    rate: float
    cpu: float


def measure(
    data: Path, folder: Path, workers: Sequence[int], question: Question, note: Callable[[str], None]
) -> list[Pace]:
    """Read all documents of a folder with and without bulk on each number of workers. Raises InputError."""
    paces: list[Pace] = []
    for count in workers:
        units, bulk = _with_bulk(data, folder / f"out-{count}", count, question)
        note(f"{count} with bulk: {bulk.pages} pages, {bulk.rate:.2f} a second, {bulk.cpu:.1f} processor seconds")
        alone = _alone(data, units, count, question)
        note(f"{count} without: {alone.pages} pages, {alone.rate:.2f} a second, {alone.cpu:.1f} processor seconds")
        if alone.pages != bulk.pages:
            raise SokdokError(f"{bulk.pages} pages with bulk and {alone.pages} without can't be compared")
        cpu = alone.cpu / alone.pages, bulk.cpu / bulk.pages
        paces.append(Pace(count, bulk.pages, alone.rate, bulk.rate, *cpu))
    return paces


def _with_bulk(data: Path, out: Path, count: int, question: Question) -> tuple[list[Unit], _Took]:
    """Plan and read with a pool of workers; all units, of which the first ones are read before the clock runs."""
    source, store = open_source(str(data)), open_store(str(out))
    with LocalEngine(Setup(question, (source.name,), str(out)), count) as engine:
        build_plan(store, question, [source], engine.looks)
        units = list(read_units(store))
        if len(units) < 2 * count:
            raise InputError(f"{data} has {len(units)} units of documents: too few for {count} workers")
        _read(engine, units[:count])
        before, began = cpu_seconds(engine.pool.pids) + time.process_time(), time.perf_counter()
        pages = _read(engine, units[count:])
        seconds = time.perf_counter() - began
        cpu = cpu_seconds(engine.pool.pids) + time.process_time() - before
    return units, _Took(pages, pages / seconds, cpu)


def _read(engine: LocalEngine, units: Iterable[Unit]) -> int:
    return sum(answer.tally.pages for _, answer in engine.reads(map(Read, units)) if isinstance(answer, Done))


def _alone(data: Path, units: Sequence[Unit], count: int, question: Question) -> _Took:
    """Read the same units in processes of their own, dealt out so that each has as many pages as the next one."""
    shares: list[list[Unit]] = [[unit] for unit in units[:count]]
    for unit in sorted(units[count:], key=lambda unit: -len(unit.numbers)):
        min(shares, key=lambda share: sum(len(one.numbers) for one in share[1:])).append(unit)
    with ExitStack() as stack:
        processes = [stack.enter_context(LineProcess("sokdok_lab.bench.bulk.alone")) for _ in shares]
        for process, share in zip(processes, shares, strict=True):
            process.say(Task(question, str(data), share))
        for process in processes:
            process.line()
        before = cpu_seconds([process.pid for process in processes])
        for process in processes:
            process.say("go on")
        took = [msgspec.json.decode(process.line(), type=tuple[int, float]) for process in processes]
        cpu = cpu_seconds([process.pid for process in processes]) - before
    return _Took(sum(pages for pages, _ in took), sum(pages / seconds for pages, seconds in took), cpu)
