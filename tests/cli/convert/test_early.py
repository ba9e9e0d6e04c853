"""The child that will open the first file is started before anything else is loaded, and it is the one that is used."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from sokdok.cli.convert import early
from sokdok.isolation import DEFAULTS, process
from sokdok.office import servant as office
from sokdok.pages import servant as pages


def test_the_names_are_those_of_the_servants() -> None:
    assert (early.PAGES, early.OFFICE) == (pages.NAME, office.NAME)


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    names: list[str] = []
    start = process.Process.start

    def noting(self: process.Process) -> None:
        if not self.running:
            names.append(self.servant)
        start(self)

    monkeypatch.setattr(process, "_idle", {})
    monkeypatch.setattr(process.Process, "start", noting)
    return names


def test_the_child_that_was_started_opens_the_file(run, tmp_path: Path, started: list[str]) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(20, 30, "words that are there")]], (300, 200))
    early.start_child([str(path)], DEFAULTS)
    assert started == [pages.NAME]
    assert "words" in run("convert", path, "--source", "text-layer").stdout
    assert started == [pages.NAME], "no second one"


@pytest.mark.parametrize(
    "name", ["none.pdf", "folder", "-", "x" * 5000 + ".pdf", "a\0.pdf", "https://example.com/a.pdf"]
)
def test_no_child_is_started_for_what_is_no_file(tmp_path: Path, started: list[str], name: str) -> None:
    early.start_child([name], DEFAULTS)
    assert not started


def test_office_documents_have_a_child_of_their_own(tmp_path: Path, started: list[str]) -> None:
    (tmp_path / "a.MD").write_text("# A")
    early.start_child([str(tmp_path / "a.MD")], DEFAULTS)
    assert started == [office.NAME]
