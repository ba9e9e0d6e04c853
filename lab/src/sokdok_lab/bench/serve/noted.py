"""A reader that notes which pages it is asked for, and whether the journal had them by then."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from sokdok.server.engine.job import PageRead, ReadJob
from sokdok.server.tasks.files import page_records
from sokdok.server.work.read import PageReader

NOTES = "asked"  # file in the server's data folder: a line for each page that a child was asked for
JOURNALED = "journaled"


class NotedReader(PageReader):
    """Reads as any other, and notes it."""

    def read_pages(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        """Pages of a document, or a figure."""
        note(self.spool.parent, job.upload, pages)
        return super().read_pages(job, pages, singly)


def note(data: Path, upload: str, pages: Sequence[int]) -> None:
    """Write down which pages of an upload are asked for."""
    journaled = {record.number for record in page_records(data / "tasks" / Path(upload).stem / "pages")}
    lines = [f"{upload} {number} {JOURNALED if number in journaled else ''}\n" for number in pages]
    with (data / NOTES).open("a", encoding="utf-8") as file:
        file.write("".join(lines))
