import time
import zipfile
from collections import Counter
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest

from fakes.bulk.corpus import pool, setup_of, write_corpus
from sokdok.bulk.engine import Done, Look, Lost, Page, Read, Setup
from sokdok.bulk.engines import local
from sokdok.bulk.engines.local import LocalEngine
from sokdok.bulk.plan import Unit, unit_id
from sokdok.bulk.results import Tally, read_result
from sokdok.bulk.sources import Item, open_source
from sokdok.bulk.store import open_store
from sokdok.bulk.worker import Worker
from sokdok.documents.question import Question
from sokdok.errors import InputError

pytestmark = pytest.mark.process


def looks(setup: Setup) -> list[Look]:
    items = [item for item in open_source(setup.sources[0]).items() if isinstance(item, Item)]
    return [Look(number, 0, item) for number, item in enumerate(items)]


def reads(setup: Setup, engine: LocalEngine) -> list[Read]:
    found = []
    for job, looked in engine.looks(looks(setup)):
        values = {"sha256": looked.sha256, "size": looked.size, "pages": looked.pages, "first": 1, "last": looked.pages}
        name = unit_id(looked.sha256, 1, looked.pages, "q")
        unit = Unit(id=name, document=name, path=job.item.path, place=job.item.place, source=0, **values)
        found.append(Read(unit))
    return sorted(found, key=lambda read: read.unit.path)


@pytest.mark.parametrize("recycled_pages", [1, 100])
def test_workers_leave_nothing_that_they_unpacked(tmp_path: Path, recycled_pages: int, monkeypatch) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=2, b=1)
    with zipfile.ZipFile(tmp_path / "corpus.zip", "w") as archive:
        for path in sorted(corpus.iterdir()):
            archive.write(path, path.name)
    spool = tmp_path / "spool"
    spool.mkdir()
    monkeypatch.setenv("TMPDIR", str(spool))
    setup = setup_of(tmp_path / "corpus.zip", tmp_path / "out")
    with pool(setup, 1, recycled_pages=recycled_pages) as engine:
        assert len([answer for _, answer in engine.reads(iter(reads(setup, engine))) if isinstance(answer, Done)]) == 2
    assert list(spool.iterdir()) == []


def test_a_job_that_kills_its_worker_is_tried_twice_and_the_others_are_read(tmp_path: Path) -> None:
    setup = setup_of(write_corpus(tmp_path / "corpus", a=1, kill=2, kill_once=1, z=1), tmp_path / "out")
    with pool(setup, 1) as engine:
        asked = reads(setup, engine)
        answers = [(job.unit.path, answer) for job, answer in engine.reads(iter(asked)) if not isinstance(answer, Page)]
        assert engine.pool.deaths == 4  # three at two pages: together, the first one, the second one
    assert Counter(type(answer) for _, answer in answers) == {Done: 3, Lost: 1}
    ((path, lost),) = [(path, answer) for path, answer in answers if isinstance(answer, Lost)]
    assert path == "corpus/kill.pdf" and lost.deaths == 3 and lost.reason.endswith("died (SIGKILL), 3 times")


def test_a_page_that_kills_its_worker_is_left_alone_and_those_around_it_are_read(tmp_path: Path) -> None:
    setup = setup_of(write_corpus(tmp_path / "corpus", page3=6), tmp_path / "out")
    with pool(setup, 1) as engine:
        (job,) = reads(setup, engine)
        answers = [answer for _, answer in engine.reads([job]) if not isinstance(answer, Page)]
        assert engine.pool.deaths == 2
    ((header, pages), answer) = (read_result(open_store(str(tmp_path / "out")), job.unit.id), answers[0])
    assert isinstance(answer, Done) and (answer.tally.done, answer.tally.failed, header.deaths) == (5, 1, 2)
    assert pages[2].error == "the worker that had it in progress died (SIGKILL)" and not pages[3].error


def test_a_reader_that_can_t_be_opened_is_told_before_the_work(tmp_path: Path) -> None:
    setup = setup_of(write_corpus(tmp_path / "corpus", a=1), tmp_path / "out", Question(max_tokens=3))
    with LocalEngine(setup, 1) as engine, pytest.raises(InputError, match="nano takes no max"):
        engine.check()


UNIT = Unit(id="0" * 32, document="1" * 32, path="a", place="a", source=0, sha256="", size=1, first=1, last=6, pages=6)


def emitted(folder: Path, monkeypatch: pytest.MonkeyPatch, job: Read, seconds: float, jobs: int = 1) -> list[list[int]]:
    """Pages of each message, where a page takes so long."""
    clock, messages = [100.0], []

    def read_into(self: Worker, store: Any, job: Read, on_page: Callable[[int], None]) -> Done:
        for number in job.unit.numbers:
            clock[0] += seconds
            on_page(number)
        return Done(Tally())

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    monkeypatch.setattr(Worker, "read_into", read_into)
    monkeypatch.setattr(local, "running", lambda: SimpleNamespace(emit=lambda pages: messages.append([*pages])))
    worker = local.WorkerProcess(setup_of(write_corpus(folder / "corpus"), folder / "out"))
    for _ in range(jobs):
        worker.read(job)
    return messages


def test_quick_pages_share_a_message_where_no_worker_has_died(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for job, seconds in ((Read(UNIT), 0.5), (Read(UNIT, deaths=1), 0.01)):
        assert emitted(tmp_path, monkeypatch, job, seconds) == [[1], [2], [3], [4], [5], [6]]
    assert emitted(tmp_path, monkeypatch, Read(UNIT), 0.03, jobs=2) == [[1], [2, 3, 4, 5], [6]] * 2
