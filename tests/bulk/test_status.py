"""What a driver says of results is counted instead of them, and only while it is true of them."""

from pathlib import Path

import pytest

from fakes.bulk.corpus import setup_of, write_corpus
from fakes.bulk.here import Here
from sokdok.bulk import status
from sokdok.bulk.results import read_header
from sokdok.bulk.run import Watcher, run
from sokdok.bulk.status import Following, Status
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


def test_status_opens_each_result_once(tmp_path: Path, opened: list[str]) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=1, b=2, c_page3=4, d=1)
    following = Following(read(corpus, tmp_path / "out"))
    for _ in range(2):
        found = following.status()
        assert (found.units, found.tally.done, found.tally.failed) == (4, 7, 1) and len(opened) == 4


def test_a_retry_takes_the_place_of_what_failed(tmp_path: Path, opened: list[str]) -> None:
    corpus = write_corpus(tmp_path / "corpus", a=2, page3=3)
    store = read(corpus, tmp_path / "out")
    assert told(store).tally.failed == 1
    read(corpus, tmp_path / "out", retry_failed=True)
    found = told(store)
    assert (found.units, found.tally.pages, found.tally.failed) == (2, 5, 1)
