"""The printed set, system by system: a file that can't be converted counts, and what is absent says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.converting import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok_lab.bench.evaluation.evaluate import Run
from sokdok_lab.bench.evaluation.printed import printed_sets
from sokdok_lab.bench.evaluation.systems import SokdokReader

SENTENCE = "These are the words of a page that was printed."


@pytest.fixture
def data(tmp_path: Path) -> Path:
    write_pdf(tmp_path / "good.pdf", [[Text(60, 100, SENTENCE, 12)]])
    (tmp_path / "bad.pdf").write_bytes(b"%PDF-1.4 nothing")
    truth = {"blocks": [{"type": "paragraph", "text": SENTENCE}]}
    (tmp_path / "truth.json").write_text(json.dumps(truth), encoding="utf-8")
    rows = [
        {"id": name, "file": f"{name}.pdf", "truth": "truth.json", "variant": "born-digital", "language": "en"}
        for name in ("good", "bad")
    ]
    lines = "\n".join(json.dumps({**row, "pages": 1}) for row in rows)
    (tmp_path / "manifest.jsonl").write_text(lines, encoding="utf-8")
    return tmp_path


def test_a_run_measures_every_file(data: Path) -> None:
    run = Run([SokdokReader(FakeReader(), "text-layer")])
    ((evalset, cases),) = printed_sets(data)
    run.take(evalset, cases)
    values = {row["metric"]: (row["value"], row["n"]) for row in run.rows}
    assert values["text"] == values["word-error"] == (0.5, 2) and values["s/page"][0] > 0


def test_the_command(data: Path, tmp_path: Path, bench: Callable[..., tuple[str, str]]) -> None:
    options = ("--python", "/no/python", "--json", tmp_path / "rows.json")
    stdout, stderr = bench("printed", "--data", data, *options)
    assert "born-digital" in stdout and "sokdok text-layer" in stdout and "0.500" in stdout
    assert "not measured: born-digital: MarkItDown: /no/python" in stderr
    rows = json.loads((tmp_path / "rows.json").read_text())
    assert {row["set"] for row in rows} == {"born-digital"} and rows[0]["reader"] == "sokdok text-layer"


def test_files_are_chosen_by_their_variant(data: Path) -> None:
    ((evalset, cases),) = printed_sets(data, ["born-digital"])
    assert evalset.name == "born-digital" and [case.id for case in cases] == ["good", "bad"]
    with pytest.raises(InputError, match="unknown variant 'scan'; choose one of born-digital"):
        printed_sets(data, ["scan"])
    (data / "truth.json").unlink()
    with pytest.raises(InputError, match="is no set of printed documents"):
        printed_sets(data)
