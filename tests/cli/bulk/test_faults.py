"""`sokdok bulk` struck at each call that its first process makes in its folder: a kill, a torn write, a full disk."""

import subprocess
import sys
from collections import Counter
from pathlib import Path

import pytest

from fakes.bulk.corpus import all_pages, write_corpus
from fakes.faults import Kind, Run, runs_with_fault
from sokdok.bulk.plan import read_units
from sokdok.bulk.store import open_store

pytestmark = pytest.mark.process

BULK = ("bulk", "corpus", "-o", "out", "--source", "text-layer", "-j", "1")
WARM = ("sokdok.bulk.run", "sokdok.bulk.engines.local", "sokdok.cli.bulk.progress")


@pytest.fixture
def start(tmp_path: Path) -> Path:
    write_corpus(tmp_path / "start" / "corpus", a=2, b=40, c=1)
    return tmp_path / "start"


def taken_up(run: Run) -> None:
    """Run the same command once more, untouched, and look at every page."""
    command = [sys.executable, "-m", "sokdok", *BULK]
    again = subprocess.run(command, cwd=run.folder, capture_output=True, text=True)
    assert again.returncode == 0, f"{run}\n{again.stderr}"
    store = open_store(str(run.folder / "out"))
    pages = list(all_pages(store))
    planned = [(unit.id, number) for unit in read_units(store) for number in unit.numbers]
    assert sorted((unit, page.number) for unit, page in pages) == sorted(planned) and len(planned) == 43
    assert Counter(page.status for _, page in pages) == {"SUCCESS": 43}, str(run)


@pytest.mark.slow
@pytest.mark.parametrize("kind", ["kill", "torn", "no room", "i/o error"])
def test_a_run_struck_at_any_call_is_taken_up(start: Path, tmp_path: Path, kind: Kind) -> None:
    *struck, whole = runs_with_fault(kind, BULK, start, tmp_path / "runs", warm=WARM)
    assert whole.code == 0 and len(struck) > 5
    for run in struck:
        if kind in ("no room", "i/o error"):
            assert run.code != 99 and "Traceback" not in run.stderr, str(run)
        taken_up(run)
