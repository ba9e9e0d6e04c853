"""Handwriting: boxes follow the ink through every distortion."""

from __future__ import annotations

import numpy as np
import pytest

from fakes.synth import Words
from sokdok.errors import InputError
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.handwriting import HANDS, HandwritingMaker, hands_of
from sokdok_lab.synth.pages.truth import SyntheticPage

SEEDS = range(16)


@pytest.fixture(scope="module")
def pages(book: FontBook) -> list[SyntheticPage]:
    maker = HandwritingMaker(hands_of(book), Words(), {"en": 1, "ko": 1}, damage=0)
    return [maker.page(seed) for seed in SEEDS]


def test_pages_are_in_colour_and_hold_one_to_eight_lines(pages: list[SyntheticPage]) -> None:
    counts = [len(page.text_boxes) for page in pages]
    assert all(page.pixels.shape[2] == 3 for page in pages)
    assert min(counts) == 1 and 1 < max(counts) <= 8


def test_hands_are_as_wide_as_their_font_or_wider_by_up_to_twice(book: FontBook) -> None:
    """A symbol's box is an em high, and the test glyphs are as wide as each other: letters of .5 em at most."""
    maker = HandwritingMaker(hands_of(book), Words(), {"en": 1}, damage=0)
    widths = []
    for seed in range(40):
        page = maker.page(seed)
        inked = np.array([not char.isspace() for char in page.symbols])
        boxes = page.boxes[inked]
        widths.append(float(np.median((boxes[:, 2] - boxes[:, 0]) / (boxes[:, 3] - boxes[:, 1]))))
    usual = float(np.median(widths))
    assert max(widths) > 1.5 * usual and max(widths) < 2.3 * usual
    assert min(widths) > 0.6 * usual


def test_a_language_without_a_font_is_left_out_or_an_error(book: FontBook, tmp_path) -> None:
    from fakes.synth import LATIN, build_font

    build_font(tmp_path / "pen.ttf", "My Pen", LATIN)
    latin = FontBook(tmp_path)
    assert HandwritingMaker(hands_of(latin), Words(), {"en": 1, "ko": 1}).kinds == {"en": 1}
    with pytest.raises(InputError, match="Hangul"):
        HandwritingMaker(hands_of(latin), Words(), {"ko": 1})


@pytest.mark.parametrize(
    ("name", "hand"),
    [("Nanum Pen Script", True), ("UnPen", True), ("NanumBarunpen", True), ("Dancing Script", True), ("Kristi", True),
     ("Great Vibes", True), ("Mr De Haviland", True), ("La Belle Aurore", True), ("Pinyon Script", True),
     ("Open Sans", False), ("Noto Serif", False), ("Liberation Mono", False)],
)  # fmt: skip
def test_handwriting_is_known_by_the_name(name: str, hand: bool) -> None:
    assert bool(HANDS.search(name)) is hand
