"""Names and folders of documents, and files that get their names only when they are complete."""

import errno
import json
import os
from contextlib import closing
from pathlib import Path

import pytest

from sokdok.documents.convert.folder import (
    MANIFEST,
    NAME,
    Journal,
    Manifest,
    folder_for,
    names_apart,
    read_manifest,
    room_on_disk,
)
from sokdok.documents.document import DocumentPage
from sokdok.documents.question import identity
from sokdok.errors import InputError, SokdokError


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


def test_files_called_alike_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    names = ["in/2024/a/x.pdf", "in/2025/b/x.pdf", "in/X.PDF", "in/2025/b/y.pdf", "in/z.pdf", "in/z.docx"]
    paths = [tmp_path / name for name in names]
    assert names_apart(paths[:4]) == {paths[0]: "2024-a-x", paths[1]: "2025-b-x"}
    assert names_apart([tmp_path / "v1.2" / "x.pdf", tmp_path / "v1.3" / "x.pdf"]).popitem()[1] == "v1.3-x"
    long = names_apart([tmp_path / ("ㄱ" * 80) / f"{'ㄴ' * 80}.pdf", tmp_path / "a" / f"{'ㄴ' * 80}.pdf"])
    assert all(len(name.encode()) < 255 - len(".docx.tmp") for name in long.values())


def test_files_called_alike_in_one_folder_are_told_apart_by_their_kinds(tmp_path: Path) -> None:
    paths = [tmp_path / name for name in ("a.docx", "a.PPTX", "a", "b.pdf", "c.jpg", "C.jpg")]
    assert names_apart(paths) == {paths[0]: "a-docx", paths[1]: "a-pptx"}
    both = [tmp_path / name for name in ("x/a.png", "x/a.pdf", "y/a.png")]
    assert names_apart(both) == {both[0]: "x-a-png", both[1]: "x-a-pdf", both[2]: "y-a"}


def test_a_folder_that_an_earlier_run_gave_is_kept_whatever_new_ones_are_called(tmp_path: Path) -> None:
    (tmp_path / "x.pdf").write_bytes(b"x")
    assert folder_for(tmp_path / "out", tmp_path / "x.pdf", "a-x") == tmp_path / "out" / "a-x"
    (tmp_path / "out" / "x").mkdir(parents=True)
    Manifest(identity(tmp_path / "x.pdf"), "SUCCESS", 1, [], []).write(tmp_path / "out" / "x")
    assert folder_for(tmp_path / "out", tmp_path / "x.pdf", "a-x") == tmp_path / "out" / "x"


@pytest.mark.parametrize("text", ["", "{", "[]", "3", '{"job": 1}', '{"pages": "2"}', "[" * 100_000])
def test_a_manifest_that_cannot_be_read_is_nobodys(tmp_path: Path, text: str) -> None:
    (tmp_path / "a").mkdir()
    (tmp_path / "a" / MANIFEST).write_text(text)
    (tmp_path / "a.pdf").write_bytes(b"x")
    assert read_manifest(tmp_path / "a") is None and folder_for(tmp_path, tmp_path / "a.pdf") == tmp_path / "a-2"


def test_other_errors_than_a_full_disk_stay_what_they_are(tmp_path: Path) -> None:
    with pytest.raises(PermissionError), room_on_disk(tmp_path):
        raise PermissionError(errno.EACCES, "no")
    with pytest.raises(SokdokError, match="disk is full"), room_on_disk(tmp_path):
        raise OSError(errno.ENOSPC, "no space")


@pytest.mark.parametrize("name", [MANIFEST, NAME])
def test_what_says_whose_a_folder_is_must_be_a_file(tmp_path: Path, name: str) -> None:
    (tmp_path / "a.pdf").write_bytes(b"x")
    for folder in ("a", "a-2"):
        (tmp_path / folder).mkdir()
    Manifest(identity(tmp_path / "a.pdf"), "SUCCESS", 1, [], []).write(tmp_path)
    journal = {"path": identity(tmp_path / "a.pdf")["path"]}
    (tmp_path / NAME).write_text(json.dumps(journal) + "\n")
    (tmp_path / "a" / name).symlink_to(tmp_path / name)
    os.mkfifo(tmp_path / "a-2" / name)
    assert folder_for(tmp_path, tmp_path / "a.pdf") == tmp_path / "a-3"


JOB = {"path": "/a.pdf"}


def test_a_page_that_was_begun_when_a_run_was_killed_is_remembered_until_it_is_drawn(tmp_path: Path) -> None:
    for killed in (0, 1, 2):
        with closing(Journal(tmp_path, JOB)) as journal:  # closed as by a kill
            assert journal.deaths == ({7: killed} if killed else {})
            journal.begin(7)
    with closing(Journal(tmp_path, {"path": "/b.pdf"})) as other:
        assert not other.deaths
    with closing(Journal(tmp_path, JOB)) as again:
        again.begin(7)
        again.end(7, deaths=0)
        assert not again.deaths[7]
    # Else what a killed run leaves in the end would differ from what one leaves that was not killed.
    with closing(Journal(tmp_path, JOB)) as last:
        assert not last.deaths


def test_a_page_that_came_through_is_forgotten(tmp_path: Path) -> None:
    journal = Journal(tmp_path, JOB)
    journal.begin(1)
    journal.end(1, deaths=0)
    journal.add(DocumentPage(1, 10, 10))
    journal.begin(2)
    journal.end(2, deaths=1)
    journal.add(DocumentPage(2, 0, 0, status="FAILURE", error="it died"))
    journal.close()
    again = Journal(tmp_path, JOB)
    assert again.deaths == {2: 1} and again.statuses == {1: "SUCCESS", 2: "FAILURE"}
    assert [page.number for page in again.pages()] == [1, 2]
    again.add(DocumentPage(3, 10, 10))
    assert [page.number for page in again.pages()] == [1, 2, 3]
    again.close()


@pytest.mark.parametrize(
    "line", ['{"begun": -1}', '{"begun": "x"}', '{"begun": 99999999999}', '{"begun": 1', "[" * 9999]
)
def test_a_line_that_says_nothing_ends_what_counts(tmp_path: Path, line: str) -> None:
    journal = Journal(tmp_path, JOB)
    journal.add(DocumentPage(1, 10, 10))
    journal.close()
    with journal.path.open("a") as file:
        file.write(f"{line}\n")
    again = Journal(tmp_path, JOB)
    assert not again.deaths and list(again.statuses) == [1]
    again.close()


def test_no_link_is_followed_and_no_pipe_waited_for(tmp_path: Path) -> None:
    victim = tmp_path / "victim"
    victim.write_text("precious")
    (tmp_path / NAME).symlink_to(victim)
    with pytest.raises(InputError, match="no regular file: remove it"):
        Journal(tmp_path, JOB)
    assert victim.read_text() == "precious"
    (tmp_path / NAME).unlink()
    os.mkfifo(tmp_path / NAME)
    with pytest.raises(InputError, match="no regular file"):
        Journal(tmp_path, JOB)
