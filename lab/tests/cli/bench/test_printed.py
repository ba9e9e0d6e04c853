"""`sokdok bench printed`, from a folder to the table and the rows."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from fakes.pdf import Text, write_pdf
from sokdok.cli import app


def test_a_set_is_measured(tmp_path: Path) -> None:
    write_pdf(tmp_path / "a.pdf", [[Text(60, 100, "Printed words.", 12)]])
    (tmp_path / "a.json").write_text('{"blocks": [{"type": "paragraph", "text": "Printed words."}]}')
    row = {"id": "a", "file": "a.pdf", "truth": "a.json", "variant": "born-digital", "language": "en", "pages": 1}
    (tmp_path / "manifest.jsonl").write_text(json.dumps(row))
    command = ["bench", "printed", "--data", str(tmp_path), "--no-baselines", "--json", str(tmp_path / "rows.json")]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0 and "born-digital, en" in run.stdout, run.output
    (result,) = json.loads((tmp_path / "rows.json").read_text())
    assert result["values"]["word-error"] == 0 and result["system"] == "sokdok text-layer"


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["bench", "printed", "--data", str(tmp_path), "--no-baselines"])
    assert run.exit_code != 0
