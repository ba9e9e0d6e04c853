"""Names made of files' names.

Files that are there whole or not at all, whatever stands in their place.
"""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.files import locked, make_folder, name_of, new_text_file, path_key, printable


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


def test_a_link_and_what_it_leads_to_have_one_key(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "loop").symlink_to("loop")
    assert path_key(tmp_path / "b.png") == path_key(tmp_path / "a.png") and path_key(tmp_path / "loop")


def test_bytes_that_are_no_text_have_keys_of_their_own_and_one_spelling() -> None:
    odd = [Path(os.fsdecode(name)) for name in (b"caf\xe9.pdf", b"caf\xe8.pdf")]
    assert path_key(odd[0]) != path_key(odd[1]) and printable(odd[0]) == printable(odd[1])
    path_key(odd[0]).encode()


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


def test_links_under_either_name_are_replaced_not_followed(tmp_path: Path) -> None:
    victims = [tmp_path / "victim", tmp_path / "other"]
    for victim, name in zip(victims, ("a.md", "a.md.tmp"), strict=True):
        victim.write_text("precious")
        (tmp_path / name).symlink_to(victim)
    with new_text_file(tmp_path / "a.md") as file:
        file.write("new")
    assert [victim.read_text() for victim in victims] == ["precious"] * 2
    assert (tmp_path / "a.md").read_text() == "new" and not (tmp_path / "a.md").is_symlink()


@pytest.mark.process
def test_one_process_waits_for_the_other(tmp_path: Path) -> None:
    code = (
        "import fcntl, os, sys; from pathlib import Path; folder = Path(sys.argv[1])\n"
        "try: fcntl.flock(os.open(folder, os.O_RDONLY), fcntl.LOCK_EX | fcntl.LOCK_NB)\n"
        "except BlockingIOError: sys.exit(7)"
    )
    command = [sys.executable, "-c", code, str(tmp_path)]
    with locked(tmp_path):
        assert subprocess.run(command).returncode == 7
    assert subprocess.run(command).returncode == 0
