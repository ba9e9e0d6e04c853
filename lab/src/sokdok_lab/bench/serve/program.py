"""A server as a process: `python -m sokdok_lab.bench.serve.program JSON` (`Task`); first it prints its address."""

from __future__ import annotations

import sys
from functools import partial
from pathlib import Path

import msgspec

from sokdok.server.app import create_app, serve
from sokdok.server.engine.engine import PAGE_READER, local_children
from sokdok.server.engine.tools import FILES
from sokdok.server.settings import Bounds, Settings


class Task(msgspec.Struct):
    """How to serve."""

    data: str
    reader: str = "nano"
    workers: int = 1
    queue_pages: int = 1_000
    opens: str = PAGE_READER  # the class by which children read
    files: str = FILES  # the class of children without a reader


def main() -> None:
    """Serve until a signal stops it."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    bounds = Bounds(queue_pages=task.queue_pages, key_pages=task.queue_pages)
    settings = Settings(Path(task.data), port=0, reader=task.reader, workers=task.workers, bounds=bounds)
    app = create_app(settings, children=partial(local_children, opens=task.opens), files=task.files)
    serve(settings, lambda address: print(address, flush=True), app)


if __name__ == "__main__":
    main()
