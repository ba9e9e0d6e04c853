"""How soon a run goes on that was killed amid a million units: from the start of the driver to its first page."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from sokdok.bulk.engine import Looked
from sokdok.bulk.plan import read_units
from sokdok.bulk.planning import PlanWriter
from sokdok.bulk.results import result_name
from sokdok.bulk.sources import Item
from sokdok.bulk.store import open_store
from sokdok.documents.question import Question
from sokdok_lab.bench.bulk.corpus import write_corpus
from sokdok_lab.bench.bulk.driver import Driver

MISSING = 20  # documents at the plan's end that are really there, and read


@dataclass(frozen=True)
class Resumed:
    """A run taken up."""

    units: int
    done: int  # that had a result
    seconds: float  # until the first page is read
    driver_mb: float  # most memory that the driver held


def measure(folder: Path, units: int, note: Callable[[str], None] = lambda text: None) -> Resumed:
    """Plan so many units, of which all but a few are done, and take the run up."""
    corpus, out = folder / "corpus", folder / "out"
    note(f"making a plan of {units:,} units and their results")
    _plan(corpus, out, units)
    missing = _pretend(out, units - MISSING)
    began = time.perf_counter()
    with Driver([str(corpus), "-o", str(out), "--source", "text-layer", "-j", "1"]) as driver:
        driver.wait(lambda: any(path.exists() for path in missing))
        seconds = time.perf_counter() - began
    return Resumed(units, units - MISSING, seconds, max(driver.megabytes, default=0.0))


def _plan(corpus: Path, out: Path, units: int) -> None:
    paths = write_corpus(corpus, MISSING, 1)
    with PlanWriter(open_store(str(out)), Question(source="text-layer"), (str(corpus),)) as writer:
        for at in range(units - MISSING):
            digest = hashlib.sha256(str(at).encode()).hexdigest()
            place = f"part-{at // 1000:04}/document-{at:08}.pdf"
            writer.add(Item(f"corpus/{place}", place, -1), 0, Looked(digest, 100_000 + at, 1))
        for path in paths:
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            writer.add(Item(f"corpus/{path.name}", path.name, -1), 0, Looked(digest, len(data), 1))
        writer.finish()


def _pretend(out: Path, done: int) -> list[Path]:
    """Results of the first units, which need only be there; where those of the others will be."""
    missing: list[Path] = []
    for at, unit in enumerate(read_units(open_store(str(out)))):
        path = out / result_name(unit.id)
        if at < done:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        else:
            missing.append(path)
    return missing
