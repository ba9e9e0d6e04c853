"""Text at another angle than its page's."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from fakes.type_pages import text_page
from sokdok.pages.page import Page
from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.session import bundled_folder
from sokdok.reading.nano.slanted import slanted_lines
from sokdok.reading.nano.text_detector import DetectedLine

STAMP = "Archive 2411.01234 of 14 March"


@pytest.fixture(scope="module")
def nano() -> NanoReader:
    return NanoReader(bundled_folder(), threads=1)


def stamped(turned: int) -> Image.Image:
    """A page of type, moved to the right, with a stamp in its left margin that is turned clockwise."""
    page = text_page(columns=1)[0]
    image = Image.new("RGB", (1080, page.height), "white")
    image.paste(page, (80, 0))
    stamp = Image.new("RGB", (440, 40), "white")
    ImageDraw.Draw(stamp).text((8, 4), STAMP, "black", ImageFont.load_default(26))
    image.paste(stamp.rotate(-turned, expand=True), (30, 120))
    return image


@pytest.mark.parametrize("turned", [270, 90])
def test_a_stamp_in_the_margin_is_a_block_of_its_own(nano: NanoReader, turned: int) -> None:
    (reading,) = nano.read([Page(stamped(turned), "stamped.png")])
    (plain,) = nano.read([Page(text_page(columns=1)[0], "plain.png")])
    rest, _, stamp = reading.text.rpartition("\n\n")
    assert Levenshtein.distance(stamp.replace(" ", ""), STAMP.replace(" ", "")) <= 1
    assert Levenshtein.normalized_similarity(rest.split(), plain.text.split()) > 0.98  # a stamp costs no line
    (line,) = [line for line in reading.lines if line.turned]
    assert line.box.right < 90 and line.box.height > 300
    begin, end = line.words[0].box.middle[1], line.words[-1].box.middle[1]
    assert (begin > end) == (turned == 270)


def test_a_column_of_numbers_stays_one(nano: NanoReader) -> None:
    image = Image.new("RGB", (700, 700), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for row in range(12):
        draw.text((60, 40 + 50 * row), f"Chapter number {row + 1} of the report", "black", font)
        draw.text((620, 40 + 50 * row), str(row % 9 + 1), "black", font)
    (reading,) = nano.read([Page(image, "numbers.png")])
    assert not any(line.turned for line in reading.lines)


def slanted(angle: float, lines: Sequence[str]) -> Image.Image:
    """A page of type with lines below it that are turned clockwise."""
    page = text_page(columns=1)[0]
    image = Image.new("L", (1000, 1500), 255)
    image.paste(page.convert("L"), (0, 0))
    note = Image.new("L", (460, 40 + 36 * len(lines)), 255)
    for row, line in enumerate(lines):
        ImageDraw.Draw(note).text((20, 20 + 36 * row), line, 0, ImageFont.load_default(26))
    image.paste(note.rotate(-angle, Image.Resampling.BICUBIC, expand=True, fillcolor=255), (200, 920))
    return image


@pytest.mark.parametrize("angle", [18, -20, 45, 135, 270])
def test_lines_at_any_angle_are_read(nano: NanoReader, angle: int) -> None:
    note = ["Received with thanks 3,024 units", "checked by the storekeeper"]
    (reading,) = nano.read([Page(slanted(angle, note).convert("RGB"), "note.png")])
    assert reading.text.rpartition("\n\n")[2].splitlines() == note
    found = [line for line in reading.lines if line.turned]
    assert len(found) == 2 and all(abs((line.turned - angle + 180) % 360 - 180) < 3 for line in found)


@pytest.mark.parametrize("angle", [25, -40])
def test_a_page_that_lies_at_an_angle_is_straightened(nano: NanoReader, angle: int) -> None:
    image, text = text_page(columns=1)
    (reading,) = nano.read([Page(image.rotate(-angle, Image.Resampling.BICUBIC, True, fillcolor="white"), "a.png")])
    assert Levenshtein.normalized_similarity(reading.text.split(), text.split()) > 0.97
    assert (
        not any(line.turned for line in reading.lines) and reading.pose is not None and not reading.pose.quarters_only
    )


def test_letters_below_each_other_are_a_word(nano: NanoReader) -> None:
    image = slanted(0, [])
    for row, letter in enumerate("UPRIGHT"):
        ImageDraw.Draw(image).text((500, 960 + 40 * row), letter, 0, ImageFont.load_default(32))
    (reading,) = nano.read([Page(image.convert("RGB"), "letters.png")])
    assert [line.text for line in reading.lines if line.turned] == ["UPRIGHT"]


@pytest.mark.parametrize(("sure", "lines", "places"), [(0.95, 1, 0), (0.8, 0, 1), (0.4, 0, 0)])
def test_type_that_is_nearly_read_at_an_angle_is_named(sure: float, lines: int, places: int) -> None:
    def look(picture: np.ndarray) -> list[DetectedLine]:
        height, width = picture.shape
        return [DetectedLine((0.0, height / 2), (float(width), height / 2), 20.0, "text", 0.9)]

    def read(picture: np.ndarray, lines: Sequence[DetectedLine]) -> list[LineText]:
        return [LineText("scribble", np.zeros(8, np.float32), np.full(8, sure, np.float32)) for _ in lines]

    gray = np.asarray(slanted(30, ["Nearly legible"]).crop((0, 880, 1000, 1500)))
    found, unread = slanted_lines(gray, [], [], look, read)
    assert (len(found), len(unread)) == (lines, places)
