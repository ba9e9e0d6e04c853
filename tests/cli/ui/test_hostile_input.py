"""Pipes, devices and inputs without an end in the place of files: refused at once, by every command."""

import io
import os
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from fakes.commands import environment, write_image
from fakes.remote import wait_until
from sokdok.cli.ui.options import stdin_as_file
from sokdok.files import _remove_abandoned

PATIENCE_S = 60


@pytest.fixture(autouse=True)
def _impatient() -> Iterator[None]:
    before = signal.signal(signal.SIGALRM, lambda number, frame: pytest.fail("a command has not ended"))
    signal.alarm(PATIENCE_S)
    yield
    signal.alarm(0)
    signal.signal(signal.SIGALRM, before)


COMMANDS = [
    ["read", "{}"],
    ["parse", "{}"],
    ["convert", "{}", "-o", "out"],
    ["compress", "{}"],
    ["cost", "{}"],
    ["cost", "notes.txt", "--prices", "{}"],
    ["memory", "import", "{}"],
    ["memory", "add", "user", "hello", "--image", "{}"],
    ["ask", "{}", "what?", "--dry-run", "--model", "gpt-4o"],
]


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
@pytest.mark.parametrize("name", ["/dev/zero", "pipe"])
def test_pipes_and_devices_are_refused(run, tmp_path: Path, command: list[str], name: str) -> None:
    pytest.importorskip("httpx")
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "notes.txt").write_text("some notes")
    result = run(*(argument.format(name) for argument in command))
    assert result.exit_code == 2 and f"{name} is no regular file" in result.stderr
    assert result.stderr.count("\n") == 1 and result.stdout == "" and not list(tmp_path.glob("out/*"))


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: " ".join(command[:2]))
def test_an_empty_name_is_not_the_current_folder(run, tmp_path: Path, command: list[str]) -> None:
    pytest.importorskip("httpx")
    write_image(tmp_path / "a.png")
    (tmp_path / "notes.txt").write_text("some notes")
    result = run(*(argument.format("") for argument in command))
    assert result.exit_code == 2 and ("name is empty" in result.stderr or "is a folder" in result.stderr)
    assert run("convert", "a.png", "-o", "").exit_code == 2
    assert {path.name for path in tmp_path.iterdir()} <= {"a.png", "notes.txt", "memory.db"}


def test_a_pipe_among_files_is_passed_over(run, tmp_path: Path, reader) -> None:
    write_image(tmp_path / "in/b.png")
    os.mkfifo(tmp_path / "in/a.png")
    result = run("convert", "in", "-o", "out")
    assert result.exit_code == 0 and "1 SUCCESS" in result.stderr


class Endless(io.RawIOBase):
    """Standard input that never ends."""

    def __init__(self, data: bytes = b"x" * 65536) -> None:
        self.data = data
        self.given = 0

    def readable(self) -> bool:
        return True

    def readinto(self, buffer) -> int:  # type: ignore[no-untyped-def]
        start = self.given % len(self.data)
        piece = (self.data[start:] + self.data * (len(buffer) // len(self.data) + 1))[: len(buffer)]
        buffer[: len(piece)] = piece
        self.given += len(piece)
        return len(piece)


@pytest.mark.parametrize(
    ("command", "data"),
    [
        (["compress", "-"], b"x"),
        (["cost", "-"], b"x"),
        (["memory", "add", "user", "-"], b"x"),
        (["ask", "-", "what?", "--dry-run", "--model", "gpt-4o"], b"x"),
        (["memory", "import", "-"], b"x"),
        (["memory", "import", "-"], b'{"role": "user", "text": "hi"}\n'),
        (["read", "-"], b"\x89PNG\r\n\x1a\n"),
        (["convert", "-", "-o", "out"], b"%PDF-1.7\n"),
    ],
    ids=lambda value: value[0] if isinstance(value, list) else None,
)
def test_standard_input_without_an_end_is_refused(run, tmp_path, command: list[str], data: bytes, monkeypatch) -> None:
    pytest.importorskip("httpx")
    for name in ("MAX_BYTES", "MAX_PIPED_BYTES"):
        monkeypatch.setattr(f"sokdok.files.{name}", 1 << 20)
    for function, limit in (("read_stream", 1 << 20), ("copy_stream", 1 << 20)):
        defaults = getattr(__import__("sokdok.files", fromlist=[function]), function)
        monkeypatch.setattr(defaults, "__defaults__", (limit,))
    monkeypatch.setattr("sokdok.files.spooled.__wrapped__.__defaults__", (1 << 20,))
    monkeypatch.setattr("sokdok.cli.memory.MAX_LINE_BYTES", 1 << 19)
    monkeypatch.setattr("sokdok.cli.memory.MAX_PIPED_BYTES", 1 << 20)
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))
    (tmp_path / "tmp").mkdir()
    endless = Endless(data * (65536 // len(data)))
    monkeypatch.setattr("typer.testing.make_input_stream", lambda data, charset: io.BufferedReader(endless))
    result = run(*command)
    assert result.exit_code == 2 and "standard input has" in result.stderr and "more than" in result.stderr
    assert endless.given < 4 << 20 and not list((tmp_path / "tmp").iterdir())


@pytest.fixture
def nobodys() -> Iterator[Path]:
    """A folder of which a file and a folder can't be read; the test is nobody where it would be root."""
    folder = Path(tempfile.mkdtemp(prefix="unreadable-"))
    for name in ("a.png", "u.png", "sub/b.png"):
        write_image(folder / name)
    for path in (folder / "u.png", folder / "sub"):
        path.chmod(0)
    folder.chmod(0o755)
    root = os.geteuid() == 0
    if root:
        os.seteuid(65534)
    yield folder
    if root:
        os.seteuid(0)
    (folder / "sub").chmod(0o700)
    shutil.rmtree(folder)


def test_what_cannot_be_read_is_named_and_the_rest_is_read(run, nobodys: Path) -> None:
    result = run("convert", nobodys)
    assert result.exit_code == 1, result.stderr
    assert f"{nobodys}/sub: Permission denied" in result.stderr
    assert f"{nobodys}/u.png: Permission denied" in result.stderr and "1 SUCCESS" in result.stderr


def test_what_a_killed_command_left_of_standard_input_goes(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path))
    monkeypatch.setattr(sys, "stdin", type("Stdin", (), {"buffer": io.BytesIO(b"new")}))
    left, young = tmp_path / "sokdok-spool-left", tmp_path / "sokdok-spool-young"
    for folder in (left, young):
        folder.mkdir()
        (folder / "stdin").write_bytes(b"secret")
    os.utime(left, (0, time.time() - 3600))
    with stdin_as_file() as path:
        assert path.read_bytes() == b"new" and not left.exists() and young.exists()
        os.utime(path.parent, (0, time.time() - 3600))
        _remove_abandoned()
        assert path.exists(), "its command is alive"
    assert list(tmp_path.iterdir()) == [young]


@pytest.mark.process
@pytest.mark.parametrize(
    ("number", "code", "handler", "says"),
    [
        (signal.SIGTERM, 143, "SIG_DFL", b""),
        (signal.SIGHUP, 129, "SIG_DFL", b""),
        (signal.SIGINT, 130, "default_int_handler", b"sokdok: interrupted\n"),
    ],
)
def test_temporary_files_go_when_a_command_is_told_to_end(tmp_path, number: int, code: int, handler, says) -> None:
    given = environment(TMPDIR=str(tmp_path))
    # Whoever started the tests may have told them to ignore the signal, as nohup does.
    program = f"import signal; signal.signal({number}, signal.{handler}); from sokdok.__main__ import main; main()"
    command = [sys.executable, "-c", program, "convert", "-", "--source", "text-layer"]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stderr=subprocess.PIPE, env=given)
    assert process.stdin and process.stderr
    process.stdin.write(b"%PDF-1.7")
    process.stdin.flush()
    assert wait_until(lambda: list(tmp_path.glob("*/stdin"))) and process.poll() is None
    process.send_signal(number)
    assert process.wait() == code and process.stderr.read() == says and not list(tmp_path.iterdir())
