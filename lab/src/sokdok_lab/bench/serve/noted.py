"""A worker that notes which pages it is asked for, and whether the journal had them by then."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from sokdok.server.engine.main import main
from sokdok.server.engine.messages import PageRead, Read
from sokdok.server.engine.work import Work

NOTES = "asked"  # file in the server's data folder: a line for each page that a worker was asked for
JOURNALED = "journaled"


def noted(kind: type[Work]) -> type[Work]:
    """A kind of work that does the same, and notes it."""

    class Noted(kind):  # type: ignore[misc, valid-type]
        def read(self, asked: Read) -> Iterator[PageRead]:
            _note(Path(self.setup.spool).parent, asked)
            pages: Iterator[PageRead] = super().read(asked)
            return pages

    return Noted


def _note(data: Path, asked: Read) -> None:
    query = "SELECT number FROM page JOIN task ON page.task = task.id WHERE instr(task.job, ?)"
    with closing(sqlite3.connect(f"file:{data / 'tasks.sqlite'}?mode=ro", uri=True)) as base:
        journaled = {number for (number,) in base.execute(query, (asked.job.upload.encode(),))}
    lines = [f"{asked.job.upload} {number} {JOURNALED if number in journaled else ''}\n" for number in asked.pages]
    with (data / NOTES).open("a", encoding="utf-8") as file:
        file.write("".join(lines))


if __name__ == "__main__":
    main(noted(Work))
