"""`kill -9` of workers, or of the server itself, under load: is anything lost that was accepted, or read again in vain?

The server's readers are `noted`: a page that the journal has, and that one is asked for all the same, is seen.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Literal

import httpx

from sokdok.errors import SokdokError
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.material import Upload, marks
from sokdok_lab.bench.serve.noted import JOURNALED, NOTES
from sokdok_lab.bench.serve.serving import Serving

_PAGES = 3  # of each task
_PAUSE_S = 0.4  # at most, between what is read and the next kill
_LIFE_S = 120.0  # in which pages must be read again after a kill, and all tasks must end at last
_READ = re.compile(r'^sokdok_pages_total\{status="read"\} (\S+)', re.MULTILINE)
Whom = Literal["workers", "server"]
WORKERS: Whom = "workers"
SERVER: Whom = "server"


@dataclass(frozen=True)
class Kills:
    """What became of the tasks."""

    whom: Whom
    kills: int
    tasks: int  # that were accepted
    lost: int  # of them: forgotten, never ended, or without one of their pages
    given_up: int
    """pages that failed; a task whose workers were killed twice would have some, and so no task is hit twice here"""
    read_twice: int  # pages that a worker was asked for though the journal had them
    read_again: int  # pages that a worker was asked for again because the one before it was killed over them
    seconds: float


class _Clients:
    """Send tasks without end, and remember which were accepted."""

    def __init__(self, client: Client, document: Callable[[int, int], Upload], clients: int) -> None:
        self.client, self.document = client, document
        self.accepted: dict[str, int] = {}
        self.ended: set[str] = set()
        self._numbers, self._enough = count(), Event()
        self._threads = [Thread(target=self._send, daemon=True) for _ in range(clients)]

    def start(self) -> None:
        for thread in self._threads:
            thread.start()

    def stop(self) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        """One task after the other, each when the one before has ended: the queue is never empty, and never full."""
        while not self._enough.is_set():
            upload = self.document(number := next(self._numbers), _PAGES)
            try:
                id = self.client.task(upload.name, upload.data)
                self.accepted[id] = number
                for _ in self.client.events(id):
                    pass
                self.ended.add(id)
            except (httpx.HTTPError, SokdokError):  # the server is dead, or who looked at the file: not accepted
                time.sleep(0.05)


def measure(
    serving: Serving,
    document: Callable[[int, int], Upload],
    whom: Whom,
    kills: int,
    *,
    clients: int = 4,
    note: Callable[[str], None] = lambda text: None,
) -> Kills:
    """Kill so many times."""
    dice, began = random.Random(kills), time.perf_counter()
    with Client(serving, 2 * clients) as client:
        load = _Clients(client, document, clients)
        load.start()
        try:
            for number in range(kills):
                _wait_for_pages(client)
                time.sleep(dice.uniform(0, _PAUSE_S))
                if whom == SERVER:
                    serving.kill()
                    serving.start()
                else:
                    hit = set(load.accepted)
                    with suppress(ProcessLookupError):
                        os.kill(dice.choice(serving.children), signal.SIGKILL)
                    _wait(partial(hit.issubset, load.ended))
                if (number + 1) % 10 == 0:
                    note(f"{number + 1} kills of {whom}, {len(load.accepted):,} tasks accepted")
        finally:
            load.stop()
        end = time.monotonic() + _LIFE_S
        fates = [_fate(client, id, number, end) for id, number in load.accepted.items()]
    twice, again = asked(Path(serving.task.data, NOTES))
    failed = [pages for pages in fates if pages is not None]
    lost = len(fates) - len(failed)
    return Kills(whom, kills, len(fates), lost, sum(failed), twice, again, time.perf_counter() - began)


def _wait_for_pages(client: Client) -> None:
    """Until pages are read: whoever was killed has been replaced, or others go on."""
    before = _pages_read(client)
    _wait(lambda: _pages_read(client) > before)


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
        told = answer.json()
        if answer.status_code != 200 or told["status"] in ("done", "failed", "cancelled") or time.monotonic() > end:
            break
        time.sleep(0.1)
    if answer.status_code != 200 or told["status"] != "done":
        return None
    failed = int(told["pages_failed"])
    found = marks(client.result(id))
    return failed if set(found) <= {number} and len(found) >= _PAGES - failed else None


def asked(notes: Path) -> tuple[int, int]:
    """How often a worker was asked for a page that the journal had, and again for one that it had not."""
    lines = notes.read_text(encoding="utf-8").splitlines()
    twice = sum(line.endswith(JOURNALED) for line in lines)
    pages = {line.removesuffix(JOURNALED) for line in lines}
    return twice, len(lines) - twice - len(pages)
