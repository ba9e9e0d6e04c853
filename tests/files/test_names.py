"""Names made of files' names."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from sokdok.files import name_of, path_key, printable


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


def test_a_link_and_what_it_leads_to_have_one_key(tmp_path: Path) -> None:
    (tmp_path / "a.png").touch()
    (tmp_path / "b.png").symlink_to("a.png")
    (tmp_path / "loop").symlink_to("loop")
    assert path_key(tmp_path / "b.png") == path_key(tmp_path / "a.png") and path_key(tmp_path / "loop")


def test_bytes_that_are_no_text_have_keys_of_their_own_and_one_spelling() -> None:
    odd = [Path(os.fsdecode(name)) for name in (b"caf\xe9.pdf", b"caf\xe8.pdf")]
    assert path_key(odd[0]) != path_key(odd[1]) and printable(odd[0]) == printable(odd[1])
    path_key(odd[0]).encode()


def test_names_that_are_no_utf8_can_be_printed() -> None:
    assert printable(Path(os.fsdecode(b"caf\xe9/\xea\xb0\x80.pdf"))) == "caf\ufffd/가.pdf"
