"""Which files a command takes: those that are named, and of folders those that are documents; the rest is told once."""

from __future__ import annotations

from contextlib import ExitStack
from pathlib import Path

import pytest
from PIL import Image

from sokdok.cli.convert.inputs import all_paths
from sokdok.errors import InputError


def found(*names: Path | str) -> list[Path]:
    with ExitStack() as stack:
        return list(all_paths([str(name) for name in names], None, stack))


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    place = tmp_path / "in"
    (place / "deep").mkdir(parents=True)
    Image.new("RGB", (8, 8)).save(place / "deep" / "a.png")
    return place


def test_what_is_no_document_is_named_once(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for name in ("b.zip", "deep/c.py", ".hidden"):
        (folder / name).write_bytes(b"PK\x03\x04")
    assert found(folder) == [folder / "deep" / "a.png"]
    assert capsys.readouterr().err == f"{folder}: 2 files are no document and left out: b.zip, c.py\n"


def test_many_are_counted_by_suffix(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    for number in range(20):
        (folder / f"{number}.py").write_bytes(b"pass")
    (folder / "Makefile").write_bytes(b"all:")
    found(folder)
    assert capsys.readouterr().err == f"{folder}: 21 files are no document and left out: 20 .py, 1 no suffix\n"


def test_nothing_is_said_where_nothing_is_left_out(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found(folder)
    assert capsys.readouterr().err == ""


@pytest.mark.parametrize("command", [["read"], ["convert"], ["convert", "-o", "out"], ["compress"], ["parse"]])
@pytest.mark.parametrize("address", ["https://example.org/a.pdf", "ftp://example.org/b/c.png", "S3://bucket/a.docx"])
def test_an_address_is_not_fetched(run, address: str, command: list[str]) -> None:
    result = run(*command, address)
    scheme, rest = address.split("://")
    assert result.exit_code == 2
    assert f"{scheme}://{rest} is an address and sokdok fetches nothing: download it first" in result.stderr


def test_a_folder_without_documents_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="there are no documents"):
        found(tmp_path)


def test_what_is_read_when_it_is_named_is_read_in_a_folder(run, folder: Path) -> None:
    Image.new("RGB", (9, 9), "white").save(folder / "b.bmp")
    Image.new("RGB", (9, 9), "white").save(folder / "c", "TIFF", big_tiff=True)
    (folder / "d.txt").write_bytes(b"a text\0 with a NUL")
    (folder / "e.docx").write_bytes(b"")
    (folder / "~$e.docx").write_bytes(b"\5somebody")
    assert [path.name for path in found(folder)] == ["b.bmp", "c", "d.txt", "a.png", "e.docx"]
    result = run("convert", folder, "-o", "out")
    assert result.exit_code == 1 and "e.docx is empty" in result.stderr and "~$e.docx" in result.stderr
    assert "with a NUL" in Path("out/d/d.md").read_text()
