"""Names and folders of documents, and files that get their names only when they are complete."""

from __future__ import annotations

import errno
import json
import os
from pathlib import Path

import pytest

from sokdok.documents.convert.outputs import (
    MANIFEST,
    Manifest,
    folder_for,
    identity,
    make_folder,
    name_of,
    read_manifest,
    room_on_disk,
)
from sokdok.errors import InputError, SokdokError
from sokdok.files import new_text_file


@pytest.mark.parametrize(
    ("file", "name"),
    [
        ("report.pdf", "report"),
        ("보고서 2024.final.pdf", "보고서 2024.final"),
        ("no_suffix", "no_suffix"),
        (".pdf", "pdf"),
        ("a\nb\x07.png", "a_b_"),
        ("...", "document"),
        (os.fsdecode(b"caf\xe9.pdf"), "caf�"),
    ],
)
def test_documents_are_called_after_their_files(file: str, name: str) -> None:
    assert name_of(Path(file)) == name


def test_long_names_are_cut_between_characters() -> None:
    name = name_of(Path("가" * 84 + ".pdf"))
    assert set(name) == {"가"} and len(name.encode()) == 150


def test_a_folder_belongs_to_the_file_that_its_manifest_names(tmp_path: Path) -> None:
    files = [tmp_path / "a.pdf", tmp_path / "b" / "a.pdf"]
    files[1].parent.mkdir()
    for file in files:
        file.write_bytes(b"x")
    folder = folder_for(tmp_path / "out", files[0])
    folder.mkdir(parents=True)
    Manifest(identity(files[0]), "SUCCESS", 1, [], []).write(folder)
    assert folder_for(tmp_path / "out", files[0]) == folder
    assert folder_for(tmp_path / "out", files[1]) == tmp_path / "out" / "a-2"


def test_a_manifest_that_cannot_be_read_is_nobodys(tmp_path: Path) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / "manifest.json").write_text("{")
    (tmp_path / "a.pdf").write_bytes(b"x")
    assert folder_for(tmp_path, tmp_path / "a.pdf") == tmp_path / "a-2"


def test_a_file_that_fails_leaves_nothing_and_what_was_there_before(tmp_path: Path) -> None:
    path = tmp_path / "a.md"
    path.write_text("before")
    with pytest.raises(RuntimeError), new_text_file(path) as file:
        file.write("half")
        raise RuntimeError
    assert path.read_text() == "before" and list(tmp_path.iterdir()) == [path]
    with new_text_file(path) as file:
        file.write("한글\n")
    assert path.read_bytes() == "한글\n".encode() and list(tmp_path.iterdir()) == [path]


def test_a_file_in_a_folders_place_is_an_error_for_people(tmp_path: Path) -> None:
    (tmp_path / "out").write_text("")
    for folder in (tmp_path / "out", tmp_path / "out" / "deeper"):
        with pytest.raises(InputError, match="can't be a folder"):
            make_folder(folder)


def test_other_errors_than_a_full_disk_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), room_on_disk(tmp_path):
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(SokdokError, match="disk is full"), room_on_disk(tmp_path):
        raise OSError(errno.ENOSPC, "no space")


def test_a_manifest_of_the_version_before_is_understood(tmp_path: Path) -> None:
    before = {"question": {"path": "/a.pdf"}, "status": "PARTIAL", "pages": 2, "not_whole": [2], "files": ["a.md"]}
    (tmp_path / MANIFEST).write_text(json.dumps(before))
    assert read_manifest(tmp_path) == Manifest({"path": "/a.pdf"}, "PARTIAL", 2, [2], ["a.md"])


@pytest.mark.parametrize("text", ["", "[]", "3", '{"job": 1}', '{"pages": "2"}', "[" * 100_000])
def test_anything_else_is_no_manifest(tmp_path: Path, text: str) -> None:
    (tmp_path / MANIFEST).write_text(text)
    assert read_manifest(tmp_path) is None
