"""Fonts: families by name, coverage, glyphs at subpixel phases."""

from __future__ import annotations

import random
from pathlib import Path

import numpy as np
import pytest
from fontTools.ttLib import TTFont

from fakes.synth import build_font
from sokdok.errors import InputError
from sokdok_lab.synth.pages.fonts import HANDS, Font, FontBook, face


def test_fonts_of_one_design_form_a_family_with_styles(book: FontBook) -> None:
    plain = book.families["Plain"]
    assert set(plain.fonts) == {"regular", "bold"}
    assert plain.style("bold italic") == plain.fonts["bold"]
    assert plain.style("italic") == plain.fonts["regular"]


def test_a_family_is_korean_if_it_covers_hangul(book: FontBook) -> None:
    assert {family.name for family in book.latin} == {"Plain", "Hangul"}
    assert [family.name for family in book.korean] == ["Hangul"]
    assert book.pick(random.Random(1), korean=True).name == "Hangul"


def test_a_folder_without_fonts_is_an_error_that_says_what_to_do(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="fetch_fonts"):
        FontBook(tmp_path)


def test_a_damaged_font_is_named(tmp_path: Path) -> None:
    (tmp_path / "broken.ttf").write_bytes(b"no font")
    with pytest.raises(InputError, match=r"broken\.ttf"):
        FontBook(tmp_path)


def test_advances_are_those_of_the_outline(book: FontBook) -> None:
    font = book.families["Hangul"].style("regular")
    assert font.advances[ord("a")] == 0.5
    assert font.advances[ord("한")] == 1.0
    assert ord("漢") not in font.advances


def test_a_glyph_is_where_its_outline_is(book: FontBook) -> None:
    # At 20 px an "a" spans 1..9 px across and 14 px up from the baseline.
    glyph = face(book.families["Plain"].style("regular"), 20).glyph("a", 0)
    row = glyph.ink[7].astype(float) / 255
    assert glyph.left + int(np.flatnonzero(row > 0.5)[0]) == 1
    assert row.sum() == pytest.approx(8, abs=0.3)
    assert (glyph.ink.astype(float) / 255).sum() == pytest.approx(8 * 14, rel=0.05)
    assert glyph.top == -14


def test_a_phase_moves_the_ink_by_half_a_pixel(book: FontBook) -> None:
    drawn = face(book.families["Plain"].style("regular"), 20)

    def middle(phase: int) -> float:
        glyph = drawn.glyph("a", phase)
        ink = glyph.ink.sum(0, dtype=float)
        return glyph.left + float((ink * np.arange(len(ink))).sum() / ink.sum())

    assert middle(1) - middle(0) == pytest.approx(0.5, abs=0.02)


def test_a_letter_that_is_listed_and_left_blank_is_not_drawn(book: FontBook, tmp_path: Path) -> None:
    build_font(tmp_path / "blank.ttf", "Blank", "ab")
    with TTFont(tmp_path / "blank.ttf") as font:
        font["glyf"][font.getBestCmap()[ord("a")]] = font["glyf"][".notdef"]
        font.save(tmp_path / "blank.ttf")
    blank, plain = Font(tmp_path / "blank.ttf"), book.families["Plain"].style("regular")
    assert ord("a") in blank.advances and not blank.draws("a")
    assert plain.draws("a") and plain.draws(" ") and not plain.draws("\N{EURO SIGN}")


@pytest.mark.parametrize(
    ("name", "hand"),
    [("Nanum Pen Script", True), ("UnPen", True), ("NanumBarunpen", True), ("Dancing Script", True), ("Kristi", True),
     ("Great Vibes", True), ("Mr De Haviland", True), ("La Belle Aurore", True), ("Pinyon Script", True),
     ("Open Sans", False), ("Noto Serif", False), ("Liberation Mono", False)],
)  # fmt: skip
def test_handwriting_is_known_by_the_name(name: str, hand: bool) -> None:
    assert bool(HANDS.search(name)) is hand
