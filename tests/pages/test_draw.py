"""Drawing loses nothing either: an exact look-up of the pixels tells every page back."""

import hashlib
from functools import lru_cache
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from fakes.jobs import dying
from fakes.pdf import Text, write_pdf
from sokdok.errors import InputError
from sokdok.pages import CELLS, plan, render, text_of
from sokdok.pages.cells import BREAK, END, FILL, MARKS, Cell, slot
from sokdok.pages.draw import GLYPH_SIZES, draw, draw_text_page, get_glyph_size
from sokdok.pages.files import open_file
from sokdok.pages.isolated import IsolatedFile
from sokdok.pages.layout import lay_out, symbols_of
from sokdok.pages.page import Page

HANGUL = "".join(map(chr, range(0xAC00, 0xD7A4)))
LATIN_1 = "".join(map(chr, [*range(0x20, 0x7F), *range(0xA0, 0x100)]))
KS_X_1001 = "".join(c for c in HANGUL if len(c.encode("euc_kr")) == 2)  # others take eight bytes: spelt out in jamo
KANA = "".join(map(chr, [*range(0x3041, 0x3097), *range(0x30A1, 0x30FB)]))

# Two narrow characters that look like one wide one. The bitmaps of single characters are all distinct, but 4x8 draws
# e.g. Ⅳ as I and V side by side, so pixels alone can't tell these apart. The list may only shrink.
TWINS = {"8x16": "܁܂૰ᅵ⁗⩵ㅣ㋎㍶丨︒", "8x8": "", "4x8": "—‥ⅣⅥⅨⅪ─╌╴、。゜幵︒￼"}


# Syllables of KS X 1001 that an eight-pixel font draws like another of them, which has the glyph.
# They are escaped, so nothing is lost but room. The list may only shrink.
NO_GLYPH = {"8x16": "", "8x8": (few := "뻬뼁쏀쩽쫄쫍쫓쬘쬡쯤쵭홉흼"), "4x8": few}


def symbols_drawable(cell: Cell) -> np.ndarray:
    """All symbols a cell can draw, marks included."""
    codes = np.concatenate([np.arange(0x10000), list(MARKS)])
    return codes[cell.glyphs.has(codes)]


def bitmap(cell: Cell, symbol: int) -> tuple[bytes, ...]:
    """One or two tiles."""
    glyphs, index = cell.glyphs, slot(np.array(symbol))
    first = glyphs.first_tile[index]
    ink = np.unpackbits(glyphs.tiles[first : first + glyphs.widths[index]][..., None], axis=2, count=cell.width)
    return tuple((255 * (1 - tile)).tobytes() for tile in ink)


@lru_cache
def templates(cell: Cell) -> dict[tuple[bytes, ...], int]:
    return {bitmap(cell, symbol): symbol for symbol in symbols_drawable(cell).tolist()}


@lru_cache
def plain_templates(cell: Cell) -> dict[tuple[bytes, ...], int]:
    return {bitmap(cell, symbol): symbol for symbol in [*map(ord, plain(cell)), *MARKS]}


def look_up(page: np.ndarray, cell: Cell) -> str:
    """The plain text of a page (height, width), comparing each cell's pixels with the atlas; wide glyphs first.

    Others than plain ones are left out: a blank and the first half of ╽ look like one of them.
    """
    rows, columns = page.shape[0] // cell.height, page.shape[1] // cell.width
    known, symbols = plain_templates(cell), []
    tiles = page[: rows * cell.height, : columns * cell.width].reshape(rows, cell.height, columns, cell.width)
    for row in tiles.swapaxes(1, 2):
        keys = [tile.tobytes() for tile in row]
        column = 0
        while column < columns:
            pair = known.get(tuple(keys[column : column + 2]))
            symbol = known[(keys[column],)] if pair is None else pair
            symbols.append(symbol)
            column += 1 if pair is None else 2
            if symbol in (BREAK, FILL):
                break
            if symbol == END:
                return text_of(np.array(symbols))
    return text_of(np.array(symbols))


@lru_cache
def plain(cell: Cell) -> list[str]:
    """Characters that a look-up tells apart: no wide glyph whose left half is a narrow glyph."""
    known = templates(cell)
    symbols = symbols_drawable(cell)
    codes = symbols[symbols < 0x10000].tolist()
    return [chr(c) for c in codes if len(tiles := bitmap(cell, c)) == 1 or (tiles[0],) not in known]


@pytest.mark.parametrize("name", CELLS)
def test_no_two_glyphs_share_a_bitmap(name: str) -> None:
    cell = CELLS[name]
    assert len(templates(cell)) == len(symbols_drawable(cell))


@pytest.mark.parametrize("name", CELLS)
def test_few_pairs_of_narrow_glyphs_look_like_a_wide_one(name: str) -> None:
    known = templates(CELLS[name])
    twins = [tiles for tiles in known if len(tiles) == 2 and (tiles[0],) in known and (tiles[1],) in known]
    assert {chr(known[tiles]) for tiles in twins} <= set(TWINS[name])


@pytest.mark.parametrize("name", CELLS)
@settings(deadline=None, max_examples=40)
@given(data=st.data())
def test_pixels_give_the_text_back(name: str, data: st.DataObject) -> None:
    cell = CELLS[name]
    letters = st.sampled_from([*plain(cell)]) | st.sampled_from([*"\n\t \0\u202e", "\U0001f600"])
    text = data.draw(st.lists(letters, max_size=80).map("".join))
    layouts = plan(text, (128, 64), cell)
    assert "".join(look_up(draw(layout), cell) for layout in layouts) == text


@pytest.mark.parametrize("name", CELLS)
def test_hangul_latin_and_kana_come_back_from_the_pixels(name: str) -> None:
    cell = CELLS[name]
    kept = set(plain(cell))
    text = "".join(c for c in HANGUL + LATIN_1 + KANA if c in kept or not cell.glyphs.has(np.array([ord(c)]))[0])
    assert len(text) > 11_000
    assert "".join(look_up(draw(layout), cell) for layout in plan(text, (640, 640), cell)) == text


@pytest.mark.parametrize("name", CELLS)
def test_ascii_kana_and_everyday_hangul_have_glyphs(name: str) -> None:
    for text in (LATIN_1[:95], KANA):
        assert CELLS[name].glyphs.has(np.array([ord(c) for c in text])).all()
    lacking = [c for c in KS_X_1001 if not CELLS[name].glyphs.has(np.array([ord(c)]))[0]]
    assert set(lacking) <= set(NO_GLYPH[name])


@pytest.mark.parametrize(("name", "count"), [("8x16", 11_172), ("8x8", 10_740), ("4x8", 10_740)])
def test_how_much_of_modern_hangul_has_glyphs(name: str, count: int) -> None:
    # At eight pixels some rare syllables (뺶, 쎿) would look like others; they are left to escapes.
    assert CELLS[name].glyphs.has(np.array([ord(c) for c in HANGUL])).sum() >= count


@pytest.mark.parametrize("name", CELLS)
@pytest.mark.parametrize("text", [HANGUL, LATIN_1, KANA], ids=["Hangul", "Latin-1", "kana"])
def test_what_has_no_glyph_is_escaped_never_dropped(name: str, text: str) -> None:
    symbols = symbols_of(text, CELLS[name])
    assert CELLS[name].glyphs.has(symbols).all()
    assert text_of(symbols) == text


@pytest.mark.parametrize(("name", "columns"), [("8x16", 2), ("8x8", 1), ("4x8", 2)])
def test_cells_a_syllable_covers(name: str, columns: int) -> None:
    assert (
        CELLS[name].glyphs.widths[slot(np.array([ord(c) for c in KS_X_1001 if c not in NO_GLYPH[name]]))] == columns
    ).all()


def test_the_pixels_that_nano_was_trained_on_stay_as_they_are() -> None:
    text = "Lossless: 속독 reads 1,234 px/s\n\tтак 漢字 한글"
    digest = hashlib.sha256()
    for cell in CELLS.values():
        for layout in plan(text, (256, 128), cell):
            digest.update(draw(layout).tobytes())
    assert digest.hexdigest() == "0398661311632976d0847127e7bae87500346604fc43d75c77ffb678c5eadd01"


def test_ink_is_black_paper_white_and_nothing_lies_outside_the_grid() -> None:
    (layout,) = plan("가" * 5, (101, 50), CELLS["8x16"])
    page = draw(layout)
    assert page.shape == (50, 101)
    assert set(np.unique(page)) == {0, 255}
    assert (page[48:] == 255).all() and (page[:, 96:] == 255).all()


def test_render_gives_rgb_pages_that_know_where_they_come_from() -> None:
    pages = render("x" * 30_000)
    assert [page.part for page in pages] == [(1, 3), (2, 3), (3, 3)]
    assert [page.index for page in pages] == [0, 1, 2]
    for page in pages:
        assert page.image.mode == "RGB" and page.size == (640, 640)
        assert page.cell == CELLS["4x8"] and page.layout is not None and page.source == "text"


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


def test_a_layer_is_read_once_ahead_of_its_page(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    texts = [f"This is page {number}." for number in range(3)]
    file = open_file(write_pdf(tmp_path / "a.pdf", [[Text(60, 100, text)] for text in texts]))
    assert isinstance(file, IsolatedFile)
    asked = dying(monkeypatch, set(), "layer")
    file.read_ahead(1)
    assert isinstance(file.page(0), Page)
    first, second, third = file.layer(1), file.layer(0), file.layer(2)
    file.close()
    assert [layer and layer.pieces[0].text for layer in (second, first, third)] == texts
    assert asked == [1, 0, 2]


def test_a_file_is_closed_while_a_layer_is_read_ahead(tmp_path: Path) -> None:
    file = open_file(write_pdf(tmp_path / "a.pdf", [[Text(60, 100, "One")], [Text(60, 100, "Two")]]))
    file.read_ahead(1)
    file.close()


def test_closing_a_file_twice_leaves_the_child_to_who_has_it_now(tmp_path: Path) -> None:
    first = open_file(write_pdf(tmp_path / "a.pdf", [[Text(60, 100, "One")]]))
    first.close()
    second = open_file(write_pdf(tmp_path / "b.pdf", [[Text(60, 100, "Two")]]))
    first.close()
    assert isinstance(second.page(0), Page)
    third = open_file(tmp_path / "a.pdf")
    layers = [file.layer(0) for file in (second, third)]
    assert [layer and layer.pieces[0].text for layer in layers] == ["Two", "One"]
    second.close()
    third.close()
