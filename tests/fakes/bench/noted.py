"""A reader without nets that notes what it is asked for."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from fakes.server.work import FakeReader
from sokdok.server.engine.job import PageRead, ReadJob
from sokdok_lab.bench.serve.noted import note


class NotedFake(FakeReader):
    def read_pages(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        note(self.spool.parent, job.upload, pages)
        return super().read_pages(job, pages, singly)
