"""nano on pages that it did not draw: the bundled checkpoint reads type in columns."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFilter, ImageFont, ImageOps
from rapidfuzz.distance import Levenshtein

from fakes.type_pages import text_page
from sokdok.documents.build import parse_markup
from sokdok.model.nano.session import bundled_folder
from sokdok.pages.files import open_pages
from sokdok.pages.page import Page
from sokdok.reading.nano import line_reader
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.page_reader import BUDGETS, NanoPageReader, without_watermarks
from sokdok.reading.nano.reader import NanoReader, asks_for_layout, looks_drawn
from sokdok.reading.nano.text_detector import DetectedLine


def fidelity(a: str, b: str) -> float:
    return Levenshtein.normalized_similarity(" ".join(a.split()), " ".join(b.split()))


@pytest.fixture(scope="module")
def nano() -> NanoReader:
    return NanoReader(bundled_folder(), threads=1)


def test_two_columns_of_type_are_read_in_order(nano: NanoReader) -> None:
    image, text = text_page()
    (reading,) = nano.read([Page(image, "type.png")])
    assert reading.status == "ok" and reading.decoder == "lines"
    assert fidelity(reading.text, text) > 0.95
    assert 0 < reading.vision_tokens <= BUDGETS[reading.mode]


def test_a_fax_whose_pixels_are_twice_as_high_as_wide_is_read(nano: NanoReader, tmp_path: Path) -> None:
    image, text = text_page(columns=1, size=26)
    squashed = image.resize((image.width, image.height * 98 // 204)).convert("1", dither=Image.Dither.NONE)
    squashed.save(tmp_path / "fax.tif", dpi=(204, 98))
    (reading,) = nano.read([page for page in open_pages(tmp_path / "fax.tif") if isinstance(page, Page)])
    assert fidelity(reading.text, text) > 0.95


@pytest.mark.parametrize("mode", [None, "base"])
@pytest.mark.parametrize(
    ("word", "size", "share"),
    [("URGENT", 150, 0.35), ("50%", 300, 1.0)],  # strokes that fell to pieces, and a digit so large that it is not seen
)
def test_large_type_is_read_beside_small_print(
    nano: NanoReader, word: str, size: int, share: float, mode: str | None
) -> None:
    image, text = text_page(columns=1)
    shape = Image.new("L", image.size)
    ImageDraw.Draw(shape).text((120, 560), word, 255, ImageFont.load_default(size))
    dots = (np.asarray(shape) > 0) & (np.random.default_rng(0).random(shape.size[::-1]) < share)
    page = Page(Image.fromarray(np.where(dots[..., None], 0, np.asarray(image)).astype("u1")), "fax")
    (reading,) = nano.read([page], mode=mode)
    assert fidelity(reading.text, f"{text} {word}") > 0.95 and word in reading.text.split()


def test_rows_of_short_texts_stay_together_on_a_page_that_leans(nano: NanoReader) -> None:
    image, menu = Image.new("RGB", (800, 600), "white"), {"Soup": "6.10", "Rice": "5.25", "Tea": "4.70", "Beer": "3.95"}
    for row, pair in enumerate(menu.items()):
        for x, text in zip((80, 640), pair, strict=True):
            ImageDraw.Draw(image).text((x, 150 + 45 * row), text, "black", ImageFont.load_default(30))
    (reading,) = nano.read([Page(image.rotate(4, Image.Resampling.BICUBIC, fillcolor="white"), "menu")])
    place = {line.text: line.box.middle[1] for line in reading.lines}
    assert all(abs(place[name] - place[price]) < 9 for name, price in menu.items())


def test_letters_in_a_row_of_boxes_are_one_text_and_those_of_a_grid_are_not(nano: NanoReader) -> None:
    image, form = Image.new("RGB", (900, 560), "white"), {"Surname": "HAWTHORNE", "Telephone": "02 555 0183"}
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(24)
    for y, (label, value) in zip((60, 130), form.items(), strict=True):
        draw.text((40, y + 6), label, "black", font)
        for x, letter in enumerate(value):
            draw.rectangle((300 + 40 * x, y, 340 + 40 * x, y + 40), outline="#555", width=2)
            draw.text((320 + 40 * x, y + 20), letter, "black", font, anchor="mm")
    for at, digit in enumerate("314159265"):  # sides of squares here, too, but no row by itself
        x, y = 300 + 60 * (at % 3), 260 + 60 * (at // 3)
        draw.rectangle((x, y, x + 60, y + 60), outline="black", width=2)
        draw.text((x + 30, y + 30), digit, "black", font, anchor="mm")
    (reading,) = nano.read([Page(image, "form")])
    said = [line.text for line in reading.lines]
    assert {*form.values(), *"314"} < {*said} and "314" not in said


def test_layout_comes_in_the_family_s_markup_with_places(nano: NanoReader) -> None:
    image, text = text_page(columns=1)
    (reading,) = nano.read([Page(image, "type.png")], "<image>\n<|grounding|>Convert the document to markdown.")
    parsed = parse_markup(reading.text)
    assert not parsed.warnings
    assert fidelity(" ".join(block.text for block in parsed.blocks), text) > 0.95
    (box,) = parsed.blocks[0].boxes
    assert abs(box.x1 - 50) < 15 and box.y1 < 90 and 850 < box.x2 < 970
    assert asks_for_layout("<image>document parsing.") and not asks_for_layout("<image>\nFree OCR.")


def test_a_mode_is_a_budget_and_a_page_that_does_not_fit_says_so(
    nano: NanoReader, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(BUDGETS, "tiny", 4)  # a quarter of what the page takes, and lines are squeezed to two fifths
    page = Page(text_page(columns=1, size=14)[0], "long.png")
    free, tight = (next(nano.read([page], mode=mode)) for mode in (None, "tiny"))
    assert free.vision_tokens > 4 >= tight.vision_tokens > 0
    assert free.status == "ok" and tight.status == "truncated"
    assert len(tight.text) < len(free.text)


def _pale(image: Image.Image, share: float) -> Image.Image:
    """A page on paper with a little noise, and so much of its ink."""
    ink = 255 - np.asarray(image.convert("L")).astype(float)
    paper = np.random.default_rng(0).normal(230, 1, ink.shape)
    return Image.fromarray((paper - share * ink).astype(np.uint8))


def test_a_page_so_pale_that_people_hardly_see_it_is_read(nano: NanoReader) -> None:
    image, text = text_page(columns=1)
    (reading,) = nano.read([Page(_pale(image, 0.045), "pale.png")])
    assert fidelity(reading.text, text) > 0.95


def test_noise_and_what_shows_through_from_behind_are_no_text(nano: NanoReader) -> None:
    image, _ = text_page(columns=1)
    behind = ImageOps.mirror(image.convert("L")).filter(ImageFilter.GaussianBlur(1.5))
    for page in (_pale(behind, 0.1), _pale(Image.new("L", image.size, "white"), 0)):
        (reading,) = nano.read([Page(page, "back.png")])
        assert reading.text == ""


def watermarked(levels: np.ndarray | int, place: tuple[slice, slice], over: bool = False) -> np.ndarray:
    """A page of lines of strokes, type of 20 pixels, with a watermark under or over them."""
    gray = np.full((400, 400), 240, np.uint8)
    for y in range(20, 380, 30):
        for x in range(20, 380, 8):
            gray[y : y + 14, x : x + 3] = 20
    gray[place] = levels if over else np.minimum(gray[place], levels)
    return gray


ACROSS = (slice(60, 260), slice(150, 250))


def test_type_on_a_watermark_is_seen_as_on_paper_and_one_that_hides_what_it_lies_on_is_named() -> None:
    clear, opaque = without_watermarks(watermarked(150, ACROSS), 20)
    assert np.abs(clear.astype(int) - watermarked(255, ACROSS)).max() < 40 and not opaque
    _, (box,) = without_watermarks(watermarked(150, ACROSS, over=True), 20)
    assert box == pytest.approx((150, 60, 250, 260), abs=4)


@pytest.mark.parametrize(
    ("levels", "place"),
    [
        (150, (slice(60, 260), slice(300, 400))),  # to the edge: a shadow
        (22, ACROSS),  # ink
        (150, (slice(80, 110), slice(20, 380))),  # one line's ground
        (np.linspace(60, 230, 200).astype(np.uint8)[:, None], ACROSS),  # a picture
    ],
)
def test_what_is_no_watermark_stays(levels: np.ndarray | int, place: tuple[slice, slice]) -> None:
    gray = watermarked(levels, place)
    assert without_watermarks(gray, 20)[0] is gray


def test_what_sokdok_drew_is_told_by_its_pixels() -> None:
    black_and_white = Image.fromarray(np.uint8(np.random.default_rng(0).random((640, 640)) > 0.5) * 255).convert("RGB")
    assert looks_drawn(Page(black_and_white, "a"))
    assert not looks_drawn(Page(black_and_white.resize((641, 640)), "a"))
    assert not looks_drawn(Page(text_page()[0].resize((640, 640)), "a"))


@pytest.mark.parametrize("size", [(1, 1), (3, 900), (700, 2)])
def test_pictures_without_text_are_empty_pages(nano: NanoReader, size: tuple[int, int]) -> None:
    (reading,) = nano.read([Page(Image.new("RGB", size, "white"), "x")])
    assert reading.status == "ok" and reading.text == ""


def test_a_mark_that_only_hands_are_sure_of_is_read_with_its_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """The model of language is sure of any letter by itself: a ring is an o."""
    reader = NanoPageReader(bundled_folder(), threads=1)
    mark, item = (
        DetectedLine((left, 60.0), (right, 60.0), 20.0, "text", 0.9) for left, right in ((70, 80), (100, 400))
    )

    def said(text: str, sure: float) -> LineText:
        return LineText(text, 5 + 10 * np.arange(len(text), dtype=np.float32), np.full(len(text), sure, np.float32))

    def recognise(
        net: object, _: object, gray: object, lines: Sequence[DetectedLine], *asked: object
    ) -> list[LineText]:
        if net != reader._recognise:
            return [said("o", 0.95) for _ in lines]
        texts = {mark: said("o", 0.4), item: said("the first of the items", 0.99)}
        return [texts.get(line, said("○ the first of the items", 0.99)) for line in lines]

    monkeypatch.setattr(reader, "detect", lambda gray, zoom=1.0: [mark, item])
    monkeypatch.setattr(line_reader, "recognise", recognise)
    seen = reader.see(Image.new("RGB", (500, 120), "white"))
    assert [line.text for line in seen.lines] == ["○ the first of the items"]
