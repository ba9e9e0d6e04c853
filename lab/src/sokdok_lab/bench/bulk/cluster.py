"""Ray beside the local engine: the same units of the same plan, start-up aside."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from sokdok.bulk.engine import Done, Engine, Read, Setup
from sokdok.bulk.engines.local import LocalEngine
from sokdok.bulk.engines.ray import RayEngine
from sokdok.bulk.lease import Driving
from sokdok.bulk.plan import Unit, read_units
from sokdok.bulk.planning import build_plan
from sokdok.bulk.results import result_name
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import open_store
from sokdok.documents.question import Question

_TOGETHER_S = 0.05  # between results of one block


@dataclass(frozen=True)
class Beside:
    """Pages a second of both engines, from the first result of a run to the last."""

    workers: int
    pages: int
    local: float
    ray: float
    local_start_s: float
    ray_start_s: float  # from the call to the first result

    @property
    def overhead(self) -> float:
        """Share of the time that Ray takes beside what the local engine takes."""
        return self.local / self.ray - 1


def measure(data: Path, folder: Path, workers: int, question: Question, note: Callable[[str], None]) -> Beside:
    """Read all documents of a folder by either engine on so many workers."""
    source, store = open_source(str(data)), open_store(str(folder / "out"))
    setup = Setup(question, (source.name,), str(folder / "out"))
    with LocalEngine(setup, workers) as pool:
        build_plan(store, question, [source], pool.looks)
    units = list(read_units(store))
    with Driving(store):
        with LocalEngine(setup, workers) as pool:
            local = _pace(pool, units)
        note(f"local: {local[0]:.2f} pages a second, the first result after {local[1]:.1f} s")
        for unit in units:
            store.remove(result_name(unit.id))
        with RayEngine(setup, workers) as engine:
            ray = _pace(engine, units)
        note(f"ray: {ray[0]:.2f} pages a second, the first result after {ray[1]:.1f} s")
    return Beside(workers, sum(len(unit.numbers) for unit in units), local[0], ray[0], local[1], ray[1])


def _pace(engine: Engine, units: Sequence[Unit]) -> tuple[float, float]:
    """Pages a second between the first and the last result, and seconds until the first."""
    began = time.perf_counter()
    ended: list[tuple[float, int]] = []
    for _, answer in engine.reads(map(Read, units)):
        if isinstance(answer, Done):
            ended.append((time.perf_counter(), answer.tally.pages))
    first, last = ended[0][0], ended[-1][0]
    # Results of one block come together: those that came with the first say nothing of how long they took.
    later = sum(pages for when, pages in ended if when - first > _TOGETHER_S)
    return later / max(last - first, 1e-9), first - began
