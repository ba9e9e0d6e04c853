"""`sokdok bench kinds`, from a folder to the table and the rows."""

from __future__ import annotations

import json
from pathlib import Path

from typer.testing import CliRunner

from fakes.figures.drawings import geometry
from sokdok.cli import app


def test_the_kinds_of_a_folder_are_counted(tmp_path: Path) -> None:
    (tmp_path / "geometry3k").mkdir()
    geometry().save(tmp_path / "geometry3k" / "a.png")
    (tmp_path / "geometry3k" / "manifest.jsonl").write_text(json.dumps({"id": "a", "image": "a.png"}))
    command = ["bench", "kinds", "--data", str(tmp_path), "--json", str(tmp_path / "rows.json")]
    run = CliRunner().invoke(app, command)
    assert run.exit_code == 0 and "mean over kinds: 1.000" in run.stdout, run.output
    (row,) = json.loads((tmp_path / "rows.json").read_text())
    assert (row["set"], row["kind"], row["found"], row["right"]) == ("geometry3k", "geometry", {"geometry": 1}, 1)


def test_a_folder_without_a_set_is_refused(tmp_path: Path) -> None:
    run = CliRunner().invoke(app, ["bench", "kinds", "--data", str(tmp_path)])
    assert run.exit_code == 2 and "has none of the sets charts_vega" in run.output
