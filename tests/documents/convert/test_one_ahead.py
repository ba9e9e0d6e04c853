"""The next file is opened while one is put together; what goes wrong there is told where the file is asked for."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from fakes.pdf import Text, write_pdf
from sokdok.documents.convert import one_ahead
from sokdok.documents.convert.conversion import Conversion
from sokdok.documents.convert.one_ahead import OneAhead
from sokdok.documents.convert.open_source import SourceFile, open_source
from sokdok.documents.convert.options import ReadOptions
from sokdok.errors import InputError
from sokdok.pages.isolated import IsolatedFile

ASKED = Conversion(ReadOptions(None, source="text-layer"))


def pdf(path: Path, words: str, pages: int = 2) -> Path:
    return write_pdf(path, [[Text(20, 30, f"{words} {page + 1}")] for page in range(pages)], (300, 200))


def wait_for(condition: Callable[[], object]) -> None:
    deadline = time.monotonic() + 60
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.01)


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The names of files in the order in which they were opened."""
    names: list[str] = []

    def noting(path: Path, **how: object) -> SourceFile:
        names.append(path.name)
        return open_source(path, **how)  # type: ignore[arg-type]

    monkeypatch.setattr(one_ahead, "open_source", noting)
    return names


def test_the_next_file_is_opened_and_its_first_layer_read_before_it_is_asked_for(
    tmp_path: Path, opened: list[str]
) -> None:
    paths = [pdf(tmp_path / f"{name}.pdf", name) for name in "abc"]
    with OneAhead(paths, ASKED, lambda path: True) as opener:
        first = opener(paths[0])
        wait_for(lambda: opened == ["a.pdf", "b.pdf"])
        first.close()
        second = opener(paths[1])
        assert isinstance(second, IsolatedFile) and second._ahead is not None and second._ahead[0] == 0
        layer = second.layer(0)
        assert layer is not None and layer.pieces[0].text == "b 1"
        second.close()
        wait_for(lambda: opened == ["a.pdf", "b.pdf", "c.pdf"])
    assert opened == ["a.pdf", "b.pdf", "c.pdf"]


def test_of_some_pages_the_first_that_is_wanted_is_read_ahead(tmp_path: Path) -> None:
    paths = [pdf(tmp_path / f"{name}.pdf", name) for name in "ab"]
    with OneAhead(paths, Conversion(ASKED.read_options, pages="2-"), lambda path: True) as opener:
        opener(paths[0]).close()
        second = opener(paths[1])
        assert isinstance(second, IsolatedFile) and second._ahead is not None and second._ahead[0] == 1
        second.close()


def test_errors_of_opening_are_told_when_the_file_is_asked_for(tmp_path: Path) -> None:
    paths = [pdf(tmp_path / "a.pdf", "a"), tmp_path / "b.pdf", tmp_path / "none.pdf", pdf(tmp_path / "d.pdf", "d")]
    paths[1].write_bytes(b"%PDF-1.7 and nothing else")
    with OneAhead(paths, ASKED, lambda path: True) as opener:
        opener(paths[0]).close()
        for path in paths[1:3]:
            with pytest.raises(InputError, match=path.name):
                opener(path)
        opener(paths[3]).close()


def test_what_will_not_be_read_is_not_opened_ahead(tmp_path: Path, opened: list[str]) -> None:
    paths = [pdf(tmp_path / f"{name}.pdf", name) for name in "ab"]
    with OneAhead(paths, ASKED, lambda path: False) as opener:
        opener(paths[0]).close()
    assert opened == ["a.pdf"]


def test_a_file_that_changed_meanwhile_is_opened_anew(tmp_path: Path) -> None:
    paths = [pdf(tmp_path / f"{name}.pdf", name) for name in "ab"]
    with OneAhead(paths, ASKED, lambda path: True) as opener:
        opener(paths[0]).close()
        pdf(tmp_path / "new.pdf", "new", pages=3)
        os.replace(tmp_path / "new.pdf", paths[1])
        file = opener(paths[1])
        assert len(file) == 3
        file.close()


def test_a_file_that_nobody_asks_for_is_closed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    closed: list[str] = []
    close = IsolatedFile.close

    def noting(self: IsolatedFile) -> None:
        if Path(self.source).parent == tmp_path:  # what another test opened ahead may be closed only now
            closed.append(Path(self.source).name)
        close(self)

    monkeypatch.setattr(IsolatedFile, "close", noting)
    paths = [pdf(tmp_path / f"{name}.pdf", name) for name in "ab"]
    with OneAhead(paths, ASKED, lambda path: True) as opener:
        opener(paths[0]).close()
    wait_for(lambda: closed == ["a.pdf", "b.pdf"])
