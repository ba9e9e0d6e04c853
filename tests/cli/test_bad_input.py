"""What a user can get wrong: one line on stderr that says what to do, an exit code, no traceback."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

SOURCE = Path(__file__).parents[2] / "src"


def complaint(result) -> str:
    assert result.exit_code == 2, result.output
    assert result.stdout == ""
    assert "Traceback" not in result.output and result.stderr.count("\n") == 1, result.stderr
    return result.stderr


def image(path: Path, size: tuple[int, int] = (64, 64)) -> Path:
    noise = np.random.default_rng(1).integers(0, 256, (*size[::-1], 3), np.uint8)
    Image.fromarray(noise).save(path)
    return path


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "is empty"),
        (b"%PDF-1.7 ...", "looks like a binary file: a PDF"),
        (b"\x89PNG\r\n\x1a\n....", "looks like a binary file: a PNG image"),
        (b"PK\x03\x04....", "a zip archive"),
        (b"ab\0cd", "byte 2 is NUL"),
        (b"caf\xe9", "not valid UTF-8 at byte 3 (0xe9); --errors replace goes on"),
    ],
)
def test_what_is_no_text(run, tmp_path, data: bytes, message: str) -> None:
    (tmp_path / "notes.txt").write_bytes(data)
    assert message in complaint(run("compress", "notes.txt"))
    assert message in complaint(run("compress", "-", stdin=data))
    assert not list(tmp_path.glob("*.pages"))


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (["compress", "missing.txt"], "missing.txt: No such file"),
        (["compress", "."], "is a folder"),
        (["compress", "notes.txt", "--mode", "huge"], "unknown mode 'huge'; choose one of tiny, small, base, large"),
        (["compress", "notes.txt", "--mode", "gundam"], "unknown mode 'gundam'"),
        (["compress", "notes.txt", "--cell", "9x9"], "unknown cell '9x9'; choose one of 8x16, 8x8, 4x8"),
        (["compress", "notes.txt", "--errors", "ignore"], "choose strict or replace"),
        (["compress", "notes.txt", "-o", "notes.txt"], "notes.txt can't be a folder"),
        (["compress", "notes.txt", "-o", "notes.txt/deeper"], "can't be a folder"),
        (["demo", "--mode", "huge"], "unknown mode 'huge'"),
        (["read", "missing.png"], "missing.png: no such file"),
        (["read", "."], ". is a folder; name the files in it"),
        (["read", "notes.txt"], "looks like text"),
        (["read", "/dev/null"], "is no regular file"),
        (["read", "scan.png", "--mode", "huge"], "unknown mode 'huge'"),
        (["read", "scan.png", "--decoder", "psychic"], "unknown decoder 'psychic'; choose one of auto"),
        (["read", "scan.png", "-o", "."], ". is a folder"),
        (["read", "scan.png", "-o", "no/where.txt"], "No such file or directory"),
    ],
)
def test_wrong_arguments(run, tmp_path, arguments: list[str], message: str) -> None:
    (tmp_path / "notes.txt").write_text("some notes")
    image(tmp_path / "scan.png")
    assert message in complaint(run(*arguments))


def test_empty_truncated_and_gigantic_images(run, tmp_path) -> None:
    (tmp_path / "empty.png").touch()
    assert "is empty (0 bytes)" in complaint(run("read", "empty.png"))
    whole = image(tmp_path / "a.jpg").read_bytes()
    (tmp_path / "a.jpg").write_bytes(whole[: len(whole) // 2])
    assert "truncated or damaged" in complaint(run("read", "a.jpg"))
    Image.new("1", (20_000, 20_000)).save(tmp_path / "bomb.png")
    assert "more than 120 million pixels" in complaint(run("read", "bomb.png"))


def test_broken_pdfs(run, tmp_path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"%PDF-1.7\nnothing more")
    assert "truncated or damaged" in complaint(run("read", "a.pdf"))


def test_standard_input_that_is_empty(run) -> None:
    assert "standard input is empty" in complaint(run("read", "-", stdin=b""))


def test_an_output_that_failed_leaves_no_file(run, tmp_path) -> None:
    run("read", "missing.png", "-o", "out.txt")
    assert list(tmp_path.iterdir()) == []


def test_one_bad_file_of_several_is_named_and_the_others_are_read(run, tmp_path, reader) -> None:
    reader.answers = ["first", "last"]
    image(tmp_path / "a.png"), image(tmp_path / "c.png")
    result = run("read", "a.png", "b.png", "c.png")
    assert result.exit_code == 1 and result.stdout == "first\n\flast\n"
    assert "sokdok: b.png: no such file" in result.stderr.splitlines()


def test_if_no_file_can_be_used_the_input_was_bad(run) -> None:
    result = run("read", "a.png", "b.png")
    assert result.exit_code == 2 and result.stdout == ""
    assert [line.split(": ")[1] for line in result.stderr.splitlines()[:2]] == ["a.png", "b.png"]


def test_a_missing_checkpoint_is_an_error_of_its_own(tmp_path, monkeypatch) -> None:
    from typer.testing import CliRunner

    from sokdok.cli import app

    result = CliRunner().invoke(app, ["read", str(image(tmp_path / "a.png")), "--model", str(tmp_path / "nothing")])
    assert result.exit_code == 3 and result.stderr.count("\n") == 1 and result.stdout == ""


@pytest.mark.parametrize("arguments", [["compress", "-"], ["read", "missing.png"]])
def test_the_real_command_prints_no_traceback(tmp_path, arguments: list[str]) -> None:
    environment = os.environ | {"PYTHONPATH": str(SOURCE)}
    command = [sys.executable, "-c", "from sokdok.cli import main; main()", *arguments]
    run = subprocess.run(command, capture_output=True, input=b"ab\xff", cwd=tmp_path, env=environment)
    assert run.returncode == 2 and run.stdout == b""
    assert run.stderr.startswith(b"sokdok: error: ") and run.stderr.count(b"\n") == 1
