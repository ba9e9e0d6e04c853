"""Pages a second through the server, beside the same pages read directly by as many processes, in turns."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from sokdok.errors import SokdokError
from sokdok_lab.bench.processes import cpu_seconds
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.direct import Direct
from sokdok_lab.bench.serve.serving import Serving


@dataclass(frozen=True)
class Throughput:
    """The same pages by both."""

    clients: int
    workers: int
    pages: int  # of all rounds
    served: float  # pages a second
    direct: float
    served_cpu: float  # processor seconds a page, those of clients apart
    direct_cpu: float

    @property
    def ratio(self) -> float:
        """Pace of the server as a share of reading directly."""
        return self.served / self.direct


def measure(
    serving: Serving,
    direct: Direct,
    paths: Sequence[Path],
    source: str,
    *,
    clients: int,
    rounds: int,
    note: Callable[[str], None] = lambda text: None,
) -> Throughput:
    """Read files by both so many times; the first file of each process, before, is not counted."""
    pids = direct.pids
    workers = serving.task.workers
    with Client(serving, clients) as client, ThreadPoolExecutor(clients) as pool:

        def served(path: Path) -> int:
            return len(client.document(path.name, path.read_bytes(), source=source)[0])

        warm = list(paths[:1]) * workers
        direct.read(warm)
        list(pool.map(served, warm))
        took = {"served": [0.0, 0.0], "direct": [0.0, 0.0]}
        pages = 0
        for turn in range(rounds):
            for name, of, read in (
                ("direct", pids, lambda: direct.read(paths)),
                ("served", [serving.pid], lambda: sum(pool.map(served, paths))),
            ):
                before, began = cpu_seconds(of), time.perf_counter()
                count = read()
                seconds, cpu = time.perf_counter() - began, cpu_seconds(of) - before
                took[name][0] += seconds
                took[name][1] += cpu
                note(
                    f"round {turn + 1}, {name}: {count} pages, {count / seconds:.2f} a second, {cpu / count:.3f} s CPU"
                )
                if name == "direct":
                    pages += count
                    expected = count
                elif count != expected:
                    raise SokdokError(f"{count} pages through the server and {expected} without can't be compared")
    paces = pages / took["served"][0], pages / took["direct"][0]
    return Throughput(clients, workers, pages, *paces, took["served"][1] / pages, took["direct"][1] / pages)
