"""The printed set, system by system: a file that can't be converted counts, and what is absent says so."""

from __future__ import annotations

import json
from collections.abc import Callable
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok.reading.reading import Reader
from sokdok_lab.bench.printed.run import Sokdok, load_cases, means, print_rows, run

SENTENCE = "These are the words of a page that was printed."


def nobody() -> Reader:
    raise AssertionError("a text layer needs no reader")


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
    rows = list(run([Sokdok("text-layer", nobody)], load_cases(data), print))
    assert [row.values["word-error"] for row in rows] == [0.0, 1.0]
    assert means(rows)["text"] == 0.5 and all(row.values["s/page"] > 0 for row in rows)
    out = StringIO()
    print_rows(rows, Console(file=out, width=160))
    assert "born-digital" in out.getvalue() and "sokdok text-layer" in out.getvalue() and ".500" in out.getvalue()


def test_the_command(data: Path, tmp_path: Path, bench: Callable[..., tuple[str, str]]) -> None:
    options = ("--document", "good", "--python", "/no/python", "--json", tmp_path / "rows.json")
    stdout, stderr = bench("printed", "--data", data, *options)
    assert "born-digital, en" in stdout and "not measured: MarkItDown: /no/python" in stderr
    result = json.loads((tmp_path / "rows.json").read_text())[0]
    assert result["values"]["word-error"] == 0 and result["system"] == "sokdok text-layer"


def test_files_are_chosen_by_name(data: Path) -> None:
    assert [case.id for case in load_cases(data, ids=["good"])] == ["good"]
    with pytest.raises(InputError, match="it has bad, good"):
        load_cases(data, ids=["better"])
    with pytest.raises(InputError, match="born-digital"):
        load_cases(data, variants=["scan"])
