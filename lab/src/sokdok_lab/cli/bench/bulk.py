"""`sokdok bench bulk`: what bulk costs beside the reading itself."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast

import typer

from sokdok.cli.ui.console import note
from sokdok.machine import usable_cores
from sokdok_lab.cli.bench.options import Json, chosen
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

PARTS = ("overhead", "memory", "resume", "near", "ray")


def bulk(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of documents for the overhead. Default: exact text layers.")
    ] = None,
    part: Annotated[
        list[str] | None, typer.Option(help="overhead, memory, resume, near or, if it is installed, ray; repeatable.")
    ] = None,
    pages: Annotated[int, typer.Option(min=100, help="Of the corpus for memory.")] = 10_000,
    units: Annotated[int, typer.Option(min=100, help="Of the plan that is taken up.")] = 1_000_000,
    documents: Annotated[int, typer.Option(min=100, help="Short ones, compared with each other.")] = 1_000_000,
    workers: Annotated[int | None, typer.Option(min=1, help="Beside one worker. Default: one a core.")] = None,
    source: Annotated[str, typer.Option(help="Whose text: auto, reader or text-layer.")] = "auto",
    json: Json = None,
) -> None:
    """Measure bulk: its overhead over plain processes, two workers, the driver's memory, resuming, near duplicates.

    Goals: at most 5 % overhead, 1.85 times the pace with two workers, 400 MB, 20 seconds to the first page of a million
    units, 10 minutes and 2 GB for the near duplicates of a million short documents; at most 10 % more time by Ray than
    by the local engine, its start aside.
    """
    check_outputs(json)
    parts, most = chosen(part or PARTS[:4], PARTS, "part"), workers or usable_cores()
    rows: list[object] = []
    with TemporaryDirectory(prefix="sokdok-bench-") as folder:
        if "overhead" in parts:
            rows += _overhead(data, Path(folder) / "overhead", most, source, json)
        if "memory" in parts:
            rows.append(_memory(Path(folder) / "memory", pages, most, json))
        if "resume" in parts:
            rows.append(_resume(Path(folder) / "resume", units, json))
        if "ray" in parts:
            rows.append(_ray(data, Path(folder) / "ray", most, source, json))
    if "near" in parts:
        rows.append(_near(documents, most, json))
    write_rows(rows, json)


def _overhead(data: Path | None, folder: Path, most: int, source: str, json: Path | None) -> list[object]:
    from sokdok.documents.question import Question, Source
    from sokdok_lab.bench.bulk.corpus import write_corpus
    from sokdok_lab.bench.bulk.overhead import measure
    from sokdok_lab.bench.clock import machine

    if data is None:
        data = folder / "corpus"
        write_corpus(data, 2_000)
    paces = measure(data, folder, sorted({1, most}), Question(source=cast(Source, source)), note)
    console = table_console(json)
    for pace in paces:
        said = f"{pace.workers} workers: {pace.bulk:.2f} pages/s, {pace.alone:.2f} without bulk: {pace.overhead:+.1%}"
        cpu = f"{pace.bulk_cpu:.3f} processor seconds a page, {pace.alone_cpu:.3f} without: {pace.overhead_cpu:+.1%}"
        console.print(f"{said}; {cpu}", markup=False, soft_wrap=True)
    if len(paces) > 1:
        ratio = paces[-1].bulk / paces[0].bulk
        console.print(f"{most} workers are {ratio:.2f} times as fast as one; on {machine()}", soft_wrap=True)
    return list(paces)


def _memory(folder: Path, pages: int, workers: int, json: Path | None) -> object:
    from sokdok_lab.bench.bulk.memory import measure

    held = measure(folder, pages, workers)
    said = f"{held.pages:,} pages in {held.seconds:.0f} s ({held.pages_per_day:,.0f} a day)"
    memory = f"{held.early_mb:.0f} MB at first, {held.late_mb:.0f} MB at last, {held.peak_mb:.0f} MB at most"
    table_console(json).print(f"{said}; the driver held {memory}", markup=False, soft_wrap=True)
    return held


def _resume(folder: Path, units: int, json: Path | None) -> object:
    from sokdok_lab.bench.bulk.resume import measure

    found = measure(folder, units, note)
    said = f"{found.units:,} units: first page after {found.seconds:.1f} s; driver {found.driver_mb:.0f} MB"
    table_console(json).print(said, markup=False, soft_wrap=True)
    return found


def _near(documents: int, workers: int, json: Path | None) -> object:
    from sokdok.bulk.quality.recipe import load_recipe
    from sokdok_lab.bench.bulk.near import measure

    found = measure(documents, workers, load_recipe())
    time = f"{found.sign_s:.1f} s to make and sign, {found.compare_s:.1f} s to compare"
    said = f"{found.documents:,} documents: {time}; {found.peak_mb:.0f} MB; {found.found:,} of {found.planted:,} copies"
    table_console(json).print(said, markup=False, soft_wrap=True)
    return found


def _ray(data: Path | None, folder: Path, workers: int, source: str, json: Path | None) -> object:
    from sokdok.documents.question import Question, Source
    from sokdok_lab.bench.bulk.cluster import measure
    from sokdok_lab.bench.bulk.corpus import write_corpus

    if data is None:
        data = folder / "corpus"
        write_corpus(data, 2_000)
    found = measure(data, folder, workers, Question(source=cast(Source, source)), note)
    paces = f"{found.ray:.2f} pages/s by Ray, {found.local:.2f} by the local engine"
    said = f"{found.pages:,} pages on {workers} {'worker' if workers == 1 else 'workers'}: {paces}"
    start = f"first results after {found.ray_start_s:.1f} and {found.local_start_s:.1f} s"
    table_console(json).print(f"{said}: {found.overhead:+.1%}; {start}", markup=False, soft_wrap=True)
    return found
