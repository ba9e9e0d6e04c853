"""Uploads for a server that reads without nets, and its reader, which notes what it is asked for."""

from collections.abc import Iterator, Sequence

from fakes.server.work import FakeReader
from sokdok.server.engine.job import PageRead, ReadJob
from sokdok_lab.bench.serve.files import Upload, mark
from sokdok_lab.bench.serve.server import note_pages


def said(number: int, pages: int = 1, slow: float = 0.005) -> Upload:
    """A document of so many pages, each of which says its name."""
    return Upload(f"{mark(number)}.txt", f"pages={pages} slow={slow}".encode())


def shown(number: int) -> Upload:
    """A picture that reads as its own bytes."""
    text = f"picture number {number} {number * 7919}"
    return Upload("picture.png", text.encode(), text)


class NotedFake(FakeReader):
    def read_pages(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        note_pages(self.spool.parent, job.upload, pages)
        return super().read_pages(job, pages, singly)
