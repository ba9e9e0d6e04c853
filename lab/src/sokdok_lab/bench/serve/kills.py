"""`kill -9` of workers, or of the server itself, under load: is anything lost that was accepted, or read again in vain?

The server's readers note what they are asked for: a page that the journal has, and is asked for all the same, is seen.
"""

from __future__ import annotations

import os
import random
import re
import signal
import time
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from itertools import count
from pathlib import Path
from threading import Event, Thread
from typing import Literal

import httpx

from sokdok.cli.ui.console import note
from sokdok.errors import SokdokError
from sokdok_lab.bench.output import Row
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.files import Upload, marks
from sokdok_lab.bench.serve.server import JOURNALED, NOTES, Serving

_PAGES = 3  # of each task
_PAUSE_S = 0.4  # at most, between what is read and the next kill
_LIFE_S = 120.0  # in which pages must be read again after a kill, and all tasks must end at last
_READ = re.compile(r'^sokdok_pages_total\{status="read"\} (\S+)', re.MULTILINE)
Whom = Literal["workers", "server"]


class _Clients:
    """Send tasks without end while the block runs, and remember which were accepted and which have ended."""

    def __init__(self, client: Client, document: Callable[[int, int], Upload], clients: int) -> None:
        self.client, self.document = client, document
        self.accepted: dict[str, int] = {}
        self.ended: set[str] = set()
        self._numbers, self._enough = count(), Event()
        self._threads = [Thread(target=self._send, daemon=True) for _ in range(clients)]

    def __enter__(self) -> _Clients:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *raised: object) -> None:
        self._enough.set()
        for thread in self._threads:
            thread.join()

    def _send(self) -> None:
        """One task after the other, each when the one before has ended: the queue is never empty, and never full."""
        while not self._enough.is_set():
            upload = self.document(number := next(self._numbers), _PAGES)
            try:
                id = self.client.task(upload)
                self.accepted[id] = number
                for _ in self.client.events(id):
                    pass
                self.ended.add(id)
            except (httpx.HTTPError, SokdokError):  # the server is dead, or who looked at the file: not accepted
                time.sleep(0.05)


def kill(serving: Serving, document: Callable[[int, int], Upload], whom: Whom, kills: int, clients: int = 4) -> Row:
    """Kill so many times."""
    dice, began = random.Random(kills), time.perf_counter()
    with Client(serving, 2 * clients) as client:
        with _Clients(client, document, clients) as load:
            for number in range(kills):
                before = _pages_read(client)  # whoever was killed is replaced, or others go on, when pages are read
                _wait(lambda before=before: _pages_read(client) > before)  # type: ignore[misc]
                time.sleep(dice.uniform(0, _PAUSE_S))
                if whom == "server":
                    serving.kill()
                    serving.start()
                else:
                    hit = set(load.accepted)
                    with suppress(ProcessLookupError):
                        os.kill(dice.choice(serving.children), signal.SIGKILL)
                    _wait(partial(hit.issubset, load.ended))
                if (number + 1) % 10 == 0:
                    note(f"{number + 1} kills of {whom}, {len(load.accepted):,} tasks accepted")
        end = time.monotonic() + _LIFE_S
        fates = [_fate(client, id, number, end) for id, number in load.accepted.items()]
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
