"""What a user can get wrong: one line on stderr that says what to do, an exit code, no traceback."""

import subprocess
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from fakes.commands import SOKDOK, environment
from fakes.pdf import Text, write_pdf


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
        (b"ab\0cd", "byte 2 is NUL"),
        (b"caf\xe9", "not valid UTF-8 at byte 3 (0xe9); name its encoding with --encoding"),
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
        (["compress", "missing.txt"], "missing.txt: no such file"),
        (["compress", "notes.txt", "--mode", "huge"], "unknown mode 'huge'; choose one of tiny, small, base, large"),
        (["compress", "notes.txt", "--cell", "9x9"], "unknown cell '9x9'; choose one of 8x16, 8x8, 4x8"),
        (["read", "notes.txt"], "looks like text"),
        (["convert", "notes.txt", "-o", "./notes.txt"], "notes.txt is what is read, and would be lost"),
        (["read", "scan.png", "--set", "decoder=psychic"], "fake has no decoder 'psychic'; choose one of auto"),
        (["read", "scan.png", "--set", "psychic=1"], "--set takes NAME=VALUE, not 'psychic=1'; NAME is one of prompt"),
        (["read", "scan.png", "--set", "batch=many"], "--set batch takes a number, not 'many'"),
        (["read", "scan.png", "--limit", "seconds=0"], "--limit seconds must be more than 0"),
        (["convert", "scan.png", "-o", "notes.txt/"], "notes.txt can't be a folder"),
        (["convert", "scan.png", "-o", "out", "--source", "hearsay"], "unknown source 'hearsay'"),
        (["convert", "scan.png", "--figures"], "--figures goes with a folder to write to"),
        (["convert", "scan.png", "notes.txt", "-o", "one.md"], "one.md holds one document"),
        (["convert", "scan.png", "-o", "out", "--pages", "5-2"], "'5-2' is no page or range of pages; write them as"),
        (["convert", "scan.png", "-o", "out", "--pages", "2-"], "scan.png has 1 page, and none that was asked for"),
        (["convert", "empty", "-o", "out"], "there are no documents in empty"),
        (["read", "scan.png", "-o", "scan.png"], "scan.png is what is read, and would be lost"),
        (["read", "scan.png", "-o", "no/where.txt"], "no/where.txt: No such file or directory"),
    ],
)
def test_wrong_arguments(run, tmp_path, arguments: list[str], message: str) -> None:
    (tmp_path / "notes.txt").write_text("some notes")
    (tmp_path / "empty").mkdir()
    image(tmp_path / "scan.png")
    assert message in complaint(run(*arguments))
    assert not list(tmp_path.glob("out/*"))


def encrypted(path: Path) -> Path:
    return write_pdf(path, [[Text(20, 20, "secret")]], (100, 100), password="sesame")


@pytest.mark.parametrize(
    "command", [["read"], ["convert"], ["convert", "-o", "out"]], ids=["read", "convert", "folder"]
)
@pytest.mark.parametrize(
    ("make", "message"),
    [
        (encrypted, "is encrypted; give its password with --password"),
        (lambda path: write_pdf(path, [], (100, 100)), "truncated or damaged"),
    ],
)
def test_broken_pdfs(run, tmp_path, make, message: str, command: list[str]) -> None:
    make(tmp_path / "a.pdf")
    assert message in complaint(run(*command, "a.pdf"))
    assert not list(tmp_path.glob("out/*"))


def test_a_wrong_password_is_told_apart_from_none(run, tmp_path) -> None:
    encrypted(tmp_path / "a.pdf")
    assert "encrypted with another password" in complaint(run("convert", "a.pdf", "-o", "out", "--password", "open"))


def test_pages_as_large_as_a_house_or_a_hair_wide_are_drawn(run, tmp_path, reader) -> None:
    write_pdf(tmp_path / "a.pdf", [[Text(300, 300, "BIG", 900)]], (14_400, 14_400))
    reader.answers = ["BIG"] * 2
    assert run("convert", "a.pdf", "-o", "out", "--source", "reader", "--set", "dpi=300").exit_code == 0
    assert run("convert", "a.pdf", "-o", "out", "--source", "reader").exit_code == 0
    write_pdf(tmp_path / "b.pdf", [[]], (3, 14_400))
    assert run("convert", "b.pdf", "-o", "out").exit_code == 0 and min(reader.pages[2].size) >= 1
    assert reader.pages[0].size[0] ** 2 < 41_000_000 and max(reader.pages[1].size) <= 1541


def odd_images(folder: Path) -> None:
    noise = np.random.default_rng(1)
    Image.new("RGB", (1, 1), "white").save(folder / "dot.png")
    Image.new("CMYK", (40, 30)).save(folder / "cmyk.jpg")
    Image.fromarray(noise.integers(0, 65536, (30, 40), np.uint16)).save(folder / "deep.png")
    frames = [Image.fromarray(noise.integers(0, 256, (30, 40), np.uint8)) for _ in range(3)]
    frames[0].save(folder / "moving.gif", save_all=True, append_images=frames[1:])
    palette = Image.new("P", (40, 30), 1)
    palette.putpalette([0, 0, 0, 255, 0, 0])
    palette.info["transparency"] = 1
    palette.save(folder / "clear.png", transparency=1)


def test_odd_images_are_read(run, tmp_path, reader) -> None:
    odd_images(tmp_path)
    reader.answers = ["Said."] * 5
    result = run("convert", ".", "-o", "out")
    assert result.exit_code == 0 and "5 SUCCESS" in result.stderr
    assert {page.image.mode for page in reader.pages} == {"RGB"} and len(reader.pages) == 5
    (clear,) = [page for page in reader.pages if page.source == "clear.png"]
    assert clear.image.getpixel((0, 0)) == (255, 255, 255), "transparent is white"
    said = Path("out/moving/moving.json").read_text()
    assert "the first of 3 frames of an animation: the others are not read" in said


@pytest.mark.process
@pytest.mark.parametrize("arguments", [["compress", "-"], ["read", "missing.png"]])
def test_the_real_command_prints_no_traceback(tmp_path, arguments: list[str]) -> None:
    run = subprocess.run([*SOKDOK, *arguments], capture_output=True, input=b"ab\xff", cwd=tmp_path, env=environment())
    assert run.returncode == 2 and run.stdout == b""
    assert run.stderr.startswith(b"sokdok: error: ") and run.stderr.count(b"\n") == 1


@pytest.mark.process
@pytest.mark.parametrize("unbuffered", ["", "1"])
def test_output_for_which_there_is_no_room_is_no_success(tmp_path, unbuffered: str) -> None:
    (tmp_path / "long.txt").write_text("A line of a text.\n" * 5_000)
    command = ["bash", "-c", 'ulimit -f 20; exec "$@" > out', "-", *SOKDOK, "convert", "long.txt"]
    changed = environment() | {"PYTHONUNBUFFERED": unbuffered, "PYTHONDONTWRITEBYTECODE": "1"}  # it would be cut, too
    run = subprocess.run(command, capture_output=True, cwd=tmp_path, env=changed)
    assert run.returncode == 1 and run.stderr.startswith(b"sokdok: error: ") and run.stderr.count(b"\n") == 1
