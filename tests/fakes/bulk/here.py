"""An engine without processes of its own: for tests of what stands around one."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import msgspec

from sokdok.bulk.engine import Done, Look, Looked, Page, Read, Setup
from sokdok.bulk.store import open_store
from sokdok.bulk.worker import Worker


class Here:
    """Does jobs one after the other in this process; the third page of files with `page3` in their name fails."""

    def __init__(self, setup: Setup) -> None:
        self._worker = Worker(setup.question, setup.sources, setup.threads)
        self._store = open_store(setup.destination)

    def __enter__(self) -> Here:
        return self

    def __exit__(self, kind: object, *error: object) -> None:
        self._worker.close()

    def check(self) -> str:
        return self._worker.check()

    def looks(self, jobs: Iterable[Look]) -> Iterator[tuple[Look, Looked]]:
        for job in jobs:
            yield job, self._worker.look(job.source, job.item)

    def reads(self, jobs: Iterable[Read]) -> Iterator[tuple[Read, Page | Done]]:
        for job in jobs:
            pages: list[int] = []
            without = {3: "the page is wrong"} if "page3" in job.unit.path and 3 in job.unit.numbers else {}
            done = self._worker.read_into(self._store, msgspec.structs.replace(job, without=without), pages.append)
            yield from ((job, Page(number)) for number in pages)
            yield job, done
