"""Pages that lie on their side, upside down or askew read as those that lie straight; places are the picture's own."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from fakes.type_pages import text_page
from sokdok.documents import grammar
from sokdok.pages.page import Page
from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.session import bundled_folder
from sokdok.reading.nano.text_detector import DetectedLine
from sokdok.reading.nano.upright import find_turn, sample_confidence, stand

LAYOUT = "<image>\n<|grounding|>Convert the document to markdown."


@pytest.fixture(scope="module")
def nano() -> NanoReader:
    return NanoReader(bundled_folder(), threads=1)


@pytest.fixture(scope="module")
def straight(nano: NanoReader) -> str:
    return read(nano, text_page()[0])


def read(nano: NanoReader, image: Image.Image, prompt: str = "Free OCR.") -> str:
    (reading,) = nano.read([Page(image, "page.png")], prompt)
    return reading.text


def alike(a: str, b: str) -> float:
    return Levenshtein.normalized_similarity(a, b)


def table_page() -> Image.Image:
    """A ruled table of four rows and three columns below two lines of text."""
    image = Image.new("RGB", (1000, 700), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for row, text in enumerate(
        ("Costs of the journey to the coast, in crowns,", "as the office asked for them in May:")
    ):
        draw.text((80, 60 + 40 * row), text, "black", font)
    cells = ("item", "sum", "note", "train", "119,600", "second class", "hotel", "184,000", "two nights")
    cells = (*cells, "meals", "63,500", "three a day")
    for i, text in enumerate(cells):
        draw.text((100 + 280 * (i % 3), 208 + 60 * (i // 3)), text, "black", font)
    for row in range(5):
        draw.line((80, 192 + 60 * row, 920, 192 + 60 * row), "black", 2)
    for column in range(4):
        draw.line((80 + 280 * column, 192, 80 + 280 * column, 432), "black", 2)
    return image


@pytest.mark.parametrize("degrees", [90, 180, 270])
def test_a_turned_page_is_read_as_well_as_the_straight_one(nano: NanoReader, straight: str, degrees: int) -> None:
    turned = text_page()[0].rotate(-degrees, expand=True)
    assert alike(read(nano, turned), straight) > 0.99


def test_places_are_those_of_the_picture_that_was_given(nano: NanoReader) -> None:
    page = text_page(columns=1)[0]
    markup = read(nano, page.rotate(-90, expand=True), LAYOUT)
    (box,) = grammar.parse(markup).blocks[0].boxes
    # The page's top is the picture's right: its lines begin 60 pixels from there, and 50 below the picture's top.
    assert box.x2 > 900 and box.y1 < 80 and box.y2 > 900


@pytest.mark.parametrize("degrees", [3.5, -9.0])
def test_a_skewed_table_keeps_its_rows(nano: NanoReader, degrees: float) -> None:
    skewed = table_page().rotate(degrees, Image.Resampling.BICUBIC, expand=True, fillcolor="white")
    markup = read(nano, skewed, LAYOUT)
    rows = "<tr><td>train</td><td>119,600</td><td>second class</td></tr><tr><td>hotel</td><td>184,000</td>"
    assert rows in markup.replace("\n", "")


def test_type_as_large_as_a_poster_s_is_read(nano: NanoReader) -> None:
    image = Image.new("RGB", (1500, 700), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(110)
    for row, text in enumerate(("Report of 1999", "All is well here")):
        draw.text((150, 150 + 200 * row), text, "black", font)
    assert read(nano, image).split() == ["Report", "of", "1999", "All", "is", "well", "here"]


def test_a_page_of_small_print_is_not_given_up_for_its_large_title(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its longest lines, in hand, read badly; seen smaller, the title reads well, and nothing else is there."""
    reader = NanoPageReader(bundled_folder(), threads=1)
    page = np.full((1200, 900), 255, np.uint8)

    def detect(gray: np.ndarray, zoom: float = 1.0) -> list[DetectedLine]:
        if gray.shape != page.shape:
            return [DetectedLine((20.0, 40.0), (260.0, 40.0), 30.0, "text", 0.9)]
        hand = [DetectedLine((50.0, 300.0 + 40 * i), (850.0, 300.0 + 40 * i), 20.0, "text", 0.9) for i in range(12)]
        return hand + [
            DetectedLine((50.0, 800.0 + 12 * i), (150.0, 800.0 + 12 * i), 10.0, "text", 0.9) for i in range(30)
        ]

    def texts(gray: np.ndarray, found: Sequence[DetectedLine], squeeze: float = 1.0) -> list[LineText]:
        known = {20.0: said("a hand that nobody reads", 0.5), 10.0: said("small print", 0.99)}
        return [known.get(line.em, said("THE TITLE", 0.99)) for line in found]

    monkeypatch.setattr(reader, "detect", detect)
    monkeypatch.setattr(reader, "as_print", texts)
    seen = reader.see(Image.fromarray(page))
    assert sum(line.text == "small print" for line in seen.lines) == 30


def test_small_type_that_reads_badly_is_looked_at_closer(monkeypatch: pytest.MonkeyPatch) -> None:
    reader = NanoPageReader(bundled_folder(), threads=1)
    page = np.full((1400, 1000), 255, np.uint8)

    def detect(gray: np.ndarray, zoom: float = 1.0) -> list[DetectedLine]:
        em = 7.0 if zoom == 1 else 8.0  # what is hardly seen is taken for smaller than it is
        return [DetectedLine((50.0, 100.0 + 10 * i), (450.0, 100.0 + 10 * i), em, "text", 0.9) for i in range(40)]

    def texts(gray: np.ndarray, found: Sequence[DetectedLine], squeeze: float = 1.0) -> list[LineText]:
        return [said("all of this line", 0.97 if line.em == 8 else 0.7) for line in found]

    monkeypatch.setattr(reader, "detect", detect)
    monkeypatch.setattr(reader, "as_print", texts)
    assert {line.em for line in reader.see(Image.fromarray(page)).lines} == {8.0}
    monkeypatch.setattr(reader, "as_print", lambda gray, found, squeeze=1.0: [said("all of it", 0.7)] * len(found))
    assert {line.em for line in reader.see(Image.fromarray(page)).lines} == {7.0}  # no better for that


def said(text: str, sure: float) -> LineText:
    """A line with the same probability for all of its symbols."""
    return LineText(text, np.arange(len(text), dtype=np.float32), np.full(len(text), sure, np.float32))


def test_hands_and_noise_are_not_turned_for_a_little_more_confidence(nano: NanoReader) -> None:
    image = Image.effect_noise((600, 400), 90).convert("RGB")
    assert nano.lines is not None
    assert nano.lines.see(image).pose.turned == 0


def test_pieces_as_short_as_they_are_high_stand() -> None:
    def line(width: float) -> DetectedLine:
        return DetectedLine((0.0, 0.0), (width, 0.0), 20.0, "text", 0.9)

    assert stand([line(20)] * 5 + [line(300)])
    assert not stand([line(20)] * 2 + [line(90)] * 3)
    assert not stand([line(20)] * 2)


def line_of(width: float) -> DetectedLine:
    return DetectedLine((0.0, 50.0), (width, 50.0), 20.0, "text", 0.9)


@pytest.mark.parametrize(("sideways", "expected"), [(0.97, 90), (0.7, 0)])
def test_a_side_is_chosen_if_it_reads_well_and_not_if_it_is_somewhat_better_noise(
    sideways: float, expected: int
) -> None:
    def read(gray: np.ndarray, lines: Sequence[DetectedLine]) -> list[LineText]:
        sure = sideways if gray.shape[0] > gray.shape[1] else 0.5
        return [LineText("xxxxxxxx", np.arange(8), np.full(8, sure)) for _ in lines]

    page = np.full((100, 200), 255, np.uint8)
    assert find_turn(page, [line_of(20)] * 5, 0.5, lambda gray: [line_of(90)] * 3, read) == expected


def test_lines_of_which_nothing_is_read_make_a_sample_unsure() -> None:
    """A head that stands upright on a page that lies on its side must not speak for all of it."""
    lines = [DetectedLine((0, 30 * at), (60, 30 * at), 20, "text", 0.9) for at in range(6)]
    head = LineText("SOLDIERS INTERRED", np.zeros(17), np.full(17, 0.9))
    nothing = LineText("", np.zeros(0), np.zeros(0))
    page = np.zeros((200, 200), np.uint8)
    assert sample_confidence(page, lines[:1], lambda _, found: [head]) == pytest.approx(0.9)
    sampled = sample_confidence(page, lines, lambda _, found: [head, *[nothing] * (len(found) - 1)])
    assert sampled == pytest.approx(0.9 * 17 / (17 + 5 * 3))
