"""The child that will open the first file is started before anything else is loaded, and it is the one that is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from sokdok.cli.convert import early
from sokdok.jobs import DEFAULTS, Child, Limits, pool
from sokdok.office.child import OPEN_DOCUMENT
from sokdok.pages.child import OPEN_PAGES


def test_the_modules_are_those_that_open_files() -> None:
    assert OPEN_PAGES.startswith(f"{early.PAGES}:") and OPEN_DOCUMENT.startswith(f"{early.OFFICE}:")


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []

    def noting(limits: Limits, opens: str = "") -> Child:
        names.append(opens)
        return Child(limits, opens=opens)

    monkeypatch.setattr(pool, "_idle", {})
    monkeypatch.setattr(pool, "Child", noting)
    return names


def test_the_child_that_was_started_opens_the_file(run, tmp_path: Path, started: list[str]) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "words that are there")]], (300, 200))
    early.start_child([str(path)], DEFAULTS)
    assert started == [early.PAGES]
    assert "words" in run("convert", path, "--source", "text-layer").stdout
    assert started == [early.PAGES], "no second one"


@pytest.mark.parametrize(
    "name", ["none.pdf", "folder", "-", "x" * 5000 + ".pdf", "a\0.pdf", "https://example.com/a.pdf"]
)
def test_no_child_is_started_for_what_is_no_file(tmp_path: Path, started: list[str], name: str) -> None:
    early.start_child([name], DEFAULTS)
    assert not started


def test_the_child_of_an_office_document_loads_what_opens_those(tmp_path: Path, started: list[str]) -> None:
    (tmp_path / "a.MD").write_text("# A")
    early.start_child([str(tmp_path / "a.MD")], DEFAULTS)
    assert started == [early.OFFICE]
