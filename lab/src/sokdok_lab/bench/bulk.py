"""`sokdok bench bulk`: what bulk costs beside the reading itself.

- *Overhead*: the same pages by the same code in one process a core. Both have their processes started and their readers
  loaded, by a unit each, before the clock runs; plain processes write nothing. Seconds of processors, of all processes
  together, stand beside those of the clock: other work on the machine disturbs them less.
- *Memory* of the driver over a long run, *resuming* a run that was killed amid a million units, *near* duplicates among
  a million documents that are made for it, and *Ray* beside the local engine: the same units, start-up aside.
"""

from __future__ import annotations

import hashlib
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import contextmanager
from multiprocessing import get_context
from pathlib import Path
from statistics import fmean
from tempfile import TemporaryDirectory
from typing import Annotated

import numpy as np
import typer

from sokdok.bulk.engine import Done, Engine, Looked, Read, Setup
from sokdok.bulk.engines.local import LocalEngine
from sokdok.bulk.lease import Driving
from sokdok.bulk.plan import Unit, read_units
from sokdok.bulk.planning import PlanWriter, build_plan
from sokdok.bulk.quality.near import Signer, find, from_bytes, to_bytes
from sokdok.bulk.quality.recipe import Recipe, load_recipe
from sokdok.bulk.results import result_name
from sokdok.bulk.sources import Item, open_source
from sokdok.bulk.store import open_store
from sokdok.cli.ui.console import note
from sokdok.documents.question import Question
from sokdok.errors import InputError, SokdokError
from sokdok.machine import usable_cores
from sokdok_lab.bench.corpus import write_corpus
from sokdok_lab.bench.output import Json, Row, chosen, print_each, reported
from sokdok_lab.bench.plain import Ask, PlainReaders
from sokdok_lab.bench.processes import cpu_seconds, environment, looking, resident_mb

PARTS = ("overhead", "memory", "resume", "near", "ray")
CORPUS_PAGES = 2_000  # where no documents are given
MEMORY_PAGES = 10_000
UNITS = 1_000_000  # of the plan that is taken up
MISSING = 20  # documents at the plan's end that are really there, and read
DOCUMENTS = 1_000_000  # short ones, compared with each other
SLICE = 10_000  # documents that a process makes and signs at a time
WORDS = 30_000  # in the vocabulary
LENGTH = (40, 120)  # words of a document
COPIES = 0.1  # share of documents that are one before them with a word changed
_LETTERS = str.maketrans("0123456789", "ghijklmnop")
_TOGETHER_S = 0.05  # between results of one block of Ray's


def bulk(
    data: Annotated[
        Path | None,
        typer.Option("--data", help="Folder of documents for overhead and ray. Default: exact text layers."),
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="overhead, memory, resume, near or, if it is installed, ray; repeatable.")
    ] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Beside one worker. Default: one a core.")] = None,
    json: Json = None,
) -> None:
    """Measure bulk: overhead over plain processes, memory, resuming, near duplicates, Ray.

    Goals: at most 5 % overhead, 1.85 times the pace with two workers, 400 MB, 20 seconds to the first page of a million
    units, 10 minutes and 2 GB for the near duplicates of a million short documents; at most 10 % more time by Ray than
    by the local engine, its start aside.
    """
    most = workers or usable_cores()
    with reported(json, print_each) as rows:
        for name in chosen(part or PARTS[:4], PARTS, "part"):
            with TemporaryDirectory(prefix="sokdok-bench-") as made:
                folder = Path(made)
                documents = data or folder / "corpus"
                if data is None and name in ("overhead", "ray"):
                    write_corpus(documents, CORPUS_PAGES)
                if name == "overhead":
                    rows += [overhead(documents, folder / f"out-{count}", count) for count in sorted({1, most})]
                elif name == "memory":
                    rows.append(memory(folder, most))
                elif name == "resume":
                    rows.append(resume(folder))
                elif name == "near":
                    rows.append(near(DOCUMENTS, most, load_recipe()))
                else:
                    rows.append(beside_ray(documents, folder, most))


def overhead(data: Path, out: Path, workers: int) -> Row:
    """Read all documents of a folder with and without bulk. Raises InputError for too few."""
    question = Question()
    source, store = open_source(str(data)), open_store(str(out))
    with LocalEngine(Setup(question, (source.name,), str(out)), workers) as engine:
        build_plan(store, question, [source], engine.looks)
        units = list(read_units(store))
        if len(units) < 2 * workers:
            raise InputError(f"{data} has {len(units)} units of documents: too few for {workers} workers")
        first, others = units[:workers], units[workers:]
        _read(engine, first)
        cpu, began = cpu_seconds(engine.pool.pids) + time.process_time(), time.perf_counter()
        pages = _read(engine, others)
        pace = pages / (time.perf_counter() - began)
        cpu = cpu_seconds(engine.pool.pids) + time.process_time() - cpu
    note(f"{workers} with bulk: {pages} pages, {pace:.2f} a second, {cpu:.1f} processor seconds")
    asks = [Ask(str(data / unit.place), unit.first - 1, unit.last) for unit in units]
    with PlainReaders(question, workers) as plain:
        plain.read(asks[:workers])
        before = plain.cpu_seconds()
        took = plain.read(asks[workers:])
        alone_cpu = plain.cpu_seconds() - before
    alone = sum(each.pages / each.seconds for each in took)  # as if all had ended at once
    note(f"{workers} without: {alone:.2f} a second, {alone_cpu:.1f} processor seconds")
    if (read := sum(each.pages for each in took)) != pages:
        raise SokdokError(f"{pages} pages with bulk and {read} without can't be compared")
    return {
        "workers": workers,
        "pages": pages,
        "pages_per_second": pace,
        "without_bulk": alone,
        "overhead": alone / pace - 1,  # share of the time that bulk takes beside the reading
        "cpu_seconds_a_page": cpu / pages,
        "cpu_without_bulk": alone_cpu / pages,
        "cpu_overhead": cpu / alone_cpu - 1,
    }


def _read(engine: LocalEngine, units: Iterable[Unit]) -> int:
    return sum(answer.tally.pages for _, answer in engine.reads(map(Read, units)) if isinstance(answer, Done))


def memory(folder: Path, workers: int) -> Row:
    """Read a corpus of exact text layers."""
    corpus, out = folder / "corpus", folder / "out"
    write_corpus(corpus, MEMORY_PAGES)
    began = time.perf_counter()
    with _driver(corpus, out, "--source", "auto", "-j", str(workers)) as (process, held):
        read = 0  # how many looks there were when all pages were read
        assert process.stderr is not None
        said = []
        for line in process.stderr:
            said.append(line.strip())
            if " done, " in line and not read:
                read = len(held)
        if process.wait():
            raise SokdokError(f"the run ended with {process.returncode}: {' '.join(said[-3:])}")
        seconds = time.perf_counter() - began
    reading = held[: read or None]
    tenth = max(1, len(reading) // 10)
    early, late = fmean(reading[tenth : 2 * tenth] or reading), fmean(reading[-tenth:])
    return {
        "pages": MEMORY_PAGES,
        "seconds": seconds,  # planning, reading and merging
        "pages_a_day": MEMORY_PAGES / seconds * 86_400,
        "driver_early_mb": early,  # mean of the second tenth of planning and reading: the program is loaded by then
        "driver_late_mb": late,  # mean of the last tenth
        "driver_peak_mb": max(held),  # merging included
    }


@contextmanager
def _driver(corpus: Path, out: Path, *options: str) -> Iterator[tuple[subprocess.Popen[str], list[float]]]:
    """A run of `sokdok bulk` in a process of its own, whose memory is looked at meanwhile; ended with the block."""
    command = [sys.executable, "-m", "sokdok", "bulk", str(corpus), "-o", str(out), *options]
    with (
        subprocess.Popen(
            command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True, env=environment()
        ) as process,
        looking(lambda: resident_mb(process.pid)) as held,
    ):
        try:
            yield process, held
        finally:
            process.terminate()


def resume(folder: Path) -> Row:
    """Plan so many units, of which all but a few are done, and take the run up. Raises SokdokError if it ends."""
    corpus, out = folder / "corpus", folder / "out"
    note(f"making a plan of {UNITS:,} units and their results")
    missing = _plan(corpus, out)
    began = time.perf_counter()
    with _driver(corpus, out, "--source", "text-layer", "-j", "1") as (process, held):
        while not any(path.exists() for path in missing):
            if process.poll() is not None:
                raise SokdokError(f"the run ended with {process.returncode}")
            time.sleep(0.02)
        seconds = time.perf_counter() - began
    return {"units": UNITS, "done": UNITS - MISSING, "first_page_s": seconds, "driver_peak_mb": max(held)}


def _plan(corpus: Path, out: Path) -> list[Path]:
    """Plan documents of which the last few are there; the others' results need only be, those to come are returned."""
    paths = write_corpus(corpus, MISSING, 1)
    with PlanWriter(open_store(str(out)), Question(source="text-layer"), (str(corpus),)) as writer:
        for at in range(UNITS - MISSING):
            digest = hashlib.sha256(str(at).encode()).hexdigest()
            place = f"part-{at // 1000:04}/document-{at:08}.pdf"
            writer.add(Item(f"corpus/{place}", place, -1), 0, Looked(digest, 100_000 + at, 1))
        for path in paths:
            data = path.read_bytes()
            digest = hashlib.sha256(data).hexdigest()
            writer.add(Item(f"corpus/{path.name}", path.name, -1), 0, Looked(digest, len(data), 1))
        writer.finish()
    results = [out / result_name(unit.id) for unit in read_units(open_store(str(out)))]
    for path in results[: UNITS - MISSING]:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    return results[UNITS - MISSING :]


def near(documents: int, workers: int, recipe: Recipe) -> Row:
    """Sign so many short documents in slices by `workers` processes, then compare all."""
    begun = time.monotonic()
    with TemporaryDirectory(prefix="sokdok-bench-near-") as folder:
        jobs = [(folder, first, min(SLICE, documents - first), recipe) for first in range(0, documents, SLICE)]
        with ProcessPoolExecutor(workers, get_context("spawn")) as pool:
            planted = sum(pool.map(_sign, jobs))
        signed = time.monotonic()
        found = find(from_bytes(path.read_bytes()) for path in sorted(Path(folder).glob("*.npy")))
        compared = time.monotonic()
    dropped = int((found.firsts != np.arange(documents)).sum())
    peak = max(resource.getrusage(who).ru_maxrss for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN))
    return {
        "documents": documents,
        "workers": workers,
        "planted": planted,
        "found": dropped,
        "make_and_sign_s": signed - begun,
        "compare_s": compared - signed,
        "peak_mb": peak / 1024,  # of the largest process
    }


def _texts(first: int, count: int) -> Iterator[tuple[str, bool]]:
    """Made documents, the same every time, and whether each is a copy of one of its slice."""
    chance = np.random.default_rng(first)
    made: list[list[str]] = []
    for _ in range(count):
        copy = bool(made) and chance.random() < COPIES
        if copy:
            words = list(made[chance.integers(len(made))])
            words[chance.integers(len(words))] = "changed"
        else:
            numbers = (WORDS * chance.random(chance.integers(*LENGTH)) ** 3).astype(int).tolist()
            words = [f"{number:x}".translate(_LETTERS) for number in numbers]  # digits are all alike to signatures
        made.append(words)
        yield " ".join(words), copy


def _sign(job: tuple[str, int, int, Recipe]) -> int:
    folder, first, count, recipe = job
    signer, copies = Signer(recipe), 0
    for text, copy in _texts(first, count):
        signer.add(text)
        copies += copy
    (Path(folder) / f"{first:012}.npy").write_bytes(to_bytes(signer.signatures()))
    return copies


def beside_ray(data: Path, folder: Path, workers: int) -> Row:
    """Read all documents of a folder by either engine on so many workers."""
    from sokdok.bulk.engines.ray import RayEngine

    question, source, store = Question(), open_source(str(data)), open_store(str(folder / "out"))
    setup = Setup(question, (source.name,), str(folder / "out"))
    with LocalEngine(setup, workers) as pool:
        build_plan(store, question, [source], pool.looks)
    units, paces = list(read_units(store)), []
    engines: tuple[Callable[[Setup, int], LocalEngine | RayEngine], ...] = (LocalEngine, RayEngine)
    with Driving(store):
        for make in engines:
            for unit in units:
                store.remove(result_name(unit.id))
            with make(setup, workers) as engine:
                paces.append(_pace(engine, units))
            note(f"{paces[-1][0]:.2f} pages a second, the first result after {paces[-1][1]:.1f} s")
    (local, local_start), (ray, ray_start) = paces
    return {
        "workers": workers,
        "pages": sum(len(unit.numbers) for unit in units),
        "pages_per_second_local": local,  # from the first result to the last
        "pages_per_second_ray": ray,
        "overhead": local / ray - 1,  # share of the time that Ray takes beside the local engine
        "first_result_local_s": local_start,
        "first_result_ray_s": ray_start,
    }


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
