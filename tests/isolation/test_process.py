"""A child may crash, hang, eat memory or lie: its parent says so in one sentence and goes on."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple

import pytest

from fakes.isolation import NAME
from sokdok.errors import InputError
from sokdok.isolation import Died, Limits, Process, borrowed

LIMITS = Limits(seconds=20, megabytes=600)


@pytest.fixture
def process() -> Iterator[Process]:
    with Process(NAME, LIMITS) as process:
        yield process


class Place(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True)
class Word:
    text: str
    places: tuple[Place, ...]


def test_plain_data_comes_back_as_what_it_is(process: Process) -> None:
    word = Word("한글 \0 ok", (Place(1, 2.5),))
    assert process.call("echo", word, kind=Word) == word
    assert process.call("echo", b"\xff" * 100_000, kind=bytes) == b"\xff" * 100_000
    assert process.call("echo", None, kind=type(None)) is None


def test_a_child_is_kept_between_calls(process: Process) -> None:
    process.call("keep", 7, kind=type(None))
    assert process.call("recall", kind=int) == 7


def test_errors_come_back_as_what_they_say(process: Process) -> None:
    with pytest.raises(InputError, match="not what it should be"):
        process.call("refuse", kind=type(None))
    with pytest.raises(RuntimeError, match="eyes of \U0001f440"):
        process.call("fail", "eyes of \U0001f440", kind=type(None))
    assert len(_failure(process, "x" * 100_000)) <= 1000
    assert process.call("echo", 1, kind=int) == 1


def _failure(process: Process, words: str) -> str:
    with pytest.raises(RuntimeError) as caught:
        process.call("fail", words, kind=type(None))
    return str(caught.value)


@pytest.mark.parametrize(
    ("method", "says"),
    [("abort", "SIGABRT"), ("leave", "broke off"), ("garbage", "makes no sense"), ("flood", "broke off")],
)
def test_whatever_ends_a_child_the_next_call_has_a_new_one(process: Process, method: str, says: str) -> None:
    process.call("keep", 7, kind=type(None))
    with pytest.raises(Died, match=says):
        process.call(method, kind=type(None))
    assert not process.running
    assert process.call("recall", kind=int | None) is None  # type: ignore[arg-type]  # a union is a type


@pytest.mark.parametrize("method", ["hang", "spin"])
def test_a_child_that_takes_too_long_is_ended(method: str) -> None:
    with Process(NAME, Limits(seconds=1.0)) as process:
        process.call("echo", 1, kind=int)  # it has started
        began = time.monotonic()
        with pytest.raises(Died, match="not done after 1 s"):
            process.call(method, kind=type(None))
        assert time.monotonic() - began < 60  # it hangs for ten minutes


def test_an_answer_of_another_kind_is_no_answer(process: Process) -> None:
    with pytest.raises(Died, match="makes no sense"):
        process.call("echo", "seven", kind=int)


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound memory reliably")
def test_memory_is_bounded(process: Process) -> None:
    assert process.call("take", 100, kind=int) == 100 << 20
    with pytest.raises(RuntimeError, match="more memory than it may have"):
        process.call("take", 2000, kind=int)


def test_a_child_writes_no_file(process: Process, tmp_path: Path) -> None:
    with pytest.raises((Died, RuntimeError)):
        process.call("write_file", str(tmp_path / "x"), kind=type(None))
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").stat().st_size


def test_what_a_library_prints_is_no_reply(process: Process) -> None:
    assert process.call("print", kind=str) == "reply"


def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", "sk-secret")
    with Process(NAME, LIMITS) as process:
        assert "sk-secret" not in process.call("environment", kind=dict[str, str]).values()


def test_ctrl_c_is_the_parents(process: Process) -> None:
    assert process.call("interrupted", kind=bool)


def test_an_idle_child_is_lent_again_and_a_dead_one_is_not() -> None:
    with borrowed(NAME, LIMITS) as process:
        first = process.call("pid", kind=int)
    with borrowed(NAME, LIMITS) as process, borrowed(NAME, LIMITS) as other:
        assert process.call("pid", kind=int) == first
        assert other.call("pid", kind=int) != first
        with pytest.raises(Died):
            process.call("abort", kind=type(None))
    with borrowed(NAME, LIMITS) as process:
        assert process.call("pid", kind=int) != first


def test_children_end_with_their_parent(tmp_path: Path) -> None:
    """Killed or not: the pipe ends, and so does whoever reads it."""
    code = (
        "import os, signal; from sokdok.isolation import Limits, Process\n"
        f"process = Process({NAME!r}, Limits())\n"
        "print(process.call('pid', kind=int), flush=True)\n"
        "os.kill(os.getpid(), signal.SIGKILL)"
    )
    places = {"PYTHONPATH": os.pathsep.join(sys.path)}
    run = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, env=places, check=False)
    assert run.returncode == -signal.SIGKILL, run.stderr
    pid = int(run.stdout)
    deadline = time.monotonic() + 60
    while _alive(pid):
        assert time.monotonic() < deadline, f"process {pid} outlives its parent"
        time.sleep(0.05)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    state = Path(f"/proc/{pid}/stat")
    return not state.exists() or state.read_text().rpartition(")")[2].split()[0] != "Z"
