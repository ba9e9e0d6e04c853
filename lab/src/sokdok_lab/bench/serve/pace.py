"""How fast the server is: pages a second beside plain processes, what a small request costs more, the first page."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from statistics import median

from sokdok.cli.ui.console import note
from sokdok.errors import SokdokError
from sokdok_lab.bench.output import Row
from sokdok_lab.bench.plain import Ask, PlainReaders
from sokdok_lab.bench.processes import cpu_seconds
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.files import Upload, picture
from sokdok_lab.bench.serve.server import Serving

_WARM = 3  # small requests that are not counted


def throughput(
    serving: Serving, plain: PlainReaders, paths: Sequence[Path], source: str, clients: int, rounds: int
) -> Row:
    """Read files by both so many times; the first file of each process, before, is not counted."""
    workers = serving.task.workers
    with Client(serving, clients) as client, ThreadPoolExecutor(clients) as pool:

        def by_server(files: Sequence[Path]) -> int:
            uploads = (Upload(path.name, path.read_bytes()) for path in files)
            return sum(pool.map(lambda upload: len(client.document(upload, source=source)[0]), uploads))

        def directly(files: Sequence[Path]) -> int:
            return sum(took.pages for took in plain.read(Ask(str(path)) for path in files))

        def by_front() -> float:
            return cpu_seconds([serving.pid])

        sides = {"direct": (directly, plain.cpu_seconds), "served": (by_server, by_front)}
        for read, _ in sides.values():
            read(list(paths[:1]) * workers)
        took = {name: [0, 0.0, 0.0] for name in sides}  # pages, seconds, seconds of processors
        for turn in range(rounds):
            for name, (read, cpu) in sides.items():
                before, began = cpu(), time.perf_counter()
                count = read(paths)
                spent = count, time.perf_counter() - began, cpu() - before
                took[name] = [total + some for total, some in zip(took[name], spent, strict=True)]
                note(f"round {turn + 1}, {name}: {count} pages, {count / spent[1]:.2f} a second")
    served, direct = took["served"], took["direct"]
    if served[0] != direct[0]:
        raise SokdokError(f"{served[0]} pages through the server and {direct[0]} without can't be compared")
    pages = int(served[0])
    return {
        "clients": clients,
        "workers": workers,
        "pages": pages,  # of all rounds
        "pages_per_second": pages / served[1],
        "read_directly": pages / direct[1],
        "ratio": direct[1] / served[1],
        "cpu_seconds_a_page": served[2] / pages,  # those of clients apart
        "cpu_read_directly": direct[2] / pages,
    }


def overhead(serving: Serving, plain: PlainReaders, folder: Path, requests: int) -> Row:
    """Read so many pictures of ten words either way, in turns; a few before them are not counted."""
    pairs = []
    with Client(serving) as client:
        model = client.model()
        for number in range(_WARM + requests):
            data, path = picture(number).data, folder / f"{number}.png"
            path.write_bytes(data)
            began = time.perf_counter()
            plain.read([Ask(str(path), picture=True)])
            between = time.perf_counter()
            client.picture(data, model)
            pairs.append((1e3 * (time.perf_counter() - between), 1e3 * (between - began)))
    served, direct = zip(*pairs[_WARM:], strict=True)
    return {
        "requests": requests,
        "ms_of_a_page_of_ten_words": median(served),
        "read_directly": median(direct),
        "added": median(one - other for one, other in pairs[_WARM:]),  # of the differences, request by request
    }


def first_page(serving: Serving, document: Callable[[int, int], Upload], documents: int, pages: int) -> Row:
    """Send documents one after the other, and one before them. Raises SokdokError for one without a page."""

    def seconds(upload: Upload) -> float:
        began, first = time.perf_counter(), 0.0
        for kind, _ in client.events(client.task(upload)):
            if kind == "page" and not first:
                first = time.perf_counter() - began
        if not first:
            raise SokdokError(f"{upload.name} had no page")
        return first

    with Client(serving) as client:
        first, *others = [seconds(document(number, pages)) for number in range(documents + 1)]
    return {
        "documents": documents,
        "pages": pages,  # of each
        "first_page_s": median(others),  # from sending a document to the event
        "at_most": max(others),
        "after_the_start": first,  # of the first document after the server's
    }
