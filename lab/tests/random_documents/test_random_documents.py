"""Of documents that nobody chose nothing is lost in silence, and nothing is told that nobody sees."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.server.browser import CHROMIUM, KOREAN
from random_documents.make import make_documents
from sokdok.reading import load
from sokdok_lab.bench.loss import DocumentResult, document_rows, run_documents

COUNTS = {"browser": 12, "sheets": 9, "picture": 1}  # of each kind: a quarter of a minute of a processor in all
MANY = {"browser": 150, "sheets": 40, "picture": 10}
SEED = 2811
WHOLE_SHARE = 0.97  # of the born-digital documents


@pytest.fixture(scope="module", params=[COUNTS, pytest.param(MANY, marks=pytest.mark.slow)], ids=["some", "many"])
def results(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> list[DocumentResult]:
    """All documents converted; without a browser, or a font for it, those that need none."""
    folder = tmp_path_factory.mktemp("random")
    counts = request.param if CHROMIUM and KOREAN else {"sheets": request.param["sheets"]}
    return list(run_documents(make_documents(folder, counts, SEED), load("nano")))


def test_no_words_are_lost_in_silence(results: list[DocumentResult]) -> None:
    assert {result.name: (round(result.recall, 2), result.lost[:5]) for result in results if result.silent} == {}


def test_nothing_is_told_that_nobody_sees(results: list[DocumentResult]) -> None:
    assert {result.name: result.shown for result in results if result.shown} == {}


def test_documents_that_are_born_digital_are_whole(results: list[DocumentResult]) -> None:
    rows = [row for row in document_rows(results) if row["kind"] != "picture"]
    whole = sum(row["whole"] * row["documents"] for row in rows) / sum(row["documents"] for row in rows)
    assert whole >= WHOLE_SHARE, rows


def test_the_same_seed_gives_the_same_documents(tmp_path: Path) -> None:
    counts = {"browser": 1, "sheets": 1} if CHROMIUM else {"sheets": 1}  # words of pictures are made as a browser's
    first, again = (_words(make_documents(tmp_path / name, counts, 5)) for name in "ab")
    assert list(first) == list(again) != list(_words(make_documents(tmp_path / "c", counts, 6)))


def _words(paths: list[Path]) -> Iterator[str]:
    return (json.dumps(json.loads(path.with_suffix(".json").read_text(encoding="utf-8"))) for path in paths)
