"""A server in a process of its own, which can be killed and started again; and a reader that notes what it is asked.

The process is `python -m sokdok_lab.bench.serve.server JSON` (`Task`); first it prints its address.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator, Sequence
from functools import partial
from pathlib import Path
from typing import Any

import msgspec

from sokdok.errors import SokdokError
from sokdok.server.app import create_app, serve
from sokdok.server.engine.engine import PAGE_READER, local_children
from sokdok.server.engine.job import PageRead, ReadJob
from sokdok.server.engine.tools import FILES
from sokdok.server.settings import Bounds, Settings
from sokdok.server.tasks.files import page_records
from sokdok.server.work.read import PageReader
from sokdok_lab.bench.processes import environment, started_by

NOTES = "asked"  # file in the server's data folder: a line for each page that a child was asked for
JOURNALED = "journaled"  # ends a line if the journal had the page by then
_STOP_S = 30.0


class Task(msgspec.Struct):
    """How to serve."""

    data: str
    workers: int = 1
    queue_pages: int = 1_000
    opens: str = PAGE_READER  # the class by which children read
    files: str = FILES  # the class of children without a reader


class Serving:
    """Serves while the block runs."""

    def __init__(self, task: Task) -> None:
        self.task = task
        self.address = ""  # another one after each start
        self._process: subprocess.Popen[str] | None = None

    def __enter__(self) -> Serving:
        self.start()
        return self

    def __exit__(self, *raised: Any) -> None:
        process = self._running
        process.terminate()
        try:
            process.wait(_STOP_S)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()

    @property
    def pid(self) -> int:
        """Of the front process."""
        return self._running.pid

    @property
    def children(self) -> list[int]:
        """The processes that it has started: readers, and the one that looks at files."""
        return started_by(self.pid)

    def start(self) -> None:
        """Start it; it answers when this returns. Raises SokdokError if it ends instead."""
        self._process = subprocess.Popen(
            [sys.executable, "-P", "-m", __name__, msgspec.json.encode(self.task).decode()],
            stdout=subprocess.PIPE,
            text=True,
            env=environment(OMP_NUM_THREADS="1"),
        )
        assert self._process.stdout is not None
        self.address = self._process.stdout.readline().strip()
        if not self.address:
            raise SokdokError(f"the server ended with {self._process.wait()} as it started")

    def kill(self) -> None:
        """End it as a machine that fails would."""
        self._running.kill()
        self._running.wait()

    @property
    def _running(self) -> subprocess.Popen[str]:
        assert self._process is not None
        return self._process


class NotedReader(PageReader):
    """Reads as any other, and notes which pages it is asked for."""

    def read_pages(self, job: ReadJob, pages: Sequence[int], singly: bool) -> Iterator[PageRead]:
        """Pages of a document, or a figure."""
        note_pages(self.spool.parent, job.upload, pages)
        return super().read_pages(job, pages, singly)


def note_pages(data: Path, upload: str, pages: Sequence[int]) -> None:
    """Write down which pages of an upload are asked for, and whether the journal had them by then."""
    journaled = {record.number for record in page_records(data / "tasks" / Path(upload).stem / "pages")}
    lines = [f"{upload} {number} {JOURNALED if number in journaled else ''}\n" for number in pages]
    with (data / NOTES).open("a", encoding="utf-8") as file:
        file.write("".join(lines))


def main() -> None:
    """Serve until a signal stops it."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    bounds = Bounds(queue_pages=task.queue_pages, key_pages=task.queue_pages)
    settings = Settings(Path(task.data), port=0, reader="nano", workers=task.workers, bounds=bounds)
    app = create_app(settings, children=partial(local_children, opens=task.opens), files=task.files)
    serve(settings, lambda address: print(address, flush=True), app)


if __name__ == "__main__":
    main()
