"""Whatever has pages, through a reader."""

from __future__ import annotations

from collections.abc import Generator, Iterator
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from sokdok.errors import InputError
from sokdok.pages import Page
from sokdok.reading import Reading, load, read
from sokdok.reading.inputs import read_inputs

BLANK = Image.new("RGB", (8, 8), "white")


def report() -> Image.Image:
    image = Image.new("RGB", (260, 64), "white")
    ImageDraw.Draw(image).text((12, 16), "Report of 1999", fill="black", font=ImageFont.load_default(24))
    return image


def two_at_a_time(pages: Iterator[Page]) -> Generator[Reading, None, None]:
    """A reader that takes two pages before it answers."""
    for place, page in enumerate(pages):
        if place % 2:
            yield from (Reading(number, page.source, "ok", str(number)) for number in (place - 1, place))


def test_a_page_that_can_not_be_opened_has_its_place(tmp_path: Path) -> None:
    lost = tmp_path / "lost.png"
    readings = list(read_inputs([lost, BLANK, lost, BLANK, lost], two_at_a_time))
    assert [(reading.page, reading.status) for reading in readings] == [
        (0, "failed"),
        (1, "ok"),
        (2, "failed"),
        (3, "ok"),
        (4, "failed"),
    ]
    assert [reading.text for reading in readings] == ["", "0", "", "1", ""]
    assert readings[0].error == f"{lost}: no such file"


def test_closing_early_closes_the_reader() -> None:
    closed = []

    def endless(pages: Iterator[Page]) -> Generator[Reading, None, None]:
        try:
            for place, page in enumerate(pages):
                yield Reading(place, page.source, "ok", "")
        finally:
            closed.append(True)

    readings = read_inputs([BLANK, BLANK], endless)
    next(readings)
    readings.close()  # type: ignore[attr-defined]
    assert closed == [True]


def test_nano_takes_a_picture_an_array_a_file_and_its_content(tmp_path: Path) -> None:
    path = tmp_path / "report.png"
    report().save(path)
    inputs = [report(), np.asarray(report()), path, str(path), path.read_bytes()]
    assert [reading.text for reading in load().read(inputs)] == ["Report of 1999"] * 5
    (alone,) = read(path)
    assert (alone.text, alone.source, alone.page) == ("Report of 1999", str(path), 0)


def test_what_is_no_input_is_said_before_anything_is_read() -> None:
    with pytest.raises(InputError, match="a PIL image, an array of pixels or a Page was expected"):
        read(5)  # type: ignore[arg-type]
