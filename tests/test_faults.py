"""The faults of `fakes.faults` strike where they say, else no test that uses them means anything."""

from pathlib import Path

import pytest

from fakes.faults import Run, runs_with_fault
from sokdok.memory.memory import Memory

pytestmark = pytest.mark.process

EXPORT = ("memory", "export", "-o", "out.jsonl")
WARM = ("sokdok.memory.store.interchange",)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    (tmp_path / "start").mkdir()
    with Memory(tmp_path / "start" / "memory.db") as memory:
        memory.add("user", "hello")
    return tmp_path / "start"


def names(run: Run) -> list[str]:
    return [path.name for path in run.folder.iterdir() if path.name.startswith("out")]


def test_a_kill_is_at_one_call_after_the_other_and_the_last_run_is_whole(start: Path, tmp_path: Path) -> None:
    *killed, whole = runs_with_fault("kill", EXPORT, start, tmp_path / "runs", warm=WARM)
    assert {run.code for run in killed} == {-9} and [run.number for run in killed] == [*range(1, len(killed) + 1)]
    assert (whole.code, whole.call, names(whole)) == (0, "", ["out.jsonl"])
    (written,) = [run for run in killed if run.call.startswith("write ")]
    (renamed,) = [run for run in killed if run.call.startswith("rename ")]
    assert (written.folder / "out.jsonl.tmp").read_bytes() == b"" and renamed.call.endswith("/out.jsonl")
    assert (renamed.folder / "out.jsonl.tmp").read_bytes() == (whole.folder / "out.jsonl").read_bytes()


def test_a_torn_write_has_half_its_bytes(start: Path, tmp_path: Path) -> None:
    *killed, whole = runs_with_fault("torn", EXPORT, start, tmp_path / "runs", warm=WARM)
    (written,) = [run for run in killed if run.call.startswith("write ")]
    line = (whole.folder / "out.jsonl").read_bytes()
    assert (written.folder / "out.jsonl.tmp").read_bytes() == line[: len(line) // 2]


@pytest.mark.parametrize(("kind", "says"), [("no room", "the disk is full"), ("i/o error", "Input/output error")])
def test_a_write_that_fails_is_told_its_reason(start: Path, tmp_path: Path, kind, says: str) -> None:
    runs = list(runs_with_fault(kind, EXPORT, start, tmp_path / "runs", warm=WARM))
    (written,) = [run for run in runs if run.call.startswith("write ")]
    assert written.code != 0 and says in written.stderr and runs[-1].code == 0


def test_memory_fails_in_the_named_library_alone(start: Path, tmp_path: Path) -> None:
    runs = list(runs_with_fault("no memory", EXPORT, start, tmp_path / "runs", warm=WARM, every=200))
    assert len(runs) > 1 and all(run.code != 0 for run in runs[:-1]) and runs[-1].code == 0
