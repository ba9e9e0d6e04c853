"""Sheets: of every kind, the truth where the ink is, in type from small to huge."""

from __future__ import annotations

import numpy as np
import pytest

from fakes.synth import Words
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.truth import SyntheticPage
from sokdok_lab.synth.sheets import maker

CHARS = frozenset([*range(32, 127), *range(0xAC00, 0xD7A4), 0x2022])


@pytest.fixture(scope="module")
def sheets(book: FontBook) -> list[SyntheticPage]:
    made = maker.SheetMaker(book, book.latin, Words(), {"en": 1, "ko": 1}, CHARS)
    return [made.sheet(seed) for seed in range(9)]


def test_a_seed_makes_one_sheet(book: FontBook, sheets: list[SyntheticPage]) -> None:
    again = maker.SheetMaker(book, book.latin, Words(), {"en": 1, "ko": 1}, CHARS).sheet(3)
    assert np.array_equal(again.pixels, sheets[3].pixels) and again.text == sheets[3].text


def check_contrast(sheet: SyntheticPage) -> None:
    """Letters are white on dark or black on paper: other than what lies right above their line."""
    x, y = sheet.boxes.reshape(-1, 2, 2).mean(1).astype(int).T
    letters = np.array([char.isalnum() for char in sheet.symbols])
    assert ((x >= 0) & (y >= 0) & (x < sheet.size[0]) & (y < sheet.size[1])).all()
    above = np.clip(sheet.boxes[:, 1].astype(int), 0, sheet.size[1] - 1)
    contrast = np.abs(sheet.pixels[y, x].astype(int) - sheet.pixels[above, x])[letters]
    assert np.median(contrast) > 30


def test_letters_stand_out_where_the_truth_says(sheets: list[SyntheticPage]) -> None:
    for sheet in sheets:
        check_contrast(sheet)


def test_sheets_have_small_and_huge_type(sheets: list[SyntheticPage]) -> None:
    ems = np.concatenate([sheet.boxes[:, 3] - sheet.boxes[:, 1] for sheet in sheets])
    assert ems.min() < 16 and ems.max() > 60


def test_what_is_printed_over_a_picture_stands_out_from_it(book: FontBook, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(maker, "PICTURE_SHARE", 1.0)
    made = maker.SheetMaker(book, [], Words(), {"en": 1}, CHARS)
    for sheet in map(made.sheet, range(2)):
        assert sheet.pixels.std() > 8 and 0.02 < (sheet.pixels < 140).mean() < 0.999
        check_contrast(sheet)
