from __future__ import annotations

from pathlib import Path

import pytest

from sokdok.server.tasks.spool import Spool, shown_name


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
