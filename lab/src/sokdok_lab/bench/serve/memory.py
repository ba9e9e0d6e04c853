"""What the server and all that it has started hold in memory, over thousands of requests, a tenth of them hostile."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from statistics import fmean
from threading import Event, Thread

import httpx

from sokdok.errors import SokdokError
from sokdok_lab.bench.processes import resident_mb, started_by
from sokdok_lab.bench.serve.client import Client
from sokdok_lab.bench.serve.hostile import hostile
from sokdok_lab.bench.serve.material import Upload, marks
from sokdok_lab.bench.serve.serving import Serving

_LOOK_S = 0.2
_HOSTILE = 10  # of so many requests one


@dataclass(frozen=True)
class Held:
    """Memory, all processes together: means of the second fifth of the requests, and of the last."""

    requests: int
    hostile: int  # of them
    refused: int  # hostile files that were refused; the others were read, or had failed pages
    lost: int  # good files that were not read
    mistakes: int  # answers of the server that say it made one: 500 and above
    early_mb: float
    late_mb: float
    early_front_mb: float  # of the front process alone
    late_front_mb: float
    seconds: float

    @property
    def growth(self) -> float:
        """Share by which it grew."""
        return self.late_mb / self.early_mb - 1


def measure(
    serving: Serving,
    document: Callable[[int], Upload],
    *,
    clients: int,
    requests: int,
    note: Callable[[str], None] = lambda text: None,
) -> Held:
    """Send so many requests."""
    fates: Counter[str] = Counter()
    began = time.perf_counter()
    looks = _Looks(serving, fates)
    with Client(serving, 2 * clients) as client, ThreadPoolExecutor(clients) as pool:
        looks.start()
        try:
            for fate in pool.map(lambda number: _fate(client, document, number), range(requests)):
                fates[fate] += 1
                if fates.total() % 1_000 == 0:
                    note(f"{fates.total():,} requests, {looks.now:.0f} MB")
        finally:
            looks.stop()
    return Held(
        requests,
        len(range(0, requests, _HOSTILE)),
        fates["refused"],
        fates["lost"],
        fates["mistake"],
        *looks.means(requests),
        time.perf_counter() - began,
    )


def _fate(client: Client, document: Callable[[int], Upload], number: int) -> str:
    """What became of a request."""
    try:
        if number % _HOSTILE == 0:
            return _of_hostile(client, number)
        upload = document(number)
        text = client.document(upload.name, upload.data)[1]
        return "read" if set(marks(text)) == {number} else "lost"
    except (SokdokError, httpx.HTTPError):
        return "lost"


def _of_hostile(client: Client, number: int) -> str:
    answer = client.send(*hostile(number // _HOSTILE))
    if answer.status_code == 202:
        for _ in client.events(answer.json()["id"]):
            pass
        return "taken"
    return "mistake" if answer.status_code >= 500 else "refused"


class _Looks:
    """Looks at the memory at once, every fifth of a second, and at the end."""

    def __init__(self, serving: Serving, fates: Counter[str]) -> None:
        self.now = 0.0
        self._serving, self._fates = serving, fates
        self._seen: list[tuple[int, float, float]] = []
        """requests done, MB of all processes, MB of the front process"""
        self._enough = Event()
        self._thread = Thread(target=self._look_until_enough, daemon=True)

    def start(self) -> None:
        self._thread.start()

    def stop(self) -> None:
        self._enough.set()
        self._thread.join()

    def means(self, requests: int) -> tuple[float, float, float, float]:
        """Early and late, of all and of the front process."""
        early = [seen for seen in self._seen if requests * 0.2 <= seen[0] < requests * 0.4] or self._seen
        late = [seen for seen in self._seen if requests * 0.8 <= seen[0]] or self._seen
        every = [fmean(seen[which] for seen in some) for which in (1, 2) for some in (early, late)]
        return every[0], every[1], every[2], every[3]

    def _look_until_enough(self) -> None:
        self._look()
        while not self._enough.wait(_LOOK_S):
            self._look()
        # Few requests may all be answered between two looks: what they left is seen even so.
        self._look()

    def _look(self) -> None:
        pid = self._serving.pid
        self.now = resident_mb([pid])
        self._seen.append((self._fates.total(), self.now, self.now - resident_mb(started_by(pid))))
