"""`sokdok parse -o` killed or out of room at a change of its folder: nothing is half-written, a rerun completes."""

import json
import zipfile
from pathlib import Path

import pytest
from PIL import Image
from typer.testing import CliRunner

from fakes.commands import write_image
from fakes.faults import Kind, runs_with_fault
from fakes.figures import TABLE
from fakes.figures.table_reader import TableReader
from sokdok.cli import app

pytestmark = pytest.mark.process

COMMAND = ("parse", "a.png", "b/a.png", "--as", "table", "-o", "out")
WARM = ("fakes.figures.parsing", "sokdok.figures.files", "sokdok.figures.readers", "openpyxl", "PIL.Image:init")


@pytest.fixture
def start(tmp_path: Path) -> Path:
    for name in ("a.png", "b/a.png"):
        write_image(tmp_path / "start" / name)
    return tmp_path / "start"


def assert_whole(folder: Path) -> None:
    """Every file under a final name is complete."""
    for path in folder.glob("out/*"):
        if path.suffix == ".png":
            Image.open(path).load()
        elif path.suffix == ".xlsx":
            assert zipfile.ZipFile(path).testzip() is None
        elif path.suffix == ".json":
            record = json.loads(path.read_text())
            assert record["source"]["page"] == 0
            assert all((folder / "out" / name).is_file() for name in record.get("files", []))
        elif path.name == "index.html":
            assert path.read_text().count("<section>") == 2
        elif path.suffix == ".html":
            assert path.read_text().endswith(f"{TABLE}\n")
        elif path.suffix == ".csv":
            assert path.read_text() == "a,b\nc,2\n"
        else:
            assert path.suffix in (".md", ".tmp")


FAULTS: list[tuple[Kind, int]] = [("kill", 7), ("torn", 13), ("no room", 17)]


@pytest.mark.parametrize(
    ("kind", "every"), [*FAULTS, *(pytest.param(kind, 1, marks=pytest.mark.slow) for kind, _ in FAULTS)]
)
def test_nothing_is_half_written_and_a_rerun_completes(
    kind: Kind, every: int, start: Path, tmp_path: Path, monkeypatch
) -> None:
    """`every`: how many calls apart they are struck; slow tests strike each."""
    pytest.importorskip("openpyxl")
    monkeypatch.setattr("sokdok.reading.load", lambda name="nano", **options: TableReader())
    *struck, whole = runs_with_fault(kind, COMMAND, start, tmp_path / "runs", every=every, warm=WARM)
    names = {path.name for path in (whole.folder / "out").iterdir()}
    assert whole.code == 0 and len(names) == 13 and len(struck) > 50 / every
    for run in struck:
        assert run.code in ((1, 2) if kind == "no room" else (-9,)), run
        assert_whole(run.folder)
        monkeypatch.chdir(run.folder)
        assert CliRunner().invoke(app, list(COMMAND)).exit_code == 0, run
        assert_whole(run.folder)
        assert {path.name for path in (run.folder / "out").iterdir()} == names, run
