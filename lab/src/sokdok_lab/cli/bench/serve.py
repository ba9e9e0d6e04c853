"""`sokdok bench serve`: what serving costs beside reading, and what survives kills."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, cast

import typer

from sokdok.cli.ui.console import note
from sokdok.errors import InputError, MissingExtraError
from sokdok.machine import usable_cores
from sokdok_lab.cli.bench.options import Json, chosen
from sokdok_lab.cli.bench.output import check_outputs, table_console, write_rows

PARTS = ("throughput", "overhead", "first-page", "load", "kills", "memory")
NEEDED = ("fastapi", "httpx", "mcp", "prometheus_client", "starlette", "uvicorn")


def serve(
    data: Annotated[
        Path | None, typer.Option("--data", help="Folder of documents for the throughput. Default: drawn pages.")
    ] = None,
    part: Annotated[list[str] | None, typer.Option(help=f"{', '.join(PARTS)}; repeatable.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: one a core.")] = None,
    source: Annotated[str, typer.Option(help="Whose text, for the throughput: auto, reader, text-layer.")] = "reader",
    pages: Annotated[int, typer.Option(min=1, help="Drawn for the throughput.")] = 48,
    rounds: Annotated[int, typer.Option(min=1, help="Of the throughput, by either.")] = 3,
    small: Annotated[int, typer.Option(min=1, help="Small requests, for the overhead.")] = 100,
    documents: Annotated[int, typer.Option(min=1, help="PDFs, for the time to the first page.")] = 20,
    clients: Annotated[int, typer.Option(min=2, help="Of the load.")] = 64,
    requests: Annotated[int, typer.Option(min=1, help="Of the load.")] = 2_000,
    worker_kills: Annotated[int, typer.Option(min=1)] = 100,
    server_kills: Annotated[int, typer.Option(min=1)] = 20,
    held: Annotated[int, typer.Option(min=1, help="Requests for the memory.")] = 10_000,
    json: Json = None,
) -> None:
    """Measure serving on the loopback: throughput, overhead, time to the first page, load, kills, memory.

    Goals: 95 % of the pace of reading directly with 8 clients; at most 15 ms more for a page of ten words; no answer
    lost, doubled or mixed up; no accepted task lost and no journaled page read twice; memory flat within 5 %; 1.5
    seconds to the first page of a PDF with a text layer.
    """
    check_outputs(json)
    parts, count = chosen(part, PARTS, "part"), workers or usable_cores()
    runs: dict[str, Callable[[Path], list[object]]] = {
        "throughput": lambda folder: _throughput(folder, data, count, source, pages, rounds, json),
        "overhead": lambda folder: _overhead(folder, small, json),
        "first-page": lambda folder: _first_page(folder, documents, json),
        "load": lambda folder: _load(folder, count, clients, requests, json),
        "kills": lambda folder: _kills(folder, count, worker_kills, server_kills, json),
        "memory": lambda folder: _memory(folder, count, held, json),
    }
    rows: list[object] = []
    try:
        for name in parts:
            with TemporaryDirectory(prefix="sokdok-bench-") as folder:
                rows += runs[name](Path(folder))
    except ModuleNotFoundError as error:
        if (error.name or "").partition(".")[0] not in NEEDED:
            raise
        raise MissingExtraError("serve", "serving over HTTP") from None
    finally:
        if rows:
            write_rows(rows, json)


def _throughput(
    folder: Path, data: Path | None, workers: int, source: str, pages: int, rounds: int, json: Path | None
) -> list[object]:
    from sokdok.documents.question import Question, Source
    from sokdok_lab.bench.clock import machine
    from sokdok_lab.bench.serve import throughput
    from sokdok_lab.bench.serve.direct import Direct
    from sokdok_lab.bench.serve.material import document
    from sokdok_lab.bench.serve.program import Task
    from sokdok_lab.bench.serve.serving import Serving

    if data is None:
        data = folder / "pages"
        data.mkdir()
        for number in range(pages):
            (data / f"{number:05}.pdf").write_bytes(document(number).data)
    paths = sorted(path for path in data.iterdir() if path.is_file())
    if not paths:
        raise InputError(f"{data} has no files")
    question = Question(source=cast(Source, source))
    with Serving(Task(str(folder / "served"), workers=workers)) as serving, Direct(question, workers) as direct:
        found = throughput.measure(serving, direct, paths, source, clients=8, rounds=rounds, note=note)
    pace = (
        f"{found.served:.2f} pages/s for {found.clients} clients, {found.direct:.2f} read directly: {found.ratio:.3f}"
    )
    cpu = f"{found.served_cpu:.3f} and {found.direct_cpu:.3f} processor seconds a page"
    _say(json, f"{found.workers} workers, {found.pages} pages: {pace}; {cpu}; on {machine()}")
    return [found]


def _overhead(folder: Path, small: int, json: Path | None) -> list[object]:
    from sokdok.documents.question import Question
    from sokdok_lab.bench.serve import overhead
    from sokdok_lab.bench.serve.direct import Direct
    from sokdok_lab.bench.serve.material import picture
    from sokdok_lab.bench.serve.program import Task
    from sokdok_lab.bench.serve.serving import Serving

    with Serving(Task(str(folder / "served"))) as serving, Direct(Question()) as direct:
        found = overhead.measure(serving, direct, folder, picture, small)
    both = f"{found.served_ms:.1f} ms, {found.direct_ms:.1f} ms read directly"
    _say(json, f"a page of ten words, median of {found.requests}: {both}; {found.added_ms:+.1f} ms")
    return [found]


def _first_page(folder: Path, documents: int, json: Path | None) -> list[object]:
    from sokdok_lab.bench.serve import first_page
    from sokdok_lab.bench.serve.material import document
    from sokdok_lab.bench.serve.program import Task
    from sokdok_lab.bench.serve.serving import Serving

    with Serving(Task(str(folder / "served"))) as serving:
        found = first_page.measure(serving, document, documents, 20)
    said = f"median {found.median_s:.2f} s, at most {found.most_s:.2f} s; {found.first_s:.2f} s after the start"
    _say(json, f"first page of {found.documents} PDFs of {found.pages} pages: {said}")
    return [found]


def _load(folder: Path, workers: int, clients: int, requests: int, json: Path | None) -> list[object]:
    from sokdok_lab.bench.serve import load
    from sokdok_lab.bench.serve.material import REAL
    from sokdok_lab.bench.serve.program import Task
    from sokdok_lab.bench.serve.serving import Serving

    # Room for less than half of the clients: the queue is full at times.
    with Serving(Task(str(folder / "served"), workers=workers, queue_pages=max(clients // 3, 1))) as serving:
        found = load.measure(serving, REAL, clients=clients, requests=requests)
    fates = f"{found.lost} lost, {found.doubled} doubled, {found.mixed_up} mixed up"
    refused = f"{found.refused:,} refusals, {found.refused_untold} without Retry-After"
    waits = f"p50 {found.p50_s:.2f} s, p95 {found.p95_s:.2f} s"
    said = f"{found.clients} clients, {found.requests:,} requests in {found.seconds:.0f} s"
    _say(json, f"{said}: {fates}; {refused}; {waits}")
    return [found]


def _kills(folder: Path, workers: int, worker_kills: int, server_kills: int, json: Path | None) -> list[object]:
    from sokdok_lab.bench.serve import kills
    from sokdok_lab.bench.serve.material import document
    from sokdok_lab.bench.serve.program import Task
    from sokdok_lab.bench.serve.serving import Serving

    rows: list[object] = []
    for whom, times in ((kills.WORKERS, worker_kills), (kills.SERVER, server_kills)):
        task = Task(str(folder / whom), workers=workers, opens="sokdok_lab.bench.serve.noted:NotedReader")
        with Serving(task) as serving:
            found = kills.measure(serving, document, whom, times, note=note)
        tasks = f"{found.tasks:,} tasks accepted, {found.lost} lost, {found.given_up} pages given up"
        pages = f"{found.read_twice} journaled pages read twice, {found.read_again} others read again"
        _say(json, f"{found.kills} kills of {found.whom} in {found.seconds:.0f} s: {tasks}; {pages}")
        rows.append(found)
    return rows


def _memory(folder: Path, workers: int, held: int, json: Path | None) -> list[object]:
    from sokdok_lab.bench.serve import memory
    from sokdok_lab.bench.serve.material import document
    from sokdok_lab.bench.serve.program import Task
    from sokdok_lab.bench.serve.serving import Serving

    with Serving(Task(str(folder / "served"), workers=workers)) as serving:
        found = memory.measure(serving, document, clients=8, requests=held, note=note)
    fates = (
        f"{found.hostile:,} of them hostile ({found.refused:,} refused), {found.lost} lost, {found.mistakes} mistakes"
    )
    all_of = f"{found.early_mb:.0f} MB early, {found.late_mb:.0f} MB late ({found.growth:+.1%})"
    front = f"front process {found.early_front_mb:.0f} and {found.late_front_mb:.0f} MB"
    _say(json, f"{found.requests:,} requests in {found.seconds:.0f} s, {fates}: {all_of}; {front}")
    return [found]


def _say(json: Path | None, text: str) -> None:
    table_console(json).print(text, markup=False, soft_wrap=True)
