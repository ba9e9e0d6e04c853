"""What a driver says of results is counted instead of them, and only while it is true of them."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.bulk.corpus import setup_of, write_corpus
from fakes.bulk.here import Here
from sokdok.bulk import segments, status
from sokdok.bulk.results import Tally, attempts, read_header
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.segments import Segments
from sokdok.bulk.status import Following, Seen, Status
from sokdok.bulk.store import Store, open_store


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Units whose results are opened for their status."""
    units: list[str] = []

    def opening(store: Store, unit: str, attempt: int = 1):
        units.append(unit)
        return read_header(store, unit, attempt)

    monkeypatch.setattr(status, "read_header", opening)
    return units


def read(corpus: Path, out: Path, **options) -> Store:
    """A run of it."""
    run(setup_of(corpus, out), Here, Watcher(), **options)
    return open_store(str(out))


def told(store: Store) -> Status:
    return Following(store).status()


def test_status_opens_only_results_that_nobody_has_summed_up(tmp_path: Path, monkeypatch, opened: list[str]) -> None:
    monkeypatch.setattr(segments, "SEGMENT", 2)
    corpus = write_corpus(tmp_path / "corpus", a=1, b=2, c_page3=4, d=1)
    store = read(corpus, tmp_path / "out")
    names = list(store.names("seen/"))
    assert names == ["seen/000000.jsonl.zst", "seen/000001.jsonl.zst"]
    found = told(store)
    assert not opened and (found.units, found.tally.done, found.tally.failed) == (4, 7, 1)
    for name in names:
        store.remove(name)
    bare = told(store)
    assert (bare.units, bare.tally) == (4, found.tally) and len(opened) == 4


def test_segments_that_results_belie_are_left_out(tmp_path: Path, opened: list[str]) -> None:
    store = read(write_corpus(tmp_path / "corpus", a=1, b=2, c=1), tmp_path / "out")
    tallies = {unit: read_header(store, unit).tally for unit, _ in attempts(store)}
    first, second, third = tallies

    def status_of(*segments: list[tuple[str, int, Tally]]) -> tuple[int, int, int]:
        for name in list(store.names("seen/")):
            store.remove(name)
        for units in segments:
            writer = Segments(store, "seen", Seen, behind=True)
            for unit in units:
                writer.add(Seen(*unit))
            writer.write()
        opened.clear()
        found = told(store)
        return found.tally.done, found.tally.failed, len(opened)

    wrong = Tally(done=50)
    assert status_of([(first, 1, tallies[first])]) == (4, 0, 2)
    assert status_of([(first, 1, tallies[first]), (second, 2, wrong)]) == (4, 0, 2)  # no such attempt
    assert status_of([(third, 1, tallies[third]), ("ab" * 16, 1, wrong)]) == (4, 0, 2)  # no such result
    assert status_of([(first, 1, wrong)], [(first, 1, tallies[first])]) == (4, 0, 2)  # the later one is right
    assert status_of([(first, 1, wrong), (first, 1, tallies[first])]) == (4, 0, 2)
    (tmp_path / "out" / "seen" / "000000.jsonl.zst").write_bytes(b"half")
    opened.clear()
    assert told(store).tally.done == 4 and len(opened) == 3


def test_a_retry_takes_the_place_of_what_failed(tmp_path: Path, opened: list[str]) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=2, page3=3)
    store = read(corpus, tmp_path / "out")
    assert told(store).tally.failed == 1
    read(corpus, tmp_path / "out", retry_failed=True)
    found = told(store)
    assert (found.units, found.tally.pages, found.tally.failed) == (2, 5, 1) and not opened
    assert len(list(store.names("seen/"))) == 2
