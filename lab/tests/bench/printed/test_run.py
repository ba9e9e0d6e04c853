"""The printed set, system by system: a file that can't be converted counts, and what is absent says so."""

from __future__ import annotations

import json
import sys
from io import StringIO
from pathlib import Path

import pytest
from rich.console import Console

from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok.reading.reading import Reader
from sokdok_lab.bench.printed.run import Row, load_cases, means, print_rows, run
from sokdok_lab.bench.printed.systems import Package, Sokdok

SENTENCE = "These are the words of a page that was printed."
ECHO = "def convert(path):\n    print('noise')\n    return open(path, 'rb').read(5).decode()"


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
    rows: list[Row] = []
    assert not list(run([Sokdok("text-layer", nobody)], load_cases(data), rows.append))
    assert [row.values["word-error"] for row in rows] == [0.0, 1.0]
    assert means(rows)["text"] == 0.5 and all(row.values["s/page"] > 0 for row in rows)
    out = StringIO()
    print_rows(rows, Console(file=out, width=160))
    assert "born-digital" in out.getvalue() and "sokdok text-layer" in out.getvalue() and ".500" in out.getvalue()


def test_a_package_converts_in_its_own_process(data: Path) -> None:
    package = Package("echo", ECHO, sys.executable)
    assert package.absent() == ""
    converted = package.convert(data / "good.pdf")
    assert converted.blocks is not None and [block.text for block in converted.blocks] == ["%PDF-"]
    assert package.convert(data / "absent.pdf").blocks is None
    assert package.convert(data / "good.pdf").blocks
    package.close()


@pytest.mark.parametrize(("setup", "python"), [("import nothing_of_this_name", sys.executable), ("", "/no/python")])
def test_what_is_absent_says_so(setup: str, python: str, data: Path) -> None:
    (line,) = run([Package("gone", setup, python)], load_cases(data), lambda row: None)
    assert line.startswith("gone: ") and python in line


def test_files_are_chosen_by_name(data: Path) -> None:
    assert [case.id for case in load_cases(data, ids=["good"])] == ["good"]
    with pytest.raises(InputError, match="it has bad, good"):
        load_cases(data, ids=["better"])
    with pytest.raises(InputError, match="born-digital"):
        load_cases(data, variants=["scan"])
