"""Strips: a font, a size and a damage of their own, and boxes where the ink is."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from fakes.synth import LATIN, Words, build_font
from sokdok.errors import InputError
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.strips import StripMaker, Wanted, sheared

CHARS = frozenset(map(ord, "".join(map(chr, range(0x20, 0x7F))))) | frozenset(range(0xAC00, 0xD7A4))
CLEAN = Wanted("en", hand=False, ems=(20.0, 30.0), damage=0.0)


@pytest.fixture(scope="module")
def strips(book: FontBook) -> StripMaker:
    return StripMaker(book, book.hands, Words(), {"en": 1, "ko": 1}, CHARS)


def test_strips_are_gray_of_one_to_three_lines_with_a_box_for_each_symbol(strips: StripMaker) -> None:
    made = [strips.strip(seed) for seed in range(30)]
    assert all(strip.pixels.ndim == 2 and len(strip.symbols) == len(strip.boxes) for strip in made)
    assert {strip.symbols.count("\n") for strip in made} == {1, 2, 3}


@pytest.mark.parametrize(("poor", "least", "share"), [(False, 100, 0.9), (True, 40, 0.6)])
def test_a_strip_has_its_ink_where_the_boxes_say(strips: StripMaker, poor: bool, least: int, share: float) -> None:
    for seed in range(12):
        strip = strips.strip(seed, replace(CLEAN, poor=poor))
        x, y = strip.boxes.reshape(-1, 2, 2).mean(1).astype(int).T
        letters = np.array([char.isalnum() for char in strip.symbols])
        height, width = strip.pixels.shape
        x, y = x.clip(0, width - 1), y.clip(0, height - 1)
        contrast = np.abs(strip.pixels[y, x].astype(int) - int(np.median(strip.pixels[:, :2])))
        assert (contrast[letters] > least).mean() > share
        assert 19 < strip.boxes[0, 3] - strip.boxes[0, 1] < 32


def test_damage_damages(strips: StripMaker) -> None:
    kinds = CLEAN, replace(CLEAN, damage=2.5), replace(CLEAN, poor=True)
    levels = [[len(np.unique(strips.strip(seed, wanted).pixels)) for seed in range(10)] for wanted in kinds]
    assert len(set(map(np.mean, levels))) == 3


def test_letters_hold_one_to_eight_lines(strips: StripMaker) -> None:
    counts = [strips.letter(seed, {"en": 1, "ko": 1}).symbols.count("\n") for seed in range(16)]
    assert min(counts) == 1 and 4 < max(counts) <= 8


def test_a_language_without_a_hand_is_left_out_or_an_error(book: FontBook, tmp_path: Path) -> None:
    build_font(tmp_path / "pen.ttf", "My Pen", LATIN)
    latin = StripMaker(book, FontBook(tmp_path).hands, Words(), {"en": 1}, CHARS)
    assert all(latin.letter(seed, {"en": 1, "ko": 9}).symbols.isascii() for seed in range(4))
    with pytest.raises(InputError, match="Hangul"):
        latin.letter(1, {"ko": 1})


def test_a_shear_moves_boxes_with_the_ink() -> None:
    ink = np.zeros((60, 200), np.uint8)
    boxes = np.array([[20, 5, 40, 25], [60, 35, 80, 55]], np.float32)
    for left, top, right, bottom in boxes.astype(int):
        ink[top + 6 : bottom - 6, left + 6 : right - 6] = 255
    moved, places = sheared(ink, boxes, 0.3)
    for left, top, right, bottom in places.astype(int):
        assert moved[(top + bottom) // 2, (left + right) // 2] == 255
    assert abs(places[0, 0] - places[1, 0] + 40) > 5
