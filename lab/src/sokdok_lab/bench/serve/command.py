"""`sokdok bench serve`: what serving costs beside reading, and what survives kills, on the loopback."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Annotated, get_args

import typer

from sokdok.documents.question import Question
from sokdok.machine import usable_cores
from sokdok_lab.bench.output import Json, Row, chosen, print_each, reported
from sokdok_lab.bench.plain import PlainReaders
from sokdok_lab.bench.serve.files import document, picture
from sokdok_lab.bench.serve.measures import Whom, first_page, kill, load, memory, overhead, throughput
from sokdok_lab.bench.serve.server import NotedReader, Serving, Task

PAGES, ROUNDS, CLIENTS = 48, 3, 8  # drawn for the throughput, read by both in turns; clients of the memory, too
SMALL = 100  # requests for the overhead
DOCUMENTS, DOCUMENT_PAGES = 20, 20  # for the time to the first page
LOAD_CLIENTS, LOAD_REQUESTS = 64, 2_000
KILLS: dict[Whom, int] = {"workers": 100, "server": 20}
HELD = 10_000  # requests for the memory


def _throughput(folder: Path, workers: int) -> Iterator[Row]:
    paths = [folder / f"{number:05}.pdf" for number in range(PAGES)]
    for number, path in enumerate(paths):
        path.write_bytes(document(number).data)
    task = Task(str(folder / "served"), workers)
    with Serving(task) as serving, PlainReaders(Question(source="reader"), workers) as plain:
        yield throughput(serving, plain, paths, "reader", CLIENTS, ROUNDS)


def _overhead(folder: Path, workers: int) -> Iterator[Row]:
    with Serving(Task(str(folder / "served"))) as serving, PlainReaders(Question()) as plain:
        yield overhead(serving, plain, folder, SMALL)


def _first_page(folder: Path, workers: int) -> Iterator[Row]:
    with Serving(Task(str(folder / "served"))) as serving:
        yield first_page(serving, document, DOCUMENTS, DOCUMENT_PAGES)


def _load(folder: Path, workers: int) -> Iterator[Row]:
    # Room for less than half of the clients: the queue is full at times.
    with Serving(Task(str(folder / "served"), workers, queue_pages=LOAD_CLIENTS // 3)) as serving:
        yield load(serving, document, picture, LOAD_CLIENTS, LOAD_REQUESTS)


def _kills(folder: Path, workers: int) -> Iterator[Row]:
    opens = f"{NotedReader.__module__}:{NotedReader.__name__}"
    for whom in get_args(Whom):
        with Serving(Task(str(folder / whom), workers, opens=opens)) as serving:
            yield kill(serving, document, whom, KILLS[whom])


def _memory(folder: Path, workers: int) -> Iterator[Row]:
    with Serving(Task(str(folder / "served"), workers)) as serving:
        yield memory(serving, document, CLIENTS, HELD)


PARTS: dict[str, Callable[[Path, int], Iterator[Row]]] = {
    "throughput": _throughput,
    "overhead": _overhead,
    "first-page": _first_page,
    "load": _load,
    "kills": _kills,
    "memory": _memory,
}


def serve(
    part: Annotated[list[str] | None, typer.Option(help=f"{', '.join(PARTS)}; repeatable.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: one a core.")] = None,
    json: Json = None,
) -> None:
    """Measure serving on the loopback: throughput, overhead, time to the first page, load, kills, memory.

    Goals: 95 % of the pace of reading directly with 8 clients; at most 15 ms more for a page of ten words; no answer
    lost, doubled or mixed up; no accepted task lost and no journaled page read twice; memory flat within 5 %; 1.5
    seconds to the first page of a PDF with a text layer.
    """
    with reported(json, print_each) as rows:
        for name in chosen(part, PARTS, "part"):
            with TemporaryDirectory(prefix="sokdok-bench-") as folder:
                rows += PARTS[name](Path(folder), workers or usable_cores())
