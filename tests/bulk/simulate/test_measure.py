"""What is measured here is what a run here takes."""

from __future__ import annotations

import os
import time
from pathlib import Path
from statistics import mean

import numpy as np
import pytest

from fakes.bulk.corpus import LAYERS, setup_of, write_corpus
from sokdok.bulk.engines.local.pool import LocalPool
from sokdok.bulk.plan.plan import read_units
from sokdok.bulk.question import Question
from sokdok.bulk.run import Nobody, run
from sokdok.bulk.simulate import measure as measuring
from sokdok.bulk.simulate.inputs import Inputs, check
from sokdok.bulk.simulate.measure import DISTURBED, Measured, measure
from sokdok.bulk.simulate.measured import measured_inputs
from sokdok.bulk.simulate.plan import make_plan
from sokdok.bulk.simulate.sample import draw_sample, sample_units
from sokdok.bulk.simulate.waits import Waits
from sokdok.bulk.sources import open_source
from sokdok.bulk.store import open_store
from sokdok.bulk.unit import Unit
from sokdok.bulk.work.messages import WorkOptions
from sokdok.errors import InputError


def _write(folder: Path, documents: int) -> int:
    """PDFs with a heavy tail of pages; how many pages they have."""
    pages = np.clip(np.random.default_rng(3).pareto(1.3, documents) * 3 + 1, 1, 70).astype(int).tolist()
    write_corpus(folder, **{f"d{number}": count for number, count in enumerate(pages)})
    return sum(pages)


def _measured(folder: Path, pages: int, workers: int = 1, question: Question = LAYERS) -> Measured:
    source = open_source(str(folder))
    return measure(source.name, draw_sample(source, 100, 0), pages, workers, question, WorkOptions(), 0)


def test_a_sample_says_what_the_whole_is_like(tmp_path: Path) -> None:
    pages = _write(tmp_path, 30)
    (tmp_path / "notes.bin").write_bytes(b"\0\1\2")
    sample = draw_sample(open_source(str(tmp_path)), 100, 0)
    assert (sample.listed, sample.drawn, len(sample.documents)) == (31, 31, 30)
    assert sample.all_pages == pages
    corpus = sample.corpus(Inputs().corpus)
    assert corpus.exact_share == 1.0 and sum(corpus.document_pages) == pages
    assert 5 < corpus.tokens_per_page < 30
    check(Inputs(corpus=corpus))


def test_a_part_of_the_files_stands_for_all(tmp_path: Path) -> None:
    write_corpus(tmp_path, **{f"d{number}": 4 for number in range(20)})
    sample = draw_sample(open_source(str(tmp_path)), 5, 0)
    assert (sample.drawn, sample.all_pages) == (5, 80)


def test_units_of_a_sample_have_the_pages_asked_for(tmp_path: Path) -> None:
    pages = _write(tmp_path, 30)
    sample = draw_sample(open_source(str(tmp_path)), 100, 0)
    for wanted in (1, 40, pages, 10 * pages):
        units = sample_units(sample, LAYERS, wanted, 0)
        assert len({unit.id for unit in units}) == len(units)
        assert min(wanted, pages) <= sum(len(unit.numbers) for unit in units) < wanted + 32


def test_a_corpus_without_documents_is_refused(tmp_path: Path) -> None:
    (tmp_path / "notes.bin").write_bytes(b"\0\1\2")
    with pytest.raises(InputError, match="none of 1 files is a document"):
        draw_sample(open_source(str(tmp_path)), 100, 0)


def test_what_a_run_has_measured_is_taken_from_its_results(tmp_path: Path) -> None:
    pages = _write(tmp_path / "corpus", 25)
    setup = setup_of(tmp_path / "corpus", tmp_path / "out")
    run(setup, lambda given: LocalPool(given, 2), Nobody())
    store = open_store(setup.destination)
    inputs = measured_inputs(store, read_units(store))
    check(inputs)
    assert sum(inputs.corpus.document_pages) == pages
    assert inputs.corpus.exact_share == 1.0
    assert inputs.node.cores == inputs.node.units == 2 and inputs.node.serial
    assert 0 < inputs.node.exact_s < 1


def test_nothing_read_is_nothing_measured(tmp_path: Path) -> None:
    no_units: list[Unit] = []
    with pytest.raises(InputError, match="nothing is measured"):
        measured_inputs(open_store(str(tmp_path)), no_units)


def test_a_run_takes_what_the_simulation_makes_of_its_own_figures(tmp_path: Path) -> None:
    """Whatever else the machine does at the time: pages, gaps between units and the start make up the whole."""
    write_corpus(tmp_path / "corpus", **{f"d{number}": 1 + number % 5 for number in range(30)})
    setup = setup_of(tmp_path / "corpus", tmp_path / "out")
    begun = time.time()
    run(setup, lambda given: LocalPool(given, 1), Nobody())
    took = time.time() - begun
    store = open_store(setup.destination)
    inputs = measured_inputs(store, read_units(store), begun)
    (row,) = make_plan(inputs, [90], 1, None).rows
    assert row.hours * 3_600 == pytest.approx(took, rel=0.10)


def test_what_a_worker_opens_at_first_belongs_to_the_start(tmp_path: Path) -> None:
    """Loading the vocabulary and starting the process that opens files take as long as some hundred such pages."""
    write_corpus(tmp_path / "corpus", only=3)
    found = _measured(tmp_path / "corpus", 1).inputs
    assert found.run.start_s > 5 * found.node.exact_s
    assert sum(found.corpus.document_pages) == 3 and found.corpus.exact_share == 1.0


def test_quick_pages_are_read_for_some_seconds_and_by_every_worker(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write_corpus(tmp_path / "corpus", **{f"d{number}": 1 for number in range(6)})
    source = open_source(str(tmp_path / "corpus"))
    sample = draw_sample(source, 100, 0)

    def pages_read(pages: int, workers: int) -> int:
        told: list[int] = []
        measure(source.name, sample, pages, workers, LAYERS, WorkOptions(), 0, told.append)
        return len(told)

    assert pages_read(1, 1) == 6  # they do not take three seconds together
    monkeypatch.setattr(measuring, "LEAST_S", 0.0)
    assert pages_read(1, 1) == 1
    assert pages_read(1, 2) == 2


@pytest.mark.slow
def test_a_run_here_takes_what_its_plan_says(tmp_path: Path) -> None:
    """A quarter of the pages is measured, all are read: within 10 %. Measured before and after, since a plan can't know
    what else the machine does later.
    """
    pages = _write(tmp_path / "corpus", 250)
    watcher = _Watcher(pages)
    before = _measured(tmp_path / "corpus", pages // 4)
    began = time.monotonic()
    run(setup_of(tmp_path / "corpus", tmp_path / "out"), lambda given: LocalPool(given, 1), watcher)
    took = time.monotonic() - began
    after = _measured(tmp_path / "corpus", pages // 4)
    planned = [make_plan(each.inputs, [pages], 1, None).rows[0].hours * 3_600 for each in (before, after)]
    lost = [before.lost or 0.0, watcher.lost, after.lost or 0.0]
    said = f"planned {planned[0]:.2f} and {planned[1]:.2f} s, took {took:.2f} s, lost to others {lost}"
    print(said)
    if max(lost) > DISTURBED:
        pytest.skip(f"the machine did other things: {said}")
    assert mean(planned) == pytest.approx(took, rel=0.10), said


class _Watcher(Nobody):
    """Sees what a run loses to other work on the machine, between its first page and its last."""

    def __init__(self, pages: int) -> None:
        self.left, self.lost = pages, 0.0
        self._waits: Waits | None = None

    def page(self) -> None:
        self.left -= 1
        self._waits = self._waits or Waits(os.getpid())
        if not self.left:
            self.lost = self._waits.lost() or 0.0
