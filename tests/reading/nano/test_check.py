"""The check finds nothing on a page that was read as it was drawn, and every way of reading it otherwise."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.model.nano.alphabet import SUBCELL_HEIGHT, SUBCELL_WIDTH, Alphabet, default_chars
from sokdok.pages.cells import BREAK, CELLS, END, Cell
from sokdok.pages.draw import draw
from sokdok.pages.layout import Layout, lay_out, symbols_of
from sokdok.reading.nano.check import inked_cells, inked_subcells, unread_cells
from sokdok_lab.training.pages.samples import normalise

SIZE = (128, 64)
ALPHABET = Alphabet(default_chars())
TEXTS = st.lists(st.sampled_from([*"ab c가힣é\t\n\r漢", "\r\n", "  "]), max_size=120).map("".join)
QUICK = settings(deadline=None, max_examples=80)


def one_page(text: str, cell: Cell, breaks: bool = False) -> Layout:
    return lay_out(symbols_of(text, cell, ALPHABET.code_points), cell, SIZE, breaks=breaks)[0]


def check(layout: Layout, pixels: np.ndarray) -> np.ndarray:
    down, right = layout.cell.height // SUBCELL_HEIGHT, layout.cell.width // SUBCELL_WIDTH
    return unread_cells(layout.symbols, layout.rows * down, layout.columns * right, layout.cell, pixels)


def kept(layout: Layout, keep: np.ndarray) -> Layout:
    return Layout(layout.cell, layout.size, layout.symbols[keep], layout.columns[keep], layout.rows[keep])


@QUICK
@given(TEXTS, st.sampled_from(list(CELLS.values())), st.booleans())
def test_nothing_is_unread_on_a_page_read_as_it_was_drawn(text: str, cell: Cell, breaks: bool) -> None:
    layout = one_page(text, cell, breaks)
    assert not check(layout, normalise(draw(layout))).any()


@QUICK
@given(TEXTS, st.sampled_from(list(CELLS.values())), st.booleans(), st.data())
def test_a_symbol_that_is_left_out_or_another_is_found(
    text: str, cell: Cell, breaks: bool, data: st.DataObject
) -> None:
    layout = one_page(text, cell, breaks)
    pixels = normalise(draw(layout))
    place = data.draw(st.integers(0, len(layout.symbols) - 1))
    assert check(kept(layout, np.arange(len(layout.symbols)) != place), pixels).any()
    other = data.draw(st.sampled_from([*map(ord, "abc 가é"), BREAK, END]).filter(lambda s: s != layout.symbols[place]))
    layout.symbols[place] = other
    assert check(layout, pixels).any()


def test_the_cells_behind_a_text_that_broke_off_are_counted() -> None:
    layout = one_page("x" * 40, CELLS["8x16"])  # 16 cells a row, 64 a page
    unread = check(kept(layout, np.arange(len(layout.symbols)) < 10), normalise(draw(layout)))
    assert np.flatnonzero(unread).tolist() == list(range(10, 64))


def test_blank_cells_that_were_walked_past_are_unread() -> None:
    layout = one_page("a   b", CELLS["8x8"])
    unread = check(kept(layout, np.array([True, True, False, False, True, True])), normalise(draw(layout)))
    assert np.argwhere(unread).tolist() == [[0, 2], [0, 3]]


def test_a_symbol_that_its_cell_has_no_glyph_for_was_not_read_there() -> None:
    layout = one_page("뼶", CELLS["8x16"])
    lacking = next(c for c in range(0xAC00, 0xD7A4) if not CELLS["4x8"].glyphs.has(np.array([c]))[0])
    page = one_page("가", CELLS["4x8"])
    page.symbols[0] = lacking
    assert check(page, normalise(draw(one_page("가", CELLS["4x8"])))).sum() == 2
    assert not check(layout, normalise(draw(layout))).any()


def test_a_symbol_that_was_read_between_two_cells_makes_its_cell_wrong() -> None:
    """Also if the cells themselves were read right: the text has a symbol too many."""
    layout = one_page("ab", CELLS["8x16"])
    symbols = np.array([ord("a"), ord("x"), ord("b"), END])
    unread = unread_cells(symbols, np.zeros(4, int), np.array([0, 1, 2, 4]), layout.cell, normalise(draw(layout)))
    assert np.flatnonzero(unread).tolist() == [0]


@pytest.mark.parametrize("cell", CELLS.values(), ids=str)
def test_ink_is_found_where_it_is(cell: Cell) -> None:
    layout = one_page("a b", cell)
    ink = inked_cells(inked_subcells(normalise(draw(layout))), cell)
    assert np.flatnonzero(ink).tolist() == [0, 2, 3]  # the end mark too
