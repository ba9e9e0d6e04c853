"""Pages through a reader: in order, whatever the reader does, and never more pixels at a time than are allowed."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import islice

import pytest
from PIL import Image

from sokdok.cli.ui import files
from sokdok.cli.ui.files import read_in_order
from sokdok.errors import EndpointError
from sokdok.pages import Page, PageError
from sokdok.reading import Reading


class Reader:
    """Reads in batches of `batch_size`; says each page's number, and breaks at those of `breaks`."""

    def __init__(self, breaks: dict[int, Exception] | None = None) -> None:
        self.breaks = breaks or {}
        self.held: list[int] = []
        """pixels of each batch"""

    def read(self, pages: Iterable[Page], batch_size: int = 3) -> Iterator[Reading]:
        stream = iter(pages)
        count = 0
        while batch := list(islice(stream, batch_size)):
            self.held.append(sum(page.size[0] * page.size[1] for page in batch))
            for page in batch:
                if page.index in self.breaks:
                    raise self.breaks[page.index]
                yield Reading(count, page.source, "ok", str(page.index))
                count += 1


def page(index: int) -> Page:
    return Page(Image.new("RGB", (10, 10)), "a.pdf", index)


def said(readings: Iterable[tuple[Page | PageError, Reading]]) -> list[str]:
    found = list(readings)
    assert [reading.page for _, reading in found] == list(range(len(found)))
    return [reading.text or reading.error for _, reading in found]


def test_what_cannot_be_opened_keeps_its_place() -> None:
    pages = [PageError("a", None, "none"), page(1), PageError("b", 2, "bad"), page(3), PageError("c", 4, "worse")]
    assert said(read_in_order(Reader(), pages)) == ["none", "1", "bad", "3", "worse"]


def test_a_reader_that_breaks_fails_what_it_had_in_hand_and_reads_on() -> None:
    reader = Reader({1: ValueError("no"), 7: OverflowError("too much")})
    readings = said(read_in_order(reader, [page(number) for number in range(9)]))
    broken = "the reader broke (ValueError: no)"
    assert readings == ["0", broken, broken, "3", "4", "5", "6", *["the reader broke (OverflowError: too much)"] * 2]


def test_what_is_meant_for_the_user_passes_through() -> None:
    with pytest.raises(EndpointError):
        list(read_in_order(Reader({0: EndpointError("it is away")}), [page(0)]))


def test_a_reader_that_breaks_before_it_takes_a_page_is_no_pages_fault() -> None:
    with pytest.raises(TypeError):
        list(read_in_order(Reader(), [page(0)], nonsense=True))


def test_a_page_without_an_answer_is_a_failed_page() -> None:
    class Silent(Reader):
        def read(self, pages: Iterable[Page], batch_size: int = 3) -> Iterator[Reading]:
            list(pages)
            return iter(())

    assert said(read_in_order(Silent(), [page(0)])) == ["the reader gave no answer for this page"]


def test_pixels_bound_what_a_reader_holds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(files, "WINDOW_PIXELS", 150)
    reader = Reader()
    assert said(read_in_order(reader, [page(number) for number in range(5)])) == ["0", "1", "2", "3", "4"]
    assert max(reader.held) == 200
