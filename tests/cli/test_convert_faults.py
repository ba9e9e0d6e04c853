"""`sokdok convert -o FOLDER` struck at each change of its folder: nothing half-written, and a rerun completes."""

import json
from pathlib import Path
from typing import Any

import pytest
from PIL import Image
from typer.testing import CliRunner

from fakes.faults import Kind, Run, runs_with_fault
from fakes.pdf import Text, write_pdf
from sokdok.cli import app

pytestmark = pytest.mark.process

COMMAND = ("convert", "report.pdf", "scan.tif", "-o", "out", "--set", "batch=1", "--mode", "tiny", "--source", "reader")
WARM = (
    "fakes.picture_reader",
    "sokdok.cli.convert",
    "sokdok.documents.convert.convert",
    "sokdok.pages.pdf",
    "sokdok.pages.images",
    "PIL.Image:init",
)
FOLDERS = ("report", "scan")


@pytest.fixture
def start(tmp_path: Path) -> Path:
    folder = tmp_path / "start"
    folder.mkdir()
    write_pdf(folder / "report.pdf", [[Text(10, 30, f"Page {number}")] for number in (1, 2, 3)], (100, 140))
    sheets = [Image.new("RGB", (100, 140), colour) for colour in ("white", "red")]
    sheets[0].save(folder / "scan.tif", save_all=True, append_images=sheets[1:])
    return folder


def contents(out: Path) -> dict[str, Any]:
    """What lies under final names, by path; a manifest without the job, which names the folder."""
    found: dict[str, Any] = {}
    for path in sorted(out.rglob("*")):
        name = path.relative_to(out).as_posix()
        if path.is_dir() or path.suffix == ".tmp" or path.name == "journal.jsonl":
            continue
        if path.name == "manifest.json":
            found[name] = {key: value for key, value in json.loads(path.read_text()).items() if key != "job"}
        elif path.suffix == ".pdf":
            found[name] = path.read_bytes().rstrip().endswith(b"%%EOF")  # it carries the time it was made
        else:
            found[name] = path.read_bytes()
    return found


def everything(out: Path) -> set[str]:
    return {path.relative_to(out).as_posix() for path in out.rglob("*")}


def assert_nothing_half_written(run: Run, whole: dict[str, Any]) -> None:
    found = contents(run.folder / "out")
    assert found.items() <= whole.items(), run
    for folder in FOLDERS:
        if f"{folder}/manifest.json" in found:  # then all else is complete
            assert {name for name in whole if name.startswith(folder)} <= found.keys(), run


FAULTS: list[tuple[Kind, int]] = [("kill", 23), ("torn", 37), ("no room", 41), ("i/o error", 41)]


@pytest.mark.parametrize(
    ("kind", "every"), [*FAULTS, *(pytest.param(kind, 1, marks=pytest.mark.slow) for kind, _ in FAULTS)]
)
def test_a_struck_conversion_is_completed_by_the_next(
    kind: Kind, every: int, start: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """`every`: how many calls apart they are struck; slow tests strike each."""
    from fakes.converting import picture_reader

    monkeypatch.setattr("sokdok.reading.load", picture_reader)
    *struck, last = runs_with_fault(kind, COMMAND, start, tmp_path / "runs", every=every, warm=WARM)
    whole, names = contents(last.folder / "out"), everything(last.folder / "out")
    assert last.code == 0 and len(whole) == 13 and len(struck) > 50 / every
    for run in struck:
        assert run.code == -9 if kind in ("kill", "torn") else run.code in (0, 1, 2), run
        assert_nothing_half_written(run, whole)
        monkeypatch.chdir(run.folder)
        again = CliRunner().invoke(app, list(COMMAND))
        assert again.exit_code == 0, (run, again.output)
        assert contents(run.folder / "out") == whole, run
        assert everything(run.folder / "out") == names, run
