"""Pictures are cut out of their page; what was not read is no figure to parse."""

from pathlib import Path

import pytest
from PIL import Image

from sokdok.documents.blocks import FORMULA_NOT_READ, UNREAD, Block
from sokdok.documents.document import DocumentPage
from sokdok.documents.source import PagePictures, save_pictures


def test_what_was_not_read_is_shown_and_not_parsed(tmp_path: Path) -> None:
    parsed: list[Path] = []

    def parse(crop: Image.Image, path: Path) -> None:
        parsed.append(path)

    blocks = (Block(UNREAD, (10, 10, 30, 20), FORMULA_NOT_READ), Block("image", (10, 30, 40, 50), ""))
    page = DocumentPage(1, 50, 60, blocks)
    pictures = PagePictures(lambda: pytest.fail("it is drawn already"))
    pictures.keep(page, Image.new("RGB", (50, 60)))
    page = save_pictures(page, pictures, tmp_path / "images", parse)
    assert [block.figure for block in page.blocks] == ["images/page-0001-1.png", "images/page-0001-2.png"]
    assert Image.open(tmp_path / "images/page-0001-1.png").size == (20, 10)
    assert [path.name for path in parsed] == ["page-0001-2.png"]
