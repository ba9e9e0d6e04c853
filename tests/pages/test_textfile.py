"""Text comes in exactly as it is, and what is no text is named."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.pages import plan, read_text, text_of


def refusal(file: Path | bytes, errors: str = "strict") -> str:
    with pytest.raises(InputError) as caught:
        read_text(file, errors)
    message = str(caught.value)
    assert "\n" not in message
    return message


def written(folder: Path, data: bytes) -> Path:
    path = folder / "notes.txt"
    path.write_bytes(data)
    return path


@settings(deadline=None)
@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0\ufeff"), min_size=1))
def test_any_text_comes_in_as_it_is(text: str) -> None:
    assert read_text(b"x" + text.encode()) == "x" + text


def test_newlines_are_kept(tmp_path: Path) -> None:
    assert read_text(written(tmp_path, b"a\r\nb\rc\n\n")) == "a\r\nb\rc\n\n"


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-32"])
def test_byte_order_marks_are_read_and_dropped(encoding: str) -> None:
    assert read_text("속독\n한글 ab".encode(encoding)) == "속독\n한글 ab"


def test_big_endian_utf_16_is_read() -> None:
    assert read_text(b"\xfe\xff" + "속독".encode("utf-16-be")) == "속독"


def test_a_second_byte_order_mark_is_text() -> None:
    assert read_text("\ufeff\ufeffa".encode()) == "\ufeffa"


@pytest.mark.parametrize("text", ["שלום עולם", "cafe\u0301 n\u0303", "a\u202eb", "a" * 9000 + "\0b"])
def test_awkward_text_passes_and_survives_drawing(text: str) -> None:
    assert read_text(text.encode()) == text
    assert "".join(text_of(layout.symbols) for layout in plan(text, (640, 640))) == text


def test_invalid_utf_8_is_named_by_its_offset() -> None:
    message = refusal(b"caf\xe9 ol\xe9")
    assert "not valid UTF-8 at byte 3 (0xe9)" in message and "--errors replace" in message


def test_offsets_count_the_byte_order_mark() -> None:
    assert "at byte 4 (0xff)" in refusal(b"\xef\xbb\xbfa\xff")


def test_cut_off_utf_8_and_utf_16_are_invalid() -> None:
    assert "at byte 1 (0xea)" in refusal("a가".encode()[:-1])
    assert "UTF-16-LE at byte 4" in refusal("\ufeffab".encode("utf-16-le")[:-1])


def test_replace_goes_on() -> None:
    assert read_text(b"caf\xe9 ol\xe9", "replace") == "caf\ufffd ol\ufffd"


def test_nul_is_text_only_when_asked_for() -> None:
    message = refusal(b"a\0b")
    assert "looks like a binary file: byte 1 is NUL" in message and "--errors replace" in message
    assert read_text(b"a\0b", "replace") == "a\0b"


@pytest.mark.parametrize(
    ("data", "name"),
    [
        (b"%PDF-1.7\n", "a PDF"),
        (b"\x89PNG\r\n\x1a\n", "a PNG"),
        (b"\xff\xd8\xff\xe0", "a JPEG"),
        (b"PK\x03\x04", "a zip archive"),
        (b"\x1f\x8b\x08", "gzip"),
        (b"RIFF\x10\0\0\0WEBPVP8 ", "a WebP"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "hwp"),
    ],
)
@pytest.mark.parametrize("errors", ["strict", "replace"])
def test_well_known_binary_formats_are_named(data: bytes, name: str, errors: str) -> None:
    message = refusal(data, errors)
    assert "looks like a binary file" in message and name in message


def test_images_and_pdfs_are_sent_to_read(tmp_path: Path) -> None:
    path = written(tmp_path, b"%PDF-1.7\n")
    assert refusal(path).endswith(f"read it with: sokdok read {path}")


@pytest.mark.parametrize("data", [b"", b"\xef\xbb\xbf", b"\xff\xfe"])
def test_an_empty_file_is_refused(tmp_path: Path, data: bytes) -> None:
    assert "is empty" in refusal(written(tmp_path, data))
    assert "standard input is empty" in refusal(data)


def test_a_missing_file_and_a_folder_are_refused(tmp_path: Path) -> None:
    assert "no such file" in refusal(tmp_path / "nothing.txt")
    assert "is a folder" in refusal(tmp_path)


def test_an_unknown_way_to_treat_errors_is_refused() -> None:
    assert "choose strict or replace" in refusal(b"a", "ignore")
