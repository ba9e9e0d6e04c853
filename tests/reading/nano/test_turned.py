"""Pages that lie on their side, upside down or askew read as those that lie straight; places are the picture's own.

Text at another angle than its page's.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont
from rapidfuzz.distance import Levenshtein

from fakes.type_pages import text_page
from sokdok.documents.build import parse_markup
from sokdok.model.nano.session import bundled_folder
from sokdok.pages.page import Page
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.page_reader import NanoPageReader
from sokdok.reading.nano.reader import NanoReader
from sokdok.reading.nano.text_detector import DetectedLine
from sokdok.reading.nano.turned import find_turn, letters_of, sample_confidence, set_upright, slanted_lines, stand

LAYOUT = "<image>\n<|grounding|>Convert the document to markdown."


@pytest.fixture(scope="module")
def nano() -> NanoReader:
    return NanoReader(bundled_folder(), threads=1)


@pytest.fixture(scope="module")
def straight(nano: NanoReader) -> str:
    return read(nano, text_page(columns=1)[0])


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
    turned = text_page(columns=1)[0].rotate(-degrees, expand=True)
    assert alike(read(nano, turned), straight) > 0.99


def test_places_are_those_of_the_picture_that_was_given(nano: NanoReader) -> None:
    page = text_page(columns=1)[0]
    markup = read(nano, page.rotate(-90, expand=True), LAYOUT)
    (box,) = parse_markup(markup).blocks[0].boxes
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
        if max(gray.shape) < max(page.shape):
            return [DetectedLine((20.0, 40.0), (260.0, 40.0), 30.0, "text", 0.9)]
        hand = [DetectedLine((50.0, 300.0 + 40 * i), (850.0, 300.0 + 40 * i), 20.0, "text", 0.9) for i in range(12)]
        return hand + [
            DetectedLine((50.0, 800.0 + 12 * i), (150.0, 800.0 + 12 * i), 10.0, "text", 0.9) for i in range(30)
        ]

    def texts(gray: np.ndarray, found: Sequence[DetectedLine], *asked: object) -> list[LineText]:
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

    def texts(gray: np.ndarray, found: Sequence[DetectedLine], *asked: object) -> list[LineText]:
        return [said("all of this line", 0.97 if line.em == 8 else 0.7) for line in found]

    monkeypatch.setattr(reader, "detect", detect)
    monkeypatch.setattr(reader, "as_print", texts)
    assert {line.em for line in reader.see(Image.fromarray(page)).lines} == {8.0}
    monkeypatch.setattr(reader, "as_print", lambda gray, found, *asked: [said("all of it", 0.7)] * len(found))
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


STAMP = "Archive 2411.01234 of 14 March"


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
def test_a_stamp_in_the_margin_is_a_block_of_its_own(nano: NanoReader, straight: str, turned: int) -> None:
    (reading,) = nano.read([Page(stamped(turned), "stamped.png")])
    rest, _, stamp = reading.text.rpartition("\n\n")
    assert Levenshtein.distance(stamp.replace(" ", ""), STAMP.replace(" ", "")) <= 1
    assert Levenshtein.normalized_similarity(rest.split(), straight.split()) > 0.98  # a stamp costs no line
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
    assert not any(line.turned for line in reading.lines)
    assert reading.pose is not None and not reading.pose.quarters_only


def test_letters_below_each_other_are_a_word(nano: NanoReader) -> None:
    image = slanted(0, [])
    for row, letter in enumerate("UPGRADE"):
        ImageDraw.Draw(image).text((500, 960 + 40 * row), letter, 0, ImageFont.load_default(32))
    (reading,) = nano.read([Page(image.convert("RGB"), "letters.png")])
    assert "\n\nU\nP\nG\nR\nA\nD\nE" in reading.text  # which a document joins


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


def column_page() -> tuple[np.ndarray, list[DetectedLine], list[DetectedLine]]:
    """A page of two columns of twelve letters, its lines as it is, and those of the page turned."""
    page, corners = np.full((400, 200), 255, np.uint8), [(x, 40 + 25 * at) for x in (150, 100) for at in range(12)]
    for x, y in corners:
        page[y : y + 20, x : x + 4] = page[y + 16 : y + 20, x : x + 20] = 0
    page[343:346, 158:161] = 0  # a full stop
    found = [DetectedLine((x, y + 10.0), (x + 20.0, y + 10.0), 22.0, "text", 0.9) for x, y in corners]
    return page, found, [DetectedLine((40.0, y), (346.0, y), 22.0, "text", 0.9) for y in (40.0, 90.0)]


def test_letters_of_columns_are_set_upright_and_signs_stay() -> None:
    page, _, lines = column_page()
    level, letter = np.rot90(page).copy(), page[40:60, 150:170]
    set_upright(level, lines)
    assert all((level[top : top + 20, y : y + 20] == letter).all() for top in (30, 80) for y in range(40, 340, 25))
    assert (level == 0).sum() == (page == 0).sum() and (level[39:42, 343:346] == 0).all()
    touching = np.ones((20, 60), bool)
    touching[1:, [20, 41]] = False  # hardly any ink where one ends
    assert list(letters_of(touching, 22.0)) == [(0, 20), (20, 41), (41, 60)]


@pytest.mark.parametrize(("said_so", "count", "degrees"), [("가", 2, 90), ("7", 24, 0)])
def test_columns_of_letters_that_are_set_so_are_lines(
    monkeypatch: pytest.MonkeyPatch, said_so: str, count: int, degrees: int
) -> None:
    (page, found, lines), reader = column_page(), NanoPageReader(bundled_folder(), threads=1)
    monkeypatch.setattr(reader, "detect", lambda gray, zoom=1.0: found if len(gray) == 400 else lines)
    monkeypatch.setattr(reader, "as_print", lambda gray, some, *rest: [said(12 * said_so, 0.99) for _ in some])
    seen = reader.see(Image.fromarray(page).convert("RGB"))
    assert (len(seen.lines), seen.pose.turned) == (count, degrees)
