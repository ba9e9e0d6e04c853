"""Folders, patterns and single files."""

import errno
import os
from pathlib import Path

import pytest

from sokdok.bulk.sources import Item, Unusable, open_source
from sokdok.errors import InputError


def make(folder: Path, *names: str) -> None:
    for name in names:
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(name.encode())


def paths(text: str | Path) -> list[str]:
    return [item.path for item in open_source(str(text)).items() if isinstance(item, Item)]


def reasons(text: str | Path) -> dict[str, str]:
    return {item.path: item.reason for item in open_source(str(text)).items() if isinstance(item, Unusable)}


def test_a_folder_gives_its_files_in_the_order_of_their_names(tmp_path: Path) -> None:
    make(tmp_path / "set", "b/1.pdf", "a.pdf", "b/.hidden.pdf", ".git/x", "보고서.pdf", "b/10.pdf", "Z.pdf")
    expected = ["set/Z.pdf", "set/a.pdf", "set/b/1.pdf", "set/b/10.pdf", "set/보고서.pdf"]
    assert paths(tmp_path / "set") == expected
    source = open_source(str(tmp_path / "set"))
    for item in source.items():
        assert isinstance(item, Item) and item.size == len(item.path.removeprefix("set/").encode())
        with source.fetch(item.place) as path:
            assert path.read_bytes().decode() == item.path.removeprefix("set/")
            assert path.suffix == ".pdf"


def test_a_source_opens_again_by_its_name_from_any_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    make(tmp_path, "set/a.pdf")
    monkeypatch.chdir(tmp_path)
    source = open_source("set")
    monkeypatch.chdir("/")
    again = open_source(source.name)
    (item,) = again.items()
    assert isinstance(item, Item)
    with again.fetch(item.place) as path:
        assert path.read_bytes() == b"set/a.pdf"


def test_names_of_any_bytes_are_found_again(tmp_path: Path) -> None:
    folder = os.fsencode(tmp_path / "set")
    os.mkdir(folder)
    for name in (b"100%.pdf", b"a#1.pdf", b"\xff\xfe.pdf"):
        with open(os.path.join(folder, name), "wb") as file:
            file.write(name)
    source = open_source(str(tmp_path / "set"))
    found = []
    for item in source.items():
        assert isinstance(item, Item)
        item.place.encode(), item.path.encode()
        with source.fetch(item.place) as path:
            found.append(path.read_bytes())

    assert set(found) == {b"100%.pdf", b"a#1.pdf", b"\xff\xfe.pdf"}


def test_patterns_and_single_files(tmp_path: Path) -> None:
    make(tmp_path / "set", "a.pdf", "b/c.pdf", "b/d.txt", "e[1].pdf")
    assert paths(tmp_path / "set" / "*.pdf") == ["set/a.pdf", "set/e[1].pdf"]
    assert paths(tmp_path / "set" / "**" / "*.pdf") == ["set/a.pdf", "set/b/c.pdf", "set/e[1].pdf"]
    assert paths(tmp_path / "set" / "b" / "c.pdf") == ["c.pdf"]
    assert paths(tmp_path / "set" / "e[1].pdf") == ["e[1].pdf"], "a name with brackets is a name first"


def test_what_is_no_file_is_told_and_not_opened(tmp_path: Path) -> None:
    make(tmp_path, "set/a.pdf", "other/b.pdf", "set/out/bulk.json", "set/out/results/x")
    os.mkfifo(tmp_path / "set" / "pipe")
    (tmp_path / "set" / "loop").symlink_to(tmp_path / "set")
    (tmp_path / "set" / "gone.pdf").symlink_to(tmp_path / "nothing")
    (tmp_path / "set" / "linked.pdf").symlink_to(tmp_path / "other" / "b.pdf")
    assert paths(tmp_path / "set") == ["set/a.pdf", "set/linked.pdf"]
    told = reasons(tmp_path / "set")
    assert set(told) == {"set/pipe", "set/loop", "set/gone.pdf", "set/out"}
    assert "link to a folder" in told["set/loop"] and "writes" in told["set/out"]


@pytest.mark.parametrize("text", ["nothing", "ftp://host/x", "https://host/a.pdf"])
def test_what_is_not_there_is_one_line(text: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    with pytest.raises(InputError, match=text.split("/")[0]) as error:
        open_source(text)
    assert "\n" not in str(error.value)


def test_a_folder_that_can_t_be_read_is_reported(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    scan = os.scandir

    def scandir(folder: Path | str) -> object:  # the superuser, as which tests may run, could read it
        if os.fspath(folder).endswith("in"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = open_source(str(tmp_path)).items()
    assert isinstance(found, Unusable) and "can't be read" in found.reason
