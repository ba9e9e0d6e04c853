"""Office files from Python: pictures that the file holds by itself, and an encoding that is named."""

from __future__ import annotations

from pathlib import Path

import pytest

import sokdok
from fakes.converting import FakeReader
from fakes.office import docx, png, related


def test_figures_are_the_files_own_pictures(tmp_path: Path) -> None:
    pytest.importorskip("docx")
    drawing = "<w:p><w:r><w:drawing><a:blip r:embed='{}'/></w:drawing></w:r></w:p>"
    relations = related("a", "a.png") + related("b", "b.emf")
    parts = {"a.png": png((9, 5), "blue"), "b.emf": b"\1\0\0\0"}
    path = docx(tmp_path / "x.docx", drawing.format("a") + drawing.format("b"), parts, relations)
    for file in (path, path.read_bytes()):
        document = sokdok.convert(file, reader=FakeReader())
        image = document.figures[0].image
        assert image.size == (9, 5) and image.convert("RGB").getpixel((0, 0)) == (0, 0, 255)
        with pytest.raises(sokdok.SokdokError, match="can't be shown"):
            _ = document.figures[1].image


def test_an_encoding_can_be_named(tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_bytes("Größe;1\nLänge;2".encode("cp1252"))
    document = sokdok.convert(tmp_path / "x.csv", reader=FakeReader(), encoding="cp1252")
    assert document.tables[0].cells.grid() == [["Größe", "1"], ["Länge", "2"]]
