"""How soon somebody who drops a document sees its first page."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import dataclass
from statistics import median

from sokdok.errors import SokdokError
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.material import Upload
from sokdok_lab.bench.serve.serving import Serving


@dataclass(frozen=True)
class FirstPage:
    """Seconds from sending a PDF with a text layer until its first page is told."""

    documents: int
    pages: int  # of each
    first_s: float  # of the first document after the server's start
    median_s: float
    most_s: float  # both of the others


def measure(serving: Serving, document: Callable[[int, int], Upload], documents: int, pages: int) -> FirstPage:
    """Send documents one after the other, and one before them."""
    with Client(serving) as client:
        first, *others = [_seconds(client, document(number, pages)) for number in range(documents + 1)]
    return FirstPage(documents, pages, first, median(others), max(others))


def _seconds(client: Client, upload: Upload) -> float:
    began, told = time.perf_counter(), 0.0
    for kind, _ in client.events(client.task(upload.name, upload.data)):
        if kind == "page" and not told:
            told = time.perf_counter() - began
    if not told:
        raise SokdokError(f"no page of {upload.name} was told")
    return told
