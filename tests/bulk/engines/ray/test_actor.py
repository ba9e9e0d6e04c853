"""What runs on a node, without Ray around it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import msgspec
import pytest

from fakes.bulk.corpus import setup_of, time_flies, write_corpus
from sokdok.bulk.engines.local.pool import MAIN
from sokdok.bulk.engines.ray.actor import ANSWERS, COLUMN, ENCODER, Actor, Answered, Numbered, check
from sokdok.bulk.lease import Driving
from sokdok.bulk.plan import read_units
from sokdok.bulk.planning import build_plan
from sokdok.bulk.results import Tally
from sokdok.bulk.sources import Item, open_source
from sokdok.bulk.store import Store, open_store
from sokdok.bulk.work.messages import Broken, Done, Look, Looked, Read, Setup
from sokdok.bulk.work.worker import Worker
from sokdok.documents.question import Question

pytestmark = pytest.mark.process

FAULTY = "fakes.bulk.corpus"


@contextmanager
def _planned(tmp_path: Path, **pages: int) -> Iterator[tuple[Setup, Store, list[Read]]]:
    """A corpus with a plan and no results, while a driver holds its lease."""
    write_corpus(tmp_path / "corpus", **pages)
    setup = setup_of(tmp_path / "corpus", tmp_path / "out")
    store, source = open_store(setup.destination), open_source(setup.sources[0])
    worker = Worker(setup.question, setup.sources)
    build_plan(store, setup.question, [source], lambda jobs: ((job, worker.look(0, job.item)) for job in jobs))
    with Driving(store):
        yield setup, store, [Read(unit) for unit in read_units(store)]


def _asked(actor: Actor, jobs: list[Any]) -> list[Answered]:
    block = ENCODER.encode([Numbered(number + 7, job) for number, job in enumerate(jobs)])
    (data,) = actor({COLUMN: [block]})[COLUMN]
    return sorted(ANSWERS.decode(data), key=lambda answered: answered.number)


def _actor(setup: Setup) -> Actor:
    return Actor(ENCODER.encode(setup), 60.0, FAULTY)


def test_a_block_of_units_gets_its_results(tmp_path: Path) -> None:
    with _planned(tmp_path, a=3, b=40) as (setup, store, jobs):
        answered = _asked(_actor(setup), jobs)
    assert [each.number for each in answered] == [7, 8, 9]
    assert [each.answer.tally.done for each in answered if isinstance(each.answer, Done)] == [3, 20, 20]
    assert len(list(store.names("results/"))) == 3


def test_a_block_that_comes_again_is_answered_from_its_results(tmp_path: Path) -> None:
    """Ray runs a block a second time when its node was lost: what has results by then is told, not read."""
    with _planned(tmp_path, a=3) as (setup, store, jobs):
        first = _asked(_actor(setup), jobs)
        files = {name: store.read(name) for name in store.names("results/")}
        again = _asked(_actor(setup), jobs)
        assert {name: store.read(name) for name in store.names("results/")} == files
    assert isinstance(first[0].answer, Done) and isinstance(again[0].answer, Done)
    assert again[0].answer == first[0].answer


def test_a_file_that_kills_its_worker_is_lost_and_the_actor_goes_on(tmp_path: Path) -> None:
    with _planned(tmp_path, a=1, kill=1, z=1) as (setup, _, jobs):
        a, killed, z = _asked(_actor(setup), jobs)
    assert isinstance(a.answer, Done) and isinstance(z.answer, Done)
    assert killed.answer is None and killed.lost is not None
    assert killed.lost.deaths == 2 and "SIGKILL" in killed.lost.reason


def test_a_file_that_keeps_its_worker_for_ever_is_lost(tmp_path: Path, monkeypatch) -> None:
    with _planned(tmp_path, hang=1, z=1) as (setup, _, jobs):
        time_flies(monkeypatch, tmp_path / "corpus")
        hung, z = _asked(_actor(setup), jobs)
    assert hung.lost is not None and "nothing of it was read for 60 s" in hung.lost.reason
    assert isinstance(z.answer, Done)


@pytest.mark.parametrize(("name", "said"), [("broken", "the endpoint is gone"), ("full", "the disk is full")])
def test_what_ends_the_run_is_an_answer_not_an_exception(tmp_path: Path, name: str, said: str) -> None:
    with _planned(tmp_path, **{name: 1}) as (setup, _, jobs):
        (answered,) = _asked(_actor(setup), jobs)
    assert isinstance(answered.answer, Broken) and said in answered.answer.message


def test_files_are_looked_at(tmp_path: Path) -> None:
    with _planned(tmp_path, a=3) as (setup, _, _):
        (tmp_path / "corpus" / "x.bin").write_bytes(b"\0\1")
        pdf, other = _asked(_actor(setup), [Look(5, 0, Item("a.pdf", "a.pdf", 1)), Look(6, 0, Item("x", "x.bin", 1))])
    assert isinstance(pdf.answer, Looked) and pdf.answer.pages == 3
    assert isinstance(other.answer, Looked) and other.answer.reason == "it is no document"


@pytest.mark.parametrize("lost", ["destination", "lease", "source"])
def test_a_node_that_sees_other_folders_ends_the_run(tmp_path: Path, lost: str) -> None:
    """Else every page of it would fail, or results lie where nobody looks."""
    with _planned(tmp_path, a=1) as (setup, store, jobs):
        if lost == "source":
            setup = msgspec.structs.replace(setup, sources=(str(tmp_path / "elsewhere"),))
        elif lost == "destination":
            setup = msgspec.structs.replace(setup, destination=str(tmp_path / "elsewhere"))
        else:
            store.remove("lease.json")
        (answered,) = _asked(_actor(setup), jobs)
    assert isinstance(answered.answer, Broken) and answered.answer.exit_code == 2
    assert "does not see what the driver sees" in answered.answer.message and "s3://" in answered.answer.message
    assert not (tmp_path / "elsewhere").exists()


def test_the_reader_is_opened_before_anything_is_read(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus", a=1)
    good = setup_of(tmp_path / "corpus", tmp_path / "out")
    assert msgspec.msgpack.decode(check(ENCODER.encode(good), MAIN), type=str | Broken) == ""
    bad = setup_of(tmp_path / "corpus", tmp_path / "out", Question(reader=str(tmp_path / "no-checkpoint")))
    answer = msgspec.msgpack.decode(check(ENCODER.encode(bad), MAIN), type=str | Broken)
    assert isinstance(answer, Broken) and "no-checkpoint" in answer.message


def test_a_tally_survives_the_way_to_the_driver() -> None:
    tally = Tally(done=3, failed=1, reasons={"왜": 1})
    (back,) = ANSWERS.decode(ENCODER.encode([Answered(0, Done(tally))]))
    assert isinstance(back.answer, Done) and back.answer.tally == tally
