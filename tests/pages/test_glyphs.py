import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.pages.glyphs import GLYPH_SIZES, draw_text_page, get_glyph_size
from sokdok.pages.layout import lay_out, symbols_of, text_of

TEXT = "sharp 선명하게 12:30\n\tthen faded 흐리게\n"


def test_sizes_fall_and_are_found_by_name() -> None:
    areas = [size.area for size in GLYPH_SIZES]
    assert areas == sorted(areas, reverse=True)
    assert all(get_glyph_size(str(size)) is size for size in GLYPH_SIZES)
    with pytest.raises(InputError, match="unknown glyph size '9x9'; choose one of 16x32"):
        get_glyph_size("9x9")


@pytest.mark.parametrize("glyph", GLYPH_SIZES, ids=str)
def test_a_page_has_its_size_ink_and_equal_bytes(glyph) -> None:
    first, second = (draw_text_page(TEXT, glyph, (644, 420)).image for _ in range(2))
    assert first.size == (644, 420)
    assert first.tobytes() == second.tobytes()
    ink = np.asarray(first.convert("L")) < 128
    columns, rows = glyph.grid((644, 420))
    assert ink.any()
    assert not ink[:, columns * glyph.width :].any()
    assert not ink[rows * glyph.height :].any()


def test_native_pages_of_a_fitting_size_are_the_ones_that_nano_knows() -> None:
    page = draw_text_page(TEXT, get_glyph_size("4x8"), (640, 640))
    assert str(page.cell) == "4x8"
    assert set(np.unique(np.asarray(page.image))) == {0, 255}


def test_a_page_filled_to_the_last_cell_fits_and_one_more_does_not() -> None:
    glyph = get_glyph_size("10x20")
    columns, rows = glyph.grid((200, 200))
    draw_text_page("x" * (columns * rows), glyph, (200, 200))
    with pytest.raises(InputError, match="needs 2 pages of 200x200 pixels in 10x20"):
        draw_text_page("x" * (columns * rows + 1), glyph, (200, 200))


@pytest.mark.parametrize("text", ["", "\n", "a\n\nb"])
def test_short_texts_have_their_pages_too(text: str) -> None:
    page = draw_text_page(text, get_glyph_size("8x16"), (64, 64))
    assert text_of(page.layout.symbols) == text
    assert draw_text_page(text * 40, get_glyph_size("8x16"), (128, 256)).layout.rows.max() < 16


@settings(deadline=None)
@given(st.text(st.sampled_from("a가\n 漢"), max_size=120))
def test_lines_begin_rows_wherever_that_fits(text: str) -> None:
    glyph, size = get_glyph_size("8x16"), (48, 8 * 16)
    symbols = symbols_of(text, glyph.cell)
    airy = lay_out(symbols, glyph.cell, size, breaks=True)
    if len(airy) == 1:
        assert np.array_equal(draw_text_page(text, glyph, size).layout.rows, airy[0].rows)
