"""The real command: streams, interrupts, and calls that fail."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import sokdok
from fakes.faults import runs_with_fault
from sokdok.memory.memory import Memory

pytestmark = pytest.mark.process

ENVIRONMENT = os.environ | {"PYTHONPATH": str(Path(__file__).parents[1] / "src")}
WHILE_IMPORTING = """
import os, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)  # whoever runs the tests may have them ignore it

class Interrupts:
    def find_spec(self, name, *rest):
        if name == "typer":
            os.kill(os.getpid(), signal.SIGINT)

sys.meta_path.insert(0, Interrupts())
from sokdok.__main__ import main
main()
"""


def test_as_a_module(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "sokdok", "--version"]
    result = subprocess.run(command, capture_output=True, text=True, env=ENVIRONMENT, check=True)
    assert result.stdout == f"sokdok {sokdok.__version__}\n"
    (tmp_path / "a.csv").write_text("1,2\n")
    command = [sys.executable, "-m", "sokdok", "read", str(tmp_path / "a.csv")]
    seen = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, env=ENVIRONMENT).stdout
    assert "2\n1 page in" in seen  # what a terminal shows


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs Linux")
@pytest.mark.parametrize("asked", ["models list", "--version", "--help", "convert --help", ""])
def test_a_full_disk_below_standard_output_is_told_in_a_line_and_so_are_closed_streams(asked: str) -> None:
    command = [sys.executable, "-m", "sokdok", *asked.split()]
    with Path("/dev/full").open("w") as full:
        result = subprocess.run(command, stdout=full, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert result.returncode == 1
    assert result.stderr == "sokdok: error: the disk is full: make room and run the same command again\n"
    closed = ["sh", "-c", '"$@" <&- >&-', "sh", *command]
    result = subprocess.run(closed, stderr=subprocess.PIPE, text=True, env=ENVIRONMENT)
    assert (result.returncode, result.stderr) == (1, "sokdok: error: [Errno 9] Bad file descriptor\n")


def test_interrupted_while_it_is_loaded_it_leaves_without_a_traceback() -> None:
    result = subprocess.run([sys.executable, "-c", WHILE_IMPORTING], capture_output=True, text=True, env=ENVIRONMENT)
    assert (result.returncode, result.stdout, result.stderr) == (130, "", "sokdok: interrupted\n")


@pytest.mark.parametrize("shell", ["bash", "zsh"])
def test_a_shell_can_complete_commands(shell: str) -> None:
    command = [sys.executable, "-m", "sokdok", "--show-completion", shell]
    # Typer asks which shell has started it, and takes the name of one only where it is told not to ask.
    environment = ENVIRONMENT | {"_TYPER_COMPLETE_TEST_DISABLE_SHELL_DETECTION": "1"}
    result = subprocess.run(command, capture_output=True, text=True, env=environment)
    assert result.returncode == 0 and "_SOKDOK_COMPLETE" in result.stdout, result.stderr


def test_public_names_alone_are_listed() -> None:
    assert dir(sokdok) == sorted(sokdok.__all__) and "Any" not in dir(sokdok)
    assert all(hasattr(sokdok, name) for name in dir(sokdok))


EXPORT = ("memory", "export", "-o", "out.jsonl")
WARM = ("sokdok.memory.store.interchange",)


@pytest.fixture
def start(tmp_path: Path) -> Path:
    (tmp_path / "start").mkdir()
    with Memory(tmp_path / "start" / "memory.db") as memory:
        memory.add("user", "hello")
    return tmp_path / "start"


def test_a_kill_is_at_one_call_after_the_other_and_the_last_run_is_whole(start: Path, tmp_path: Path) -> None:
    *killed, whole = runs_with_fault("kill", EXPORT, start, tmp_path / "runs", warm=WARM)
    assert {run.code for run in killed} == {-9} and [run.number for run in killed] == [*range(1, len(killed) + 1)]
    assert (whole.code, whole.call) == (0, "") and [it.name for it in whole.folder.glob("out*")] == ["out.jsonl"]
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
