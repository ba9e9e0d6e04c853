from __future__ import annotations

import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from fakes.bulk.corpus import setup_of, write_corpus
from sokdok.bulk.engines.local import main as served
from sokdok.bulk.plan import Unit
from sokdok.bulk.results import Tally
from sokdok.bulk.work.messages import Answer, Done, Pages, Read

pytestmark = pytest.mark.process

UNIT = Unit(id="0" * 32, document="1" * 32, path="a", place="a", source=0, sha256="", size=1, first=1, last=6, pages=6)


def said(
    folder: Path, monkeypatch: pytest.MonkeyPatch, job: Read, seconds: float, jobs: int = 1
) -> list[tuple[int, ...] | str]:
    """Which pages each answer tells, where a page takes so long; "done" behind the last ones of a job."""
    answers: list[Answer] = []
    clock = [100.0]

    class Pipes:
        def say(self, answer: Any) -> None:
            answers.append(answer)

    def read_into(*given: Any, told: Callable[[int], None], **more: Any) -> tuple[Tally, bool]:
        for number in job.unit.numbers:
            clock[0] += seconds
            told(number)
        return Tally(), True

    monkeypatch.setattr(time, "monotonic", lambda: clock[0])
    server = served.Server(setup_of(write_corpus(folder / "corpus"), folder / "out"), Pipes())  # type: ignore[arg-type]
    monkeypatch.setattr(server.worker, "read_into", read_into)
    for _ in range(jobs):
        server.do(job)
    found: list[tuple[int, ...] | str] = []
    for answer in answers:
        assert isinstance(answer, Pages | Done)
        found += [answer.numbers] if isinstance(answer, Pages) else [answer.pages, "done"]
    return found


def test_slow_pages_are_told_as_they_are_read(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(tmp_path, monkeypatch, Read(UNIT), 0.5) == [(1,), (2,), (3,), (4,), (5,), (6,), (), "done"]


def test_quick_pages_are_told_together_and_the_last_ones_with_the_result(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    found = said(tmp_path, monkeypatch, Read(UNIT), 0.03, jobs=2)
    assert found == [(1,), (2, 3, 4, 5), (6,), "done", (1, 2, 3), (4, 5, 6), "done"]


def test_where_a_worker_has_died_before_each_page_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert said(tmp_path, monkeypatch, Read(UNIT, deaths=1), 0.01)[:6] == [(1,), (2,), (3,), (4,), (5,), (6,)]
