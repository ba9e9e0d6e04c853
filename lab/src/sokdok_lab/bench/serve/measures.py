"""What `sokdok bench serve` measures.

- How fast the server is: pages a second beside plain processes, what a small request costs more, the first page.
- Many clients at once: does each get its own answer, and once? What does the server hold in memory meanwhile?
- `kill -9` of workers, or of the server itself, under load: is anything lost that was accepted, or read again in vain?
  The server's readers note what they are asked for: a page that the journal has, and is asked for all the same, is
  seen.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from functools import partial
from itertools import count
from pathlib import Path
from statistics import fmean, median, quantiles
from threading import Event
from typing import Literal

import httpx
from rapidfuzz import fuzz

from sokdok.cli.ui.console import note
from sokdok.errors import SokdokError
from sokdok_lab.bench.output import Row
from sokdok_lab.bench.plain import Ask, PlainReaders
from sokdok_lab.bench.processes import cpu_seconds, looking, resident_mb, resident_with_children_mb
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.files import Upload, hostile, marks, picture
from sokdok_lab.bench.serve.server import JOURNALED, NOTES, Serving

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
    with Client(serving, 2 * clients) as client, ThreadPoolExecutor(clients) as pool, looking(look) as seen:
        for found in pool.map(lambda number: _lost_if_it_fails(fate, number), range(requests)):
            fates[found] += 1
            if fates.total() % 1_000 == 0:
                note(f"{fates.total():,} requests, {seen[-1][1]:.0f} MB")
    early = [each for each in seen if requests * 0.2 <= each[0] < requests * 0.4] or seen
    late = [each for each in seen if requests * 0.8 <= each[0]] or seen
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


_PAGES = 3  # of each task
_PAUSE_S = 0.4  # at most, between what is read and the next kill
_LIFE_S = 120.0  # in which pages must be read again after a kill, and all tasks must end at last
_READ = re.compile(r'^sokdok_pages_total\{status="read"\} (\S+)', re.MULTILINE)
Whom = Literal["workers", "server"]


@contextmanager
def _sending(
    client: Client, document: Callable[[int, int], Upload], clients: int
) -> Iterator[tuple[dict[str, int], set[str]]]:
    """Send tasks without end while the block runs; yields those that were accepted, by number, and that have ended."""
    accepted, ended, numbers, enough = dict[str, int](), set[str](), count(), Event()

    def send() -> None:
        """One task after the other, each when the one before has ended: the queue is never empty, and never full."""
        while not enough.is_set():
            upload = document(number := next(numbers), _PAGES)
            try:
                id = client.task(upload)
                accepted[id] = number
                for _ in client.events(id):
                    pass
                ended.add(id)
            except (httpx.HTTPError, SokdokError):  # the server is dead, or who looked at the file: not accepted
                time.sleep(0.05)

    with ThreadPoolExecutor(clients) as pool:
        for _ in range(clients):
            pool.submit(send)
        try:
            yield accepted, ended
        finally:
            enough.set()


def kill(serving: Serving, document: Callable[[int, int], Upload], whom: Whom, kills: int, clients: int = 4) -> Row:
    """Kill so many times."""
    dice, began = random.Random(kills), time.perf_counter()
    with Client(serving, 2 * clients) as client:
        with _sending(client, document, clients) as (accepted, ended):
            for number in range(kills):
                before = _pages_read(client)  # whoever was killed is replaced, or others go on, when pages are read
                _wait(lambda before=before: _pages_read(client) > before)  # type: ignore[misc]
                time.sleep(dice.uniform(0, _PAUSE_S))
                if whom == "server":
                    serving.kill()
                    serving.start()
                else:
                    hit = set(accepted)
                    with suppress(ProcessLookupError):
                        os.kill(dice.choice(serving.children), signal.SIGKILL)
                    _wait(partial(hit.issubset, ended))
                if (number + 1) % 10 == 0:
                    note(f"{number + 1} kills of {whom}, {len(accepted):,} tasks accepted")
        end = time.monotonic() + _LIFE_S
        fates = [_fate(client, id, number, end) for id, number in accepted.items()]
    twice, again = asked(Path(serving.task.data, NOTES))
    failed = [pages for pages in fates if pages is not None]
    return {
        "whom": whom,
        "kills": kills,
        "tasks": len(fates),  # that were accepted
        "lost": len(fates) - len(failed),  # of them: forgotten, never ended, or without one of their pages
        "pages_given_up": sum(failed),  # a task whose workers were killed twice would have some: none is hit twice here
        "journaled_pages_read_twice": twice,
        "other_pages_read_again": again,  # because the worker before was killed over them
        "seconds": time.perf_counter() - began,
    }


def _wait(until: Callable[[], bool]) -> None:
    end = time.monotonic() + _LIFE_S
    while not until():
        if time.monotonic() > end:
            raise SokdokError(f"nothing was read for {_LIFE_S:g} s after a kill")
        time.sleep(0.02)


def _pages_read(client: Client) -> float:
    found = _READ.search(client.ask("GET", "/metrics").text)
    return float(found[1]) if found else 0.0


def _fate(client: Client, id: str, number: int, end: float) -> int | None:
    """How many pages of a task have failed; None if it is lost."""
    while True:
        answer = client.ask("GET", f"/v1/tasks/{id}")
        status = answer.json()
        if answer.status_code != 200 or status["status"] in ("done", "failed", "cancelled") or time.monotonic() > end:
            break
        time.sleep(0.1)
    if answer.status_code != 200 or status["status"] != "done":
        return None
    failed = int(status["pages_failed"])
    found = marks(client.result(id))
    return failed if set(found) <= {number} and len(found) >= _PAGES - failed else None


def asked(notes: Path) -> tuple[int, int]:
    """How often a worker was asked for a page that the journal had, and again for one that it had not."""
    lines = notes.read_text(encoding="utf-8").splitlines()
    twice = sum(line.endswith(JOURNALED) for line in lines)
    pages = {line.removesuffix(JOURNALED) for line in lines}
    return twice, len(lines) - twice - len(pages)
