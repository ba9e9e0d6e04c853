"""A child may crash, hang, eat memory or lie: its parent says so in one sentence and goes on."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import NamedTuple

import pytest

from fakes.jobs import ODD
from sokdok.errors import InputError
from sokdok.jobs import Child, Died, Failed, Limits, OutOfMemory, TimedOut, borrowed

pytestmark = pytest.mark.process

LIMITS = Limits(seconds=20, megabytes=600)


@pytest.fixture
def child() -> Iterator[Child]:
    with Child(LIMITS) as child:
        yield child


class Place(NamedTuple):
    x: float
    y: float


@dataclass(frozen=True)
class Word:
    text: str
    places: tuple[Place, ...]


def test_plain_data_comes_back_as_what_it_is(child: Child) -> None:
    word = Word("한글 \0 ok", (Place(1, 2.5),))
    assert child.call(f"{ODD}.echo", word, kind=Word) == word
    assert child.call(f"{ODD}.echo", b"\xff" * 100_000, kind=bytes) == b"\xff" * 100_000
    pixels = child.call(f"{ODD}.echo", b"\x00\xff" * 1_000_000, kind=memoryview)
    assert pixels == b"\x00\xff" * 1_000_000 and isinstance(pixels.obj, bytearray), "a view of the message"
    with pytest.raises(Died, match="makes no sense"):
        child.call(f"{ODD}.echo", "seven", kind=int)


def test_arguments_become_what_the_function_says(child: Child) -> None:
    assert child.call(f"{ODD}.kinds", (1, 2), ["a"], {3: "b"}, kind=list[str]) == ["Place", "list", "int"]
    with pytest.raises(Failed, match="Expected `int`"):
        child.call(f"{ODD}.kinds", (1, 2), ["a"], {"b": "b"}, kind=list[str])
    assert child.call("os.path:basename", "a/b", kind=str) == "b", "any function of any module"


def test_errors_come_back_as_what_they_say(child: Child) -> None:
    with pytest.raises(InputError, match="not what it should be"):
        child.call(f"{ODD}.refuse", kind=type(None))
    with pytest.raises(Failed, match="eyes of \U0001f440"):
        child.call(f"{ODD}.fail", "eyes of \U0001f440", kind=type(None))
    with pytest.raises(RuntimeError) as caught:
        child.call(f"{ODD}.fail", "x" * 100_000, kind=type(None))
    assert len(str(caught.value)) <= 1000
    assert child.call(f"{ODD}.echo", 1, kind=int) == 1


@pytest.mark.parametrize(
    ("method", "says"),
    [
        ("abort", "SIGABRT"),
        ("leave", "broke off"),
        *((name, "makes no sense") for name in ("garbage", "chatter", "again")),
        ("flood", "broke off"),
    ],
)
def test_whatever_ends_a_child_is_said_of_this_job_and_those_behind_it(child: Child, method: str, says: str) -> None:
    child.call(f"{ODD}.keep", 7, kind=type(None))
    waiting = [child.submit(f"{ODD}.{name}", kind=type(None)) for name in (method, "recall")]
    for job in waiting:
        with pytest.raises(Died, match=says) as caught:
            child.wait(job)
        assert caught.value.answered == 1
    assert not child.running
    with pytest.raises(Died, match=says):
        child.call(f"{ODD}.recall", kind=int)


@pytest.mark.parametrize("method", ["hang", "spin"])
def test_a_child_that_takes_too_long_is_ended(method: str) -> None:
    with Child(Limits(seconds=1.0)) as child:
        child.call(f"{ODD}.echo", 1, kind=int)  # it has started
        began = time.monotonic()
        with pytest.raises(TimedOut, match="not done after 1 s"):
            child.call(f"{ODD}.{method}", kind=type(None))
        assert time.monotonic() - began < 60  # it hangs for ten minutes


@pytest.mark.skipif(sys.platform != "linux", reason="other systems do not bound memory reliably")
def test_memory_is_bounded(child: Child) -> None:
    assert child.call(f"{ODD}.take", 100, kind=int) == 100 << 20
    with pytest.raises(OutOfMemory, match="more memory than it may have"):
        child.call(f"{ODD}.take", 2000, kind=int)


def test_a_child_writes_no_file(child: Child, tmp_path: Path) -> None:
    with pytest.raises((Died, RuntimeError)):
        child.call(f"{ODD}.write_file", str(tmp_path / "x"), kind=type(None))
    assert not (tmp_path / "x").exists() or not (tmp_path / "x").stat().st_size


def test_what_a_library_prints_is_no_reply(child: Child) -> None:
    assert child.call(f"{ODD}.print", kind=str) == "reply"


def test_a_child_knows_no_secrets(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("SOKDOK_API_KEY", "sk-secret")
    with Child(LIMITS) as child:
        assert "sk-secret" not in child.call(f"{ODD}.environment", kind=dict[str, str]).values()


def test_ctrl_c_is_the_parents(child: Child) -> None:
    assert child.call(f"{ODD}.interrupted", kind=bool)


def test_an_idle_child_is_lent_again_and_a_dead_one_is_not() -> None:
    with borrowed(LIMITS) as child:
        first = child.call(f"{ODD}.pid", kind=int)
    with borrowed(LIMITS) as child, borrowed(LIMITS) as other:
        assert child.call(f"{ODD}.pid", kind=int) == first
        assert other.call(f"{ODD}.pid", kind=int) != first
        with pytest.raises(Died):
            child.call(f"{ODD}.abort", kind=type(None))
    with borrowed(LIMITS) as child:
        assert child.call(f"{ODD}.pid", kind=int) != first


@pytest.mark.parametrize("limits", ["Limits()", ""])
def test_children_end_with_their_parent(limits: str) -> None:
    """Killed or not, in the middle of a job: the pipe ends, and so does whoever reads it."""
    code = (
        "import os, signal; from sokdok.jobs import Child, Limits\n"
        f"child = Child({limits})\n"
        "print(child.call('os:getpid', kind=int), flush=True)\n"
        "child.submit('time:sleep', 600.0, kind=type(None))\n"
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


PAGE = Path(__file__).parents[2] / "docs" / "limits.md"


def test_the_limits_in_the_documentation_are_those_of_the_code() -> None:
    lines = PAGE.read_text(encoding="utf-8").splitlines()
    for field in fields(Limits):
        (row,) = (line for line in lines if line.endswith(f"| `{field.name}` |"))
        assert row.split("|")[2].strip() == f"{field.default:,g}", field.name
