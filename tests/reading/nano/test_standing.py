"""Text that stands in the margin of an upright page."""

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
from sokdok.reading.nano.standing import standing_lines
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


def test_a_stack_of_ink_too_faint_to_find_is_looked_at_whole() -> None:
    gray = np.full((400, 300), 200, np.uint8)
    found = [DetectedLine((40.0, y), (52.0, y), 12.0, "text", 0.9) for y in range(60, 300, 30)]
    nonsense = LineText("x", np.zeros(1, np.float32), np.full(1, 0.4, np.float32))
    seen: list[tuple[int, ...]] = []

    def look(area: np.ndarray) -> list[DetectedLine]:
        seen.append(area.shape)
        return []

    lines = standing_lines(gray, found, [nonsense] * len(found), look, _no_texts)
    assert lines == [] and len(seen) == 2 and seen[0][1] > 210


def _no_texts(gray: np.ndarray, lines: Sequence[DetectedLine]) -> list[LineText]:
    return []
