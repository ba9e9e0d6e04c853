"""A layer that is read ahead is the one that is read when it is asked for."""

from pathlib import Path

import pytest

from fakes.jobs import dying
from fakes.pdf import Text, write_pdf
from sokdok.pages.files import open_file
from sokdok.pages.isolated import IsolatedFile
from sokdok.pages.page import Page


def test_a_layer_is_read_once_ahead_of_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write_pdf(tmp_path / "a.pdf", [[Text(60, 100, f"This is page {number}.")] for number in range(3)])
    file = open_file(path)
    assert isinstance(file, IsolatedFile)
    asked = dying(monkeypatch, set(), "layer")
    file.read_ahead(1)
    assert isinstance(file.page(0), Page)
    first, second, third = file.layer(1), file.layer(0), file.layer(2)
    file.close()
    assert [layer and layer.pieces[0].text for layer in (second, first, third)] == [
        f"This is page {number}." for number in range(3)
    ]
    assert asked == [1, 0, 2]


def test_a_file_is_closed_while_a_layer_is_read_ahead(tmp_path: Path) -> None:
    file = open_file(write_pdf(tmp_path / "a.pdf", [[Text(60, 100, "One")], [Text(60, 100, "Two")]]))
    file.read_ahead(1)
    file.close()


def test_closing_a_file_twice_leaves_the_child_to_who_has_it_now(tmp_path: Path) -> None:
    first = open_file(write_pdf(tmp_path / "a.pdf", [[Text(60, 100, "One")]]))
    first.close()
    second = open_file(write_pdf(tmp_path / "b.pdf", [[Text(60, 100, "Two")]]))
    first.close()
    assert isinstance(second.page(0), Page)
    third = open_file(tmp_path / "a.pdf")
    layers = [file.layer(0) for file in (second, third)]
    assert [layer and layer.pieces[0].text for layer in layers] == ["Two", "One"]
    second.close()
    third.close()
