"""`sokdok bench serve`: what serving costs beside reading, and what survives kills, on the loopback."""

from __future__ import annotations

from collections.abc import Iterator
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


PARTS = ("throughput", "overhead", "first-page", "load", "kills", "memory")


def measured(part: str, folder: Path, workers: int) -> Iterator[Row]:
    """Measure a part, with a server of its own for each row."""
    served = str(folder / "served")
    if part == "throughput":
        paths = [folder / f"{number:05}.pdf" for number in range(PAGES)]
        for number, path in enumerate(paths):
            path.write_bytes(document(number).data)
        with Serving(Task(served, workers)) as serving, PlainReaders(Question(source="reader"), workers) as plain:
            yield throughput(serving, plain, paths, "reader", CLIENTS, ROUNDS)
    elif part == "overhead":
        with Serving(Task(served)) as serving, PlainReaders(Question()) as plain:
            yield overhead(serving, plain, folder, SMALL)
    elif part == "first-page":
        with Serving(Task(served)) as serving:
            yield first_page(serving, document, DOCUMENTS, DOCUMENT_PAGES)
    elif part == "load":  # with room for less than half of the clients: the queue is full at times
        with Serving(Task(served, workers, queue_pages=LOAD_CLIENTS // 3)) as serving:
            yield load(serving, document, picture, LOAD_CLIENTS, LOAD_REQUESTS)
    elif part == "kills":
        opens = f"{NotedReader.__module__}:{NotedReader.__name__}"
        for whom in get_args(Whom):
            with Serving(Task(str(folder / whom), workers, opens=opens)) as serving:
                yield kill(serving, document, whom, KILLS[whom])
    else:
        with Serving(Task(served, workers)) as serving:
            yield memory(serving, document, CLIENTS, HELD)


def serve(
    part: Annotated[list[str] | None, typer.Option(help=f"{', '.join(PARTS)}; repeatable.")] = None,
    workers: Annotated[int | None, typer.Option(min=1, help="Default: one a core.")] = None,
    json: Json = None,
) -> None:
    """Measure serving on the loopback: pace, overhead, first page, load, kills, memory.

    Goals: 95 % of the pace of reading directly with 8 clients; at most 15 ms more for a page of ten words; no answer
    lost, doubled or mixed up; no accepted task lost and no journaled page read twice; memory flat within 5 %; 1.5
    seconds to the first page of a PDF with a text layer.
    """
    with reported(json, print_each) as rows:
        for name in chosen(part, PARTS, "part"):
            with TemporaryDirectory(prefix="sokdok-bench-") as folder:
                rows += measured(name, Path(folder), workers or usable_cores())
