"""Several pages are read beside each other, a core each, and come out as they do one by one."""

from __future__ import annotations

import threading

import pytest
from PIL import Image, ImageDraw, ImageFont

from sokdok.pages import Page
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.session import bundled_folder


def picture(text: str) -> Page:
    image = Image.new("RGB", (420, 90), "white")
    ImageDraw.Draw(image).text((20, 25), text, fill="black", font=ImageFont.load_default(28))
    return Page(image, f"{text}.png")


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> NanoReader:
    monkeypatch.setattr("sokdok.reading.nano.reader.usable_cores", lambda: 2)
    return NanoReader(bundled_folder())


def test_pages_read_at_once_are_those_read_one_by_one_in_order(reader: NanoReader) -> None:
    pages = [picture(f"The number is {number}") for number in (417, 2093, 58)]
    alone = [reading for page in pages for reading in reader.read([page])]
    together = list(reader.read(pages))
    assert [reading.page for reading in together] == [0, 1, 2]
    assert [reading.text for reading in together] == [reading.text for reading in alone]
    assert "417" in together[0].text and "58" in together[2].text


def test_a_page_that_fails_leaves_the_others_whole(reader: NanoReader, monkeypatch: pytest.MonkeyPatch) -> None:
    threads: set[int] = set()
    read_page = NanoPageReader.read_page

    def noted(self: NanoPageReader, image: Image.Image, mode: str | None = None, layout: bool = True) -> object:
        threads.add(threading.get_ident())
        if image.size == (421, 90):
            raise OSError("image file is truncated")
        return read_page(self, image, mode, layout)

    monkeypatch.setattr(NanoPageReader, "read_page", noted)
    broken = Page(Image.new("RGB", (421, 90)), "broken.png")
    readings = list(reader.read([picture("first"), broken, picture("third")]))
    assert [reading.status for reading in readings] == ["ok", "failed", "ok"]
    assert readings[1].error == "image file is truncated"
    assert threading.get_ident() not in threads
