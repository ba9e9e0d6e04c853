"""A corpus made on the spot, and a worker that dies, hangs or dawdles at files that are named so.

`Faulty` is the worker process of `engines.local`. At a file with `kill` in its name it ends itself,
with `once` only the first time (a file beside it remembers), with `page3` at its third page; with `hang` it sleeps for
ever, with `slow` a tenth of a second a page; with `broken` it says that the endpoint is gone, with `orphan` it ends its
parent (`once`, too), with `full` the disk is full from then on. While there is a file that FAKE_FULL_DISK names, no
result finds room.
"""

from __future__ import annotations

import errno
import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import msgspec

from fakes.pdf import Text, write_pdf
from sokdok.bulk.engine import Setup
from sokdok.bulk.engines.local import LocalEngine, WorkerProcess
from sokdok.bulk.results import attempts, read_result
from sokdok.bulk.store import Store
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import Question
from sokdok.errors import EndpointError
from sokdok.jobs import Limits

if TYPE_CHECKING:
    import pytest

LAYERS = Question(source="text-layer")  # needs no reader


def write_corpus(folder: Path, **pages: int) -> Path:
    """PDFs by name, without suffix, with so many pages of a line each; a name's `__` is a slash."""
    for name, count in pages.items():
        path = folder / f"{name.replace('__', '/')}.pdf"
        path.parent.mkdir(parents=True, exist_ok=True)
        write_pdf(path, [[Text(72, 72, f"{name} says on page {number + 1} what it says.")] for number in range(count)])
    return folder


def setup_of(corpus: Path, destination: Path, question: Question = LAYERS, **limits: Any) -> Setup:
    question = msgspec.structs.replace(question, limits=Limits(**limits))
    return Setup(question, (str(corpus),), str(destination))


FAULTY = "fakes.bulk.corpus:Faulty"


def pool(setup: Setup, workers: int = 1, **options: Any) -> LocalEngine:
    return LocalEngine(setup, workers, worker=FAULTY, **options)


def time_flies(monkeypatch: pytest.MonkeyPatch, corpus: Path) -> None:
    """Have an hour pass for the pool once a worker hangs and what it said before is heard: nobody else is that slow."""
    now = time.monotonic

    def clock() -> float:
        return now() + 3600 * sum(time.time() - one.stat().st_mtime > 2 for one in corpus.glob("*.hangs-*"))

    monkeypatch.setattr(time, "monotonic", clock)


def all_pages(store: Store) -> Iterator[tuple[str, DocumentPage]]:
    """Unit id and page of everything that has a result."""
    for unit, attempt in attempts(store):
        yield from ((unit, page) for page in read_result(store, unit, attempt)[1])


class Faulty(WorkerProcess):
    def __init__(self, setup: Setup) -> None:
        _make_faulty()
        super().__init__(setup)


def _make_faulty() -> None:
    from sokdok.bulk import store, worker

    read = worker.read_pages

    def faulty(file: Any, indices: Any, *more: Any) -> Iterator[Any]:
        name = Path(file.source).name
        if "kill" in name and _wants_to(file.source, "once" in name):
            os.kill(os.getpid(), signal.SIGKILL)
        if "orphan" in name and _wants_to(file.source, "once" in name):
            os.kill(os.getppid(), signal.SIGKILL)
            time.sleep(600)
        if "full" in name:
            store.tempfile.mkstemp = _refuse  # type: ignore[assignment]
        indices = list(indices)
        if "page3" in name and 2 in indices:
            yield from read(file, indices[: indices.index(2)], *more)
            os.kill(os.getpid(), signal.SIGKILL)
        if "hang" in name:
            Path(f"{file.source}.hangs-{os.getpid()}").touch()
            time.sleep(600)
        if "broken" in name:
            raise EndpointError("the endpoint is gone")
        for page in read(file, indices, *more):
            if "slow" in name:
                time.sleep(0.1)
            yield page

    if full := os.environ.get("FAKE_FULL_DISK"):
        link = os.link

        def linked(old: Any, new: Any) -> None:
            if os.path.exists(full):
                raise OSError(errno.ENOSPC, "No space left on device")
            link(old, new)

        os.link = linked  # type: ignore[assignment]
    worker.read_pages = faulty  # type: ignore[assignment]
    worker.count_text = len  # type: ignore[assignment]  # the vocabulary takes longer to load than all pages


def _refuse(**options: Any) -> Any:
    raise OSError(errno.ENOSPC, "No space left on device")


def _wants_to(source: str, once: bool) -> bool:
    if not once:
        return True
    try:
        os.close(os.open(f"{source}.died", os.O_CREAT | os.O_EXCL))
    except FileExistsError:
        return False
    return True
