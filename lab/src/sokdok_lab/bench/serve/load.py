"""Many clients at once: does each get its own answer, and once? What does the server hold in memory meanwhile?"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from statistics import fmean, quantiles

import httpx
from rapidfuzz import fuzz

from sokdok.cli.ui.console import note
from sokdok.errors import SokdokError
from sokdok_lab.bench.output import Row
from sokdok_lab.bench.processes import Looking, resident_mb, resident_with_children_mb
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.files import Upload, hostile, marks
from sokdok_lab.bench.serve.server import Serving

PICTURES = 20  # of so many requests one is a picture, for a net; the others are documents whose words the file has
DISTINCT = 50  # pictures
HOSTILE = 10  # of so many requests one is a hostile file, where memory is looked at


def load(
    serving: Serving, document: Callable[[int], Upload], picture: Callable[[int], Upload], clients: int, requests: int
) -> Row:
    """Send so many requests; documents have `mark(number)` on each of their pages."""
    texts = [picture(number).text for number in range(DISTINCT)]

    def fate(number: int) -> str:
        if number % PICTURES == 0:
            return of_picture(number // PICTURES % DISTINCT)
        pages, text = client.document(document(number))
        found = marks(text)
        if set(found) - {number}:
            return "mixed up"
        if len(pages) > len(set(pages)) or len(found) > 1:
            return "doubled"
        return "answered" if pages and found else "lost"

    def of_picture(number: int) -> str:
        """A net may misread a letter: the answer must be most like its own text."""
        answer = client.picture(picture(number).data, model)
        nearest = max(range(len(texts)), key=lambda at: fuzz.ratio(answer, texts[at]))
        return "answered" if nearest == number else "mixed up"

    def one(number: int) -> tuple[str, float]:
        began = time.perf_counter()
        return _lost_if_it_fails(fate, number), time.perf_counter() - began

    with Client(serving, 2 * clients) as client, ThreadPoolExecutor(clients) as pool:
        model, began = client.model(), time.perf_counter()
        fates, waits = zip(*pool.map(one, range(requests)), strict=True)
        seconds = time.perf_counter() - began
    counts, twentieths = Counter(fates), quantiles(waits, n=20, method="inclusive")
    return {
        "clients": clients,
        "requests": requests,
        "pictures": len(range(0, requests, PICTURES)),  # of them
        "lost": counts["lost"],  # never answered, or with an error
        "doubled": counts["doubled"],  # with a page in two events, or written twice
        "mixed_up": counts["mixed up"],  # with the text of another request
        "refused": client.refused.total(),  # times that a client had to come again
        "refused_without_retry_after": client.refused["without"],
        "seconds": seconds,
        "p50_s": twentieths[9],  # from the first try to the answer, pauses after refusals included
        "p95_s": twentieths[18],
    }


def _lost_if_it_fails(fate: Callable[[int], str], number: int) -> str:
    try:
        return fate(number)
    except (SokdokError, httpx.HTTPError):
        return "lost"


def memory(serving: Serving, document: Callable[[int], Upload], clients: int, requests: int) -> Row:
    """Send so many requests, a tenth of them hostile."""

    def fate(number: int) -> str:
        if number % HOSTILE:
            text = client.document(document(number))[1]
            return "read" if set(marks(text)) == {number} else "lost"
        answer = client.send(hostile(number // HOSTILE))
        if answer.status_code != 202:
            return "mistake" if answer.status_code >= 500 else "refused"
        for _ in client.events(answer.json()["id"]):
            pass
        return "taken"

    def look() -> tuple[int, float, float]:
        """Requests done, MB of all processes, MB of the front process."""
        return fates.total(), resident_with_children_mb(serving.pid), resident_mb(serving.pid)

    fates: Counter[str] = Counter()
    began = time.perf_counter()
    with Client(serving, 2 * clients) as client, ThreadPoolExecutor(clients) as pool, Looking(look) as looking:
        for found in pool.map(lambda number: _lost_if_it_fails(fate, number), range(requests)):
            fates[found] += 1
            if fates.total() % 1_000 == 0:
                note(f"{fates.total():,} requests, {looking.seen[-1][1]:.0f} MB")
    early = [seen for seen in looking.seen if requests * 0.2 <= seen[0] < requests * 0.4] or looking.seen
    late = [seen for seen in looking.seen if requests * 0.8 <= seen[0]] or looking.seen
    (_, early_mb, early_front), (_, late_mb, late_front) = (
        map(fmean, zip(*some, strict=True)) for some in (early, late)
    )
    return {
        "requests": requests,
        "hostile": len(range(0, requests, HOSTILE)),  # of them
        "refused": fates["refused"],  # hostile files; the others were read, or had failed pages
        "lost": fates["lost"],  # good files that were not read
        "mistakes": fates["mistake"],  # answers of the server that say it made one: 500 and above
        "early_mb": early_mb,  # all processes: means of the second fifth of the requests, and of the last
        "late_mb": late_mb,
        "growth": late_mb / early_mb - 1,
        "front_early_mb": early_front,  # the front process alone
        "front_late_mb": late_front,
        "seconds": time.perf_counter() - began,
    }
