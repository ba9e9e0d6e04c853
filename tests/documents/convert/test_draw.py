"""How much text a page shows, and which resolution that calls for."""

from dataclasses import replace

import numpy as np
import pytest
from PIL import Image, ImageDraw, ImageFont

from fakes.converting import FakeReader
from sokdok.documents.convert.draw import SAFE_RATIO, Density, choose_mode, estimate, look_at, modes_for
from sokdok.imaging.box import Box
from sokdok.model.preprocess import valid_tokens
from sokdok.pages import CELLS, Page, render
from sokdok.pages.textlayer import Piece, TextLayer
from sokdok.reading import Abilities
from sokdok.tokens.deepseek import count_text

MODES = ("tiny", "small", "base", "large", "gundam")
PLAIN = Density(row_height=24, runs=400, tokens_per_run=0.3)


def sheet(lines: int, size: int = 18, columns: int = 1) -> Image.Image:
    image = Image.new("RGB", (1090, 1540), "white")
    draw, font = ImageDraw.Draw(image), ImageFont.load_default(size)
    text = "The quick brown fox jumps over the lazy dog"
    for column in range(columns):
        for line in range(lines):
            at = (80 + column * 500, 80 + 11 * column + line * size * 1.4)
            draw.text(at, text if columns > 1 else f"{text} and {text}", "black", font)
    return image


def test_tokens_are_estimated_within_a_factor_of_two() -> None:
    line = "The quick brown fox jumps over the lazy dog"
    for lines in (5, 20, 40):
        assert 0.5 < estimate(sheet(lines)).text_tokens / count_text(f"{line} and {line}\n" * lines) < 2


def test_columns_do_not_run_together_light_on_dark_counts_as_much_and_heights_are_pixels_of_the_picture() -> None:
    image = sheet(40)
    found = estimate(image)
    assert estimate(sheet(40, columns=2)).row_height == pytest.approx(found.row_height, abs=2)
    assert estimate(Image.fromarray(255 - np.asarray(image))).runs == pytest.approx(found.runs, rel=0.05)
    larger = image.resize((image.width * 4, image.height * 4))
    assert estimate(larger).row_height == pytest.approx(4 * found.row_height, rel=0.25)


@pytest.mark.parametrize("size", [(1, 1), (1, 900), (1000, 800)])
def test_blank_pages_hold_nothing(size: tuple[int, int]) -> None:
    found = estimate(Image.new("RGB", size, "white"))
    assert (found.runs, found.text_tokens, found.row_height) == (0, 0, 0)


@pytest.mark.parametrize(
    ("tokens", "mode"),
    [(100, "tiny"), (640, "tiny"), (641, "small"), (1001, "base"), (1900, "large"), (4000, "gundam")],
)
def test_the_cheapest_mode_within_the_curve_is_taken(tokens: int, mode: str) -> None:
    page = Page(Image.new("RGB", (1090, 1540)), "a")
    choice = choose_mode(page, PLAIN, MODES, tokens)
    assert choice.mode == mode and f"{tokens:,} text tokens" in choice.reason
    assert tokens <= SAFE_RATIO * valid_tokens(mode, page.size)


def test_small_type_calls_for_a_larger_mode_whatever_there_is_of_it() -> None:
    page = Page(Image.new("RGB", (1090, 1540)), "a")
    assert choose_mode(page, PLAIN, MODES, 50).mode == "tiny"
    assert choose_mode(page, replace(PLAIN, row_height=14), MODES, 50).mode == "small"
    assert choose_mode(page, replace(PLAIN, row_height=9), MODES, 50).mode == "base"


def test_too_much_text_gets_the_largest_and_drawn_pages_and_readers_that_choose_are_left_alone() -> None:
    choice = choose_mode(Page(Image.new("RGB", (600, 600)), "a"), PLAIN, MODES[:4], 9000)
    assert choice.mode == "large" and choice.reason.startswith("the largest; 9,000 text tokens, 22.5 to a vision token")
    page = replace(render("text")[0], layout=None, cell=CELLS["8x16"])
    choice = choose_mode(page, estimate(page.image), MODES)
    assert choice.mode is None and "drawn by sokdok" in choice.reason
    page = Page(Image.new("RGB", (9, 9)), "a")
    assert "the reader's choice; about 120 text tokens" in choose_mode(page, PLAIN, ()).reason
    assert choose_mode(page, PLAIN, ("gundam-768",)).mode is None


def test_modes_come_from_what_a_reader_is() -> None:
    assert modes_for(FakeReader(abilities=Abilities(modes=MODES, chooses_mode=False))) == MODES
    assert modes_for(FakeReader(abilities=Abilities(modes=MODES, chooses_mode=True))) == ()
    assert modes_for(FakeReader(abilities=Abilities(modes=(), chooses_mode=False))) == ()


SIZE = (595.0, 842.0)
SAID = (Piece("A line of text", Box(60, 84, 536, 98), 10),)
FIGURE, LOGO, STRIPE = Box(60, 200, 400, 500), Box(500, 20, 560, 50), Box(60, 300, 536, 302)
SCAN = Box(0, 0, *SIZE)


@pytest.mark.parametrize(
    ("layer", "kind", "reason"),
    [
        (None, "pixels", "no text layer"),
        (TextLayer(SAID, SIZE, 0.0), "exact", "all text is in the text layer"),
        (TextLayer(SAID, SIZE, 0.5), "pixels", "do not say which characters"),
        (TextLayer((), SIZE, 0.0, (SCAN,), behind=SAID), "pixels", "behind a picture"),
        (TextLayer(SAID, SIZE, 0.0, (SCAN,)), "mixed", "a picture covers the page"),
        (TextLayer(SAID, SIZE, 0.0, (FIGURE,)), "mixed", "a place beside it where text may stand"),
        (TextLayer(SAID, SIZE, 0.0, (LOGO, STRIPE)), "exact", "all text is in the text layer"),
    ],
)
def test_what_the_words_of_a_page_rest_on(layer: TextLayer | None, kind: str, reason: str) -> None:
    found = look_at(layer)
    assert found.kind == kind and reason in found.reason
    assert found.regions == ((FIGURE,) if layer and layer.pictures == (FIGURE,) else ())
