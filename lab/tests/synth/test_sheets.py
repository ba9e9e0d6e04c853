"""Sheets: of every kind, the truth where the ink is, in type from small to huge."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fakes.synth import Words
from sokdok_lab.synth import sheets
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.truth import SyntheticPage

CHARS = frozenset([*range(32, 127), *range(0xAC00, 0xD7A4), 0x2022])


@pytest.fixture(scope="module")
def drawn(book: FontBook) -> list[SyntheticPage]:
    made = sheets.SheetMaker(book, book.latin, Words(), {"en": 1, "ko": 1}, CHARS)
    return [made.sheet(seed) for seed in range(9)]


def test_sheets_have_small_and_huge_type(drawn: list[SyntheticPage]) -> None:
    ems = np.concatenate([sheet.boxes[:, 3] - sheet.boxes[:, 1] for sheet in drawn])
    assert ems.min() < 16 and ems.max() > 60


def test_what_is_printed_over_a_picture_stands_out_from_it(book: FontBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sheets, "PICTURE_SHARE", 1.0)
    made = sheets.SheetMaker(book, [], Words(), {"en": 1}, CHARS)
    for sheet in map(made.sheet, range(2)):
        assert sheet.pixels.std() > 8 and 0.02 < (sheet.pixels < 140).mean() < 0.999


def test_clutter_is_drawn_and_big_pieces_keep_off_what_is_taken() -> None:
    taken = np.array([[0, 0, 400, 200]], np.float32)
    inked = []
    for seed in range(20):
        ink = np.zeros((400, 400), np.uint8)
        sheets.add_clutter(ink, taken, random.Random(seed))
        inked.append((ink[:200] > 0).mean() < 0.05)
        place = sheets._free(50, 50, (400, 400), taken, random.Random(seed))
        assert place is None or place[1] >= 200
    assert np.mean(inked) > 0.8


def test_a_sheet_on_something_darker_keeps_its_pixels_and_boxes() -> None:
    pixels = np.full((300, 200), 240, np.uint8)
    pixels[100:120, 50:90] = 3
    for seed in range(6):
        shown, boxes = sheets.on_background(pixels, np.array([[50, 100, 90, 120]], np.float32), random.Random(seed))
        left, top, right, bottom = boxes[0].astype(int)
        assert (shown[top:bottom, left:right] == 3).all() and shown.shape >= pixels.shape
