"""A server as a process: `python -m sokdok_lab.bench.serve.program JSON` (`Task`); first it prints its address."""

from __future__ import annotations

import sys
from pathlib import Path

import msgspec

from sokdok.server.engine.worker import MAIN
from sokdok.server.run import serve
from sokdok.server.settings import Bounds, Settings


class Task(msgspec.Struct):
    """How to serve."""

    data: str
    reader: str = "nano"
    workers: int = 1
    queue_pages: int = 1_000
    main: str = MAIN  # the module that is run as a worker


def main() -> None:
    """Serve until it is told to stop."""
    task = msgspec.json.decode(sys.argv[1], type=Task)
    bounds = Bounds(queue_pages=task.queue_pages, key_pages=task.queue_pages)
    settings = Settings(Path(task.data), port=0, reader=task.reader, workers=task.workers, bounds=bounds)
    serve(settings, task.main, lambda address: print(address, flush=True))


if __name__ == "__main__":
    main()
