"""Files that are none, have no end or can't be read: an error at once, never a wait."""

import io
import os
from pathlib import Path

import pytest

from sokdok.errors import InputError
from sokdok.files import check_file, copy_stream, lines_of, open_regular, read_file, read_stream


def fifo(path: Path) -> Path:
    os.mkfifo(path)
    return path


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda folder: Path("/dev/zero"), "/dev/zero is no regular file; pipe what it gives into - instead"),
        (lambda folder: fifo(folder / "a"), "is no regular file"),
        (lambda folder: folder, "is a folder; name the files in it"),
        (lambda folder: folder / "a", "a: no such file"),
        (lambda folder: (folder / "a").touch() or folder / "a", "is empty (0 bytes)"),
        (lambda folder: (folder / "a").symlink_to("a") or folder / "a", "a: Too many levels of symbolic links"),
        (lambda folder: folder / ("x" * 300), "File name too long"),
        (lambda folder: (folder / "a").write_text("x") and folder / "a" / "b", "no such file"),
    ],
)
def test_what_is_no_file_is_named(tmp_path: Path, make, message: str) -> None:
    path = make(tmp_path)
    for opened in (check_file, open_regular, read_file):
        with pytest.raises(InputError) as raised:
            opened(path)
        assert message in str(raised.value)


def test_a_pipe_that_takes_a_files_place_is_not_waited_for(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = fifo(tmp_path / "a")
    monkeypatch.setattr("sokdok.files.check_file", lambda path, source=None: None)
    with pytest.raises(InputError, match="no regular file"):
        open_regular(path)


def test_a_limit_is_an_error_not_a_cut(tmp_path: Path) -> None:
    path = tmp_path / "a"
    path.write_bytes(b"12345")
    assert read_file(path, most=5) == b"12345" == read_stream(io.BytesIO(b"12345"), "a pipe", 5)
    for read in (lambda: read_file(path, most=4), lambda: read_stream(io.BytesIO(b"12345"), "a", 4)):
        with pytest.raises(InputError, match="a has more than 4 bytes; split it"):
            read()
    target = io.BytesIO()
    with pytest.raises(InputError, match="a pipe has more than 2 MB"):
        copy_stream(io.BytesIO(bytes(3 << 20)), target, "a pipe", 2 << 20)
    assert len(target.getvalue()) <= 2 << 20


def test_a_sparse_file_of_a_terabyte_is_refused_unread(tmp_path: Path) -> None:
    with (tmp_path / "a").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="a has more than 64 MB"):
        read_file(tmp_path / "a")


def test_lines_have_a_longest_and_a_most() -> None:
    assert list(lines_of(io.BytesIO(b"ab\ncd"), "a", 3, 5)) == [b"ab\n", b"cd"]
    with pytest.raises(InputError, match="a has a line of more than 3 bytes"):
        list(lines_of(io.BytesIO(b"ab\ncdef"), "a", 3))
    with pytest.raises(InputError, match="a has more than 4 bytes"):
        list(lines_of(io.BytesIO(b"ab\ncd"), "a", 3, 4))
