from __future__ import annotations

import errno
import os
from pathlib import Path

import pytest

from sokdok.bulk.sources import Item, Unusable, open_source
from sokdok.errors import InputError


def test_files_come_in_the_order_of_their_paths(tmp_path: Path) -> None:
    folder = tmp_path / "문서"
    for name in ("b/x.pdf", "a.pdf", "b.pdf", ".hidden/x.pdf", "100%.pdf"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(b"12345")
    source = open_source(str(folder))
    items = list(source.items())
    assert [item.path for item in items] == ["문서/100%.pdf", "문서/a.pdf", "문서/b/x.pdf", "문서/b.pdf"]
    assert all(isinstance(item, Item) and item.size == 5 for item in items)
    again = open_source(source.name)
    for item in items:
        assert isinstance(item, Item)
        with again.fetch(item.place) as path:
            assert path.read_bytes() == b"12345" and path == tmp_path / item.path


def test_a_file_is_a_source_and_what_is_neither_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.pdf").write_bytes(b"1")
    (item,) = open_source(str(tmp_path / "a.pdf")).items()
    assert item.path == "a.pdf"
    with open_source(str(tmp_path / "a.pdf")).fetch(item.place) as path:
        assert path == tmp_path / "a.pdf"
    with pytest.raises(InputError, match="no such file"):
        open_source(str(tmp_path / "none"))


def test_names_that_are_no_text_are_found_again(tmp_path: Path) -> None:
    name = os.fsdecode(b"caf\xe9.pdf")
    (tmp_path / name).write_bytes(b"1")
    source = open_source(str(tmp_path))
    (item,) = source.items()
    assert isinstance(item, Item) and item.path.endswith("caf\ufffd.pdf") and item.place == "caf%E9.pdf"
    with source.fetch(item.place) as path:
        assert path.name == name


def test_what_is_no_file_is_told(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    (tmp_path / "gone").symlink_to(tmp_path / "nowhere")
    found = list(open_source(str(tmp_path)).items())
    assert [type(one) for one in found] == [Unusable, Unusable]


def test_a_folder_that_can_t_be_read_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "in").mkdir()
    scan = os.scandir

    def scandir(folder: Path | str) -> object:  # the superuser, as which tests may run, could read it
        if os.fspath(folder).endswith("in"):
            raise PermissionError(errno.EACCES, "Permission denied")
        return scan(folder)

    monkeypatch.setattr(os, "scandir", scandir)
    (found,) = open_source(str(tmp_path)).items()
    assert isinstance(found, Unusable) and "can't be read" in found.reason


@pytest.mark.skipif(os.geteuid() == 0, reason="the superuser may read everything")
def test_a_source_that_can_t_be_read_is_refused(tmp_path: Path) -> None:
    tmp_path.chmod(0)
    with pytest.raises(InputError, match="can't be read"):
        open_source(str(tmp_path))
    tmp_path.chmod(0o700)
