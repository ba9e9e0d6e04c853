"""`sokdok bench loss`: the table, the rows, and the exit code that says whether anything was lost in silence."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from fakes.bench import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.cli import app


def run(reader: FakeReader, monkeypatch: pytest.MonkeyPatch, *arguments: str):
    monkeypatch.setattr("sokdok.reading.load", lambda name: reader)
    return CliRunner().invoke(app, ["bench", "loss", *arguments])


def test_rows_and_sum(tmp_path: Path, monkeypatch) -> None:
    rows = tmp_path / "rows.json"
    result = run(FakeReader(), monkeypatch, "--texts", "4", "--kind", "crlf", "--kind", "han", "--json", str(rows))
    assert result.exit_code == 0 and "8 texts read: 0 not ok, 0 ok and below 0.97" in result.stdout
    found = {(row["kind"], row["decoder"]): row["texts"] for row in json.loads(rows.read_text(encoding="utf-8"))}
    assert found == {(kind, name): 2 for kind in ("crlf", "han") for name in ("autoregressive", "parallel")}


def test_silent_loss_ends_with_code_1(monkeypatch) -> None:
    reader = FakeReader(lambda text, decoder: text[: len(text) // 2] if decoder == "parallel" else text)
    result = run(reader, monkeypatch, "--texts", "2", "--kind", "code")
    assert result.exit_code == 1 and "4 texts read: 0 not ok, 2 ok and below 0.97" in result.stdout
    assert result.stderr.count("silent:") == 2


def test_an_unknown_kind_is_named(monkeypatch) -> None:
    result = run(FakeReader(), monkeypatch, "--kind", "poems")
    assert result.exit_code == 2 and "poems" in result.stderr


def test_documents_of_a_folder(tmp_path: Path) -> None:
    write_pdf(tmp_path / "good.pdf", [[Text(60, 100, "All of it is here.")]])
    write_pdf(tmp_path / "bad.pdf", [[Text(60, 100, "Half of it is here.")]])
    truth = {"kind": "made", "seen": [["text", "Half of it is elsewhere, nobody knows."]], "hidden": []}
    (tmp_path / "bad.json").write_text(json.dumps(truth), encoding="utf-8")
    result = CliRunner().invoke(app, ["bench", "loss", "--documents", str(tmp_path), "--json", "-"])
    assert result.exit_code == 1 and "bad: recall 0.250, SUCCESS" in result.stderr
    rows = {row["kind"]: row for row in json.loads(result.stdout)}
    assert (rows["made"]["silent"], rows["layer"]["silent"], rows["layer"]["recall"]) == (1, 0, 1)


def test_a_folder_without_documents_is_named(tmp_path: Path) -> None:
    result = CliRunner().invoke(app, ["bench", "loss", "--documents", str(tmp_path)])
    assert result.exit_code == 2 and f"there is no PDF in {tmp_path}" in " ".join(result.stderr.split())
