"""The bench of bulk on a few pages: that it measures, not how fast."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from sokdok.cli import app
from sokdok.documents.question import Question
from sokdok.documents.result import convert_file
from sokdok_lab.bench.bulk.corpus import page_lines, write_corpus
from sokdok_lab.bench.bulk.overhead import Pace


def test_the_corpus_has_exact_text_layers_and_no_page_twice(tmp_path: Path) -> None:
    paths = write_corpus(tmp_path, 7, 3)
    assert len(paths) == 3 and len({path.read_bytes() for path in paths}) == 3
    document = convert_file(paths[0], Question(source="text-layer"))
    assert len(document.pages) == 3 and {page.evidence for page in document.pages} == {"exact"}
    text = " ".join(block.text for page in document.pages for block in page.blocks)
    assert sorted(text.split()) == sorted(" ".join(line for number in range(3) for line in page_lines(number)).split())


def test_overhead_is_what_is_added_to_reading() -> None:
    pace = Pace(2, 100, alone=10.0, bulk=8.0, alone_cpu=0.1, bulk_cpu=0.12)
    assert pace.overhead == pytest.approx(0.25) and pace.overhead_cpu == pytest.approx(0.2)


def test_all_parts_are_measured(tmp_path: Path) -> None:
    write_corpus(tmp_path / "corpus", 12, 2)
    rows = tmp_path / "rows.json"
    arguments = [
        "--data",
        tmp_path / "corpus",
        "--workers",
        1,
        "--source",
        "text-layer",
        "--pages",
        100,
        "--units",
        200,
        "--documents",
        100,
    ]
    result = CliRunner().invoke(app, ["bench", "bulk", *map(str, arguments), "--json", str(rows)])
    assert result.exit_code == 0, result.output
    pace, held, resumed, compared = json.loads(rows.read_text())
    assert (pace["workers"], pace["pages"]) == (1, 10) and min(pace["alone"], pace["bulk"], pace["bulk_cpu"]) > 0
    assert held["pages"] == 100 and 20 < held["late_mb"] <= held["peak_mb"] < 1000
    assert resumed["units"] == 200 and resumed["done"] == 180 and resumed["seconds"] > 0
    assert compared["documents"] == 100 and 0 <= compared["found"] <= compared["planted"] < 30
