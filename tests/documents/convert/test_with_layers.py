"""`sokdok read` takes a PDF's own words, and asks the reader for the other pages, in order."""

from __future__ import annotations

from pathlib import Path

import pytest

from fakes.converting import FakeReader
from fakes.pdf import Text, write_pdf
from sokdok.documents.convert.with_layers import WithLayers
from sokdok.documents.grammar import parse, to_pixels
from sokdok.pages import open_pages
from sokdok.pages.page import Page
from sokdok.reading.reading import Reading

SCAN = b"q 595 0 0 842 0 0 cm BI /W 1 /H 1 /BPC 8 /CS /G ID \xe0 EI Q"
SAID = [[Text(60, 100, "Said by the file", 20)], [SCAN], [Text(60, 100, "and said again")], [SCAN]]


def readings(tmp_path: Path, reader: FakeReader, *, layout: bool = False, layers: bool = True) -> list[Reading]:
    pages = open_pages(write_pdf(tmp_path / "a.pdf", SAID), layers=layers)
    return list(WithLayers(reader, layout).read((page for page in pages if isinstance(page, Page)), batch_size=3))


def test_only_pages_that_do_not_say_it_themselves_are_read(tmp_path: Path) -> None:
    reader = FakeReader()
    found = readings(tmp_path, reader)
    assert [reading.text for reading in found] == [
        "Said by the file",
        "This is page 2.",
        "and said again",
        "This is page 4.",
    ]
    assert [reading.page for reading in found] == [0, 1, 2, 3] and reader.read_pages == [2, 4]
    assert [reading.decoder for reading in found] == ["text layer", "", "text layer", ""]


def test_an_answer_with_layout_has_blocks_and_places(tmp_path: Path) -> None:
    first = parse(readings(tmp_path, FakeReader(), layout=True)[0].text).blocks[0]
    left, top, right, bottom = to_pixels(first.boxes[0], 1000, 1000)
    assert first.text.endswith("Said by the file") and 50 < left < 150 < right and 0 < top < bottom < 200


def test_without_layers_all_pages_are_read(tmp_path: Path) -> None:
    reader = FakeReader()
    readings(tmp_path, reader, layers=False)
    assert reader.read_pages == [1, 2, 3, 4]


@pytest.mark.parametrize("status", ["failed", "truncated"])
def test_what_goes_wrong_is_told(tmp_path: Path, status: str) -> None:
    found = readings(tmp_path, FakeReader(says={2: {"status": status, "text": ""}}))
    assert [reading.status for reading in found] == ["ok", status, "ok", "ok"]
