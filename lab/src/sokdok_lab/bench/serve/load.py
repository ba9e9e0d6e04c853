"""Many clients at once before a queue that is too small for them: does each get its own answer, and get it once?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass

import httpx

from sokdok.errors import SokdokError
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.material import Material, marks
from sokdok_lab.bench.serve.serving import Serving

PICTURES = 20  # of so many requests one is a picture, for a net; the others are documents whose words the file has
DISTINCT = 50  # pictures


@dataclass(frozen=True)
class Load:
    """What became of the requests."""

    clients: int
    requests: int
    pictures: int  # of them
    lost: int  # never answered, or with an error
    doubled: int  # with a page told or written twice
    mixed_up: int  # with the text of another request
    refused: int  # times that a client was told to come again
    refused_untold: int  # of them without Retry-After
    seconds: float
    p50_s: float
    p95_s: float  # from the first try to the answer, pauses after refusals included


def measure(serving: Serving, material: Material, *, clients: int, requests: int) -> Load:
    """Send so many requests."""
    texts = [material.picture(number).text for number in range(DISTINCT)]
    with Client(serving, 2 * clients) as client, ThreadPoolExecutor(clients) as pool:
        model = client.model()

        def one(number: int) -> tuple[str, float]:
            began = time.perf_counter()
            try:
                if number % PICTURES:
                    fate = _document(client, material, number)
                else:
                    fate = _picture(client, material, texts, number // PICTURES % DISTINCT, model)
            except (SokdokError, httpx.HTTPError):
                fate = "lost"
            return fate, time.perf_counter() - began

        began = time.perf_counter()
        fates, waits = zip(*pool.map(one, range(requests)), strict=True)
        seconds = time.perf_counter() - began
    counts = Counter(fates)
    return Load(
        clients,
        requests,
        len(range(0, requests, PICTURES)),
        counts["lost"],
        counts["doubled"],
        counts["mixed up"],
        client.refused.total(),
        client.refused["untold"],
        seconds,
        quantile(waits, 0.5),
        quantile(waits, 0.95),
    )


def quantile(values: Iterable[float], share: float) -> float:
    """The value below which a share of them lies."""
    ordered = sorted(values)
    return ordered[min(int(share * len(ordered)), len(ordered) - 1)]


def _document(client: Client, material: Material, number: int) -> str:
    upload = material.document(number)
    pages, text = client.document(upload.name, upload.data)
    found = marks(text)
    if set(found) - {number}:
        return "mixed up"
    if len(pages) > len(set(pages)) or len(found) > 1:
        return "doubled"
    return "answered" if pages and found else "lost"


def _picture(client: Client, material: Material, texts: list[str], number: int, model: str) -> str:
    """A net may misread a letter: the answer must be most like its own text."""
    from rapidfuzz import fuzz

    answer = client.picture(material.picture(number).data, model)
    nearest = max(range(len(texts)), key=lambda at: fuzz.ratio(answer, texts[at]))
    return "answered" if nearest == number else "mixed up"
