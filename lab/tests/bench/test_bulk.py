"""The bench of bulk on a few pages: that it measures, not how fast."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from sokdok.documents.question import Question
from sokdok.documents.result import convert_file
from sokdok_lab.bench import bulk
from sokdok_lab.bench.corpus import page_lines, write_corpus

pytest.importorskip("rensa")


def test_the_corpus_has_exact_text_layers_and_no_page_twice(tmp_path: Path) -> None:
    paths = write_corpus(tmp_path, 7, 3)
    assert len(paths) == 3 and len({path.read_bytes() for path in paths}) == 3
    document = convert_file(paths[0], Question(source="text-layer"))
    assert len(document.pages) == 3 and {page.evidence for page in document.pages} == {"exact"}
    text = " ".join(block.text for page in document.pages for block in page.blocks)
    assert sorted(text.split()) == sorted(" ".join(line for number in range(3) for line in page_lines(number)).split())


@pytest.mark.process
def test_all_parts_are_measured(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, bench: Callable[..., tuple[str, str]]
) -> None:
    for name, value in {"MEMORY_PAGES": 12, "UNITS": 200, "DOCUMENTS": 400}.items():
        monkeypatch.setattr(bulk, name, value)
    write_corpus(tmp_path / "corpus", 6, 2)
    rows = tmp_path / "rows.json"
    stdout, _ = bench("bulk", "--data", tmp_path / "corpus", "--workers", 1, "--json", rows)
    pace, held, resumed, compared = json.loads(rows.read_text())
    assert (pace["workers"], pace["pages"]) == (1, 4)
    assert min(pace["without_bulk"], pace["pages_per_second"], pace["cpu_seconds_a_page"]) > 0
    assert pace["overhead"] == pytest.approx(pace["without_bulk"] / pace["pages_per_second"] - 1)
    assert held["pages"] == 12 and 20 < held["driver_late_mb"] <= held["driver_peak_mb"] < 1000
    assert resumed["units"] == 200 and resumed["done"] == 180 and resumed["first_page_s"] > 0
    assert compared["documents"] == 400 and 20 < compared["planted"] < 60
    # A word in 80 changed leaves .88 of the rows alike, which 14 bands of 8 find in 99.6 % of the cases.
    assert 0.9 * compared["planted"] < compared["found"] <= compared["planted"]
    assert "first page s" in stdout
