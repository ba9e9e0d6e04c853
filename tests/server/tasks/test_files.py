import os
from pathlib import Path

import pytest

from sokdok.server.tasks.files import PageLog, Spool, page_records, page_rows, shown_name


@pytest.mark.parametrize(
    "given", ["../../etc/passwd", "a/../b.PDF", "x\x00y.pdf", "line\nbreak.md", "a.p/df", "a.txt; rm", "." * 300]
)
def test_names_never_become_paths(tmp_path: Path, given: str) -> None:
    with Spool(tmp_path / "spool").new(given) as path:
        path.write_bytes(b"x")
    assert path.parent == tmp_path / "spool" and path.name.isascii() and path.suffix in ("", ".pdf", ".md")
    shown = shown_name(given)
    assert "/" not in shown and shown.isprintable() and 0 < len(shown) <= 200


@pytest.mark.parametrize(
    ("given", "shown"), [("C:\\a\\보고서.pdf", "보고서.pdf"), (None, "document"), ("..", "document")]
)
def test_names_that_are_shown(given: str | None, shown: str) -> None:
    assert shown_name(given) == shown


def test_an_upload_that_fails_leaves_nothing(tmp_path: Path) -> None:
    spool = Spool(tmp_path)
    with pytest.raises(OSError, match="full"), spool.new("a.pdf") as path:
        path.write_bytes(b"x")
        raise OSError("full")
    assert list(tmp_path.iterdir()) == []


def test_what_no_task_has_is_removed(tmp_path: Path) -> None:
    for name in ("kept", "left"):
        (tmp_path / name).touch()
    Spool(tmp_path).remove_others({"kept"})
    assert [path.name for path in tmp_path.iterdir()] == ["kept"]


def test_a_page_is_in_its_log_though_the_next_one_was_cut_off(tmp_path: Path) -> None:
    path = tmp_path / "a" / "pages"
    log = PageLog(path)
    log.add(5, b"five", False)
    log.add(2, b"two", True)
    whole = path.read_bytes()
    for cut in range(1, 15):
        path.write_bytes(whole + whole[:cut])  # a server was killed as it wrote
        assert [record.number for record in page_records(path)] == [5, 2]
        assert list(page_rows(path)) == [b"two", b"five"], "by their numbers"
    again = PageLog(path)
    assert again.records == log.records and path.read_bytes() == whole
    again.add(3, b"three", False)
    assert list(page_rows(path, 3, 4)) == [b"three"] and again.records[-1].number == 3


def test_a_page_of_which_a_machine_without_power_kept_the_head_alone_is_none(tmp_path: Path) -> None:
    path = tmp_path / "pages"
    log = PageLog(path)
    log.add(1, b"one", False)
    log.add(2, b"two", False)
    path.write_bytes(path.read_bytes().replace(b"two", b"\0\0\0"))
    assert list(page_rows(path)) == [b"one"]
    assert [record.number for record in PageLog(path).records] == [1]


def test_a_full_disk_loses_nothing_that_was_kept_and_what_follows_works(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = PageLog(tmp_path / "pages")
    log.add(1, b"one", False)
    write = os.pwrite
    with monkeypatch.context() as patch, pytest.raises(OSError, match="no space"):
        patch.setattr(os, "pwrite", lambda file, data, at: write(file, data[:5], at))
        log.add(2, b"two", False)
    log.add(3, b"three", False)
    assert [record.number for record in page_records(log.path)] == [1, 3] and list(page_rows(log.path)) == [
        b"one",
        b"three",
    ]


def test_there_are_no_pages_without_a_log(tmp_path: Path) -> None:
    assert page_records(tmp_path / "none") == [] and list(page_rows(tmp_path / "none")) == []
