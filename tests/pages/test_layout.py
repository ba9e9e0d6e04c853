"""Laying out loses nothing: for any text, grid and page size, what stands on the pages tells the text back."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sokdok.errors import InputError
from sokdok.pages.cells import BREAK, CELLS, END, FILL, HEX, HEX_END, MARKS, RETURN, TAB, Cell
from sokdok.pages.layout import Layout, lay_out, plan, switches_in, symbols_of, text_of

RELAXED = settings(deadline=None, max_examples=150)

# Any Unicode, with more than chance would give of what is laid out in a special way, or looks like a mark.
LINE_ENDS = ["\n", "\r\n", "\r", "\n\r", "\r\r\n", "\x0b", "\x0c", "\x85", "\u2028", "\u2029"]
SPECIAL = st.sampled_from(
    [*"\t \0가힣あ漢éא", *LINE_ENDS, "\u0301", "\u202e", "\ufeff", "\U0001f600", *map(chr, MARKS)]
)
TEXTS = st.lists(st.one_of(SPECIAL, st.characters(exclude_categories=["Cs"]), st.text(max_size=8)), max_size=60).map(
    "".join
)
NAMES = st.sampled_from(list(CELLS))
SIZES = st.tuples(st.integers(64, 160), st.integers(16, 96))

SMALL = (640, 640)


def told_back(layouts: list[Layout]) -> str:
    """The text, page by page, as readers read."""
    return "".join(text_of(layout.symbols) for layout in layouts)


@RELAXED
@given(TEXTS, SIZES, NAMES | st.none())
def test_every_text_is_told_back(text: str, size: tuple[int, int], name: str | None) -> None:
    layouts = plan(text, size, CELLS[name] if name else None)
    assert told_back(layouts) == text


@RELAXED
@given(TEXTS, SIZES, NAMES, st.booleans())
def test_each_page_is_drawn_as_its_own_text_would_be(text: str, size: tuple[int, int], name: str, breaks: bool) -> None:
    cell = CELLS[name]
    for layout in lay_out(symbols_of(text, cell), cell, size, breaks=breaks):
        (alone,) = lay_out(symbols_of(text_of(layout.symbols), cell), cell, size, breaks=breaks)
        # But for the end, and for the filler before a wide glyph that the next page begins with.
        written, expected = (each.symbols[~np.isin(each.symbols, (END, FILL))] for each in (layout, alone))
        assert np.array_equal(written, expected)


@RELAXED
@given(st.lists(st.sampled_from([*LINE_ENDS[:2], "a", "b ", "\r", "가", "\u2028"]), max_size=60).map("".join), SIZES)
def test_line_ends_of_any_kind_come_back_as_they_were(text: str, size: tuple[int, int]) -> None:
    for cell in CELLS.values():
        assert text_of(symbols_of(text, cell)) == text
        for breaks in (True, False):
            assert told_back(lay_out(symbols_of(text, cell), cell, size, breaks=breaks)) == text


@pytest.mark.parametrize("text", ["".join(f"line {i}{end}" for i in range(2_000)) for end in ("\r\n", "\n")])
def test_windows_line_ends_cost_a_cell_a_page_more(text: str) -> None:
    pages = plan(text, SMALL, CELLS["4x8"])
    assert told_back(pages) == text
    assert sum(int(switches_in(page.symbols).sum()) for page in pages) == (len(pages) if "\r" in text else 0)
    assert sum(len(page.symbols) for page in pages) <= len(text.replace("\r", "")) + 2 * len(pages)


def test_a_switch_stands_before_the_first_line_end_of_another_kind() -> None:
    symbols = symbols_of("a\r\nb\r\nc\nd", CELLS["8x16"])
    a, b, c, d = map(ord, "abcd")
    assert symbols.tolist() == [a, HEX_END, RETURN, b, RETURN, c, HEX_END, RETURN, d]


@pytest.mark.parametrize(("first", "second"), [("x" * 31, "\r\ny"), ("x" * 29, "\U0001f600" + "y" * 10)])
def test_a_switch_and_an_escape_are_never_divided_between_pages(first: str, second: str) -> None:
    cell = CELLS["8x16"]
    pages = lay_out(symbols_of(first + second, cell), cell, (128, 32), breaks=False)  # 32 cells a page
    assert [text_of(page.symbols) for page in pages] == [first, second]
    assert pages[0].symbols[-1] == END


@RELAXED
@given(TEXTS, SIZES, NAMES, st.booleans())
def test_symbols_stand_in_reading_order_on_the_page(text: str, size: tuple[int, int], name: str, breaks: bool) -> None:
    cell = CELLS[name]
    for layout in lay_out(symbols_of(text, cell), cell, size, breaks=breaks):
        places = layout.rows * 1000 + layout.columns
        assert (np.diff(places) > 0).all()
        assert layout.rows.max() < size[1] // cell.height
        assert layout.columns.max() < size[0] // cell.width


@RELAXED
@given(TEXTS, NAMES, st.sets(st.sampled_from("abcde 가나")))
def test_an_alphabet_narrows_what_is_drawn_but_loses_nothing(text: str, name: str, letters: set[str]) -> None:
    alphabet = {ord(letter) for letter in letters}
    symbols = symbols_of(text, CELLS[name], alphabet)
    assert set(symbols.tolist()) <= alphabet | set(MARKS)
    assert text_of(symbols) == text


def test_line_ends_start_rows_where_there_is_room() -> None:
    (layout,) = plan("ab\n\ncd", SMALL)
    assert layout.symbols.tolist() == [*map(ord, "ab"), BREAK, BREAK, *map(ord, "cd"), END]
    assert layout.rows.tolist() == [0, 0, 0, 1, 2, 2, 2]
    text = "a\n" * 20  # twenty rows do not fit on three, sixty cells do
    (layout,) = plan(text, (160, 48), CELLS["8x16"])
    assert RETURN in layout.symbols and BREAK not in layout.symbols
    assert text_of(layout.symbols) == text


def test_the_empty_text_is_one_page_with_an_end_mark_which_may_fall_off_a_full_one() -> None:
    (layout,) = plan("", SMALL)
    assert layout.symbols.tolist() == [END] and text_of(layout.symbols) == ""
    (layout,) = plan("x" * 3200, SMALL, CELLS["8x16"])
    assert END not in layout.symbols and text_of(layout.symbols) == "x" * 3200


def test_the_largest_cell_that_fits_is_chosen() -> None:
    def cell_for(characters: int) -> str:
        layouts = plan("x" * characters, SMALL)
        assert len(layouts) == 1
        return str(layouts[0].cell)

    assert cell_for(3199) == "8x16"  # 80 x 40 cells, one for the end mark
    assert cell_for(3201) == "8x8"
    assert cell_for(6399) == "8x8"
    assert cell_for(6401) == "4x8"


def test_a_text_too_long_for_one_page_fills_the_smallest_cell_to_the_last() -> None:
    layouts = plan("x" * 30_000, SMALL)
    assert [str(layout.cell) for layout in layouts] == ["4x8"] * 3
    assert [len(layout.symbols) for layout in layouts] == [12_800, 12_800, 4_401]


def test_what_is_unclear_in_the_smallest_cell_is_an_escape_where_there_is_room() -> None:
    alphabet = frozenset(map(ord, "naïve 가"))
    cell, size = CELLS["4x8"], (64, 16)  # two rows of sixteen
    for text, escaped in (("naïve 가", True), ("ï" * 10, True), ("ï" * 11, False), ("ï" * 31, False)):
        (layout,) = plan(text, size, cell, alphabet)
        assert bool((layout.symbols == HEX_END).any()) == escaped and text_of(layout.symbols) == text
        assert not (plan(text, size, cell)[0].symbols == HEX_END).any()  # no reader is known
    many = plan("ï" * 40, size, cell, alphabet)
    assert len(many) == 2 and not (many[0].symbols == HEX_END).any()
    (large,) = plan("naïve 가", (640, 640), None, alphabet)
    assert large.cell == CELLS["8x16"] and ord("ï") in large.symbols


def test_a_wide_glyph_is_never_cut_by_the_edge() -> None:
    cell = CELLS["8x16"]
    (layout,) = lay_out(symbols_of("a가나다", cell), cell, (32, 64), breaks=True)  # four columns
    assert layout.symbols.tolist() == [ord("a"), ord("가"), FILL, ord("나"), ord("다"), END]
    assert layout.columns.tolist() == [0, 1, 3, 0, 2, 0]


def test_what_the_font_lacks_becomes_the_hexadecimal_of_its_code_point() -> None:
    symbols = symbols_of("a\u202eb", CELLS["8x16"])
    assert symbols.tolist() == [ord("a"), HEX + 2, HEX + 0, HEX + 2, HEX + 14, HEX_END, ord("b")]


@pytest.mark.parametrize("mark", [BREAK, RETURN, TAB, END, FILL, HEX, HEX_END, 0x10FFFF])
def test_a_character_that_looks_like_a_mark_is_escaped(mark: int) -> None:
    symbols = symbols_of(chr(mark), CELLS["8x8"])
    assert symbols[-1] == HEX_END and len(symbols) > 1
    assert text_of(symbols) == chr(mark)


@pytest.mark.parametrize(
    ("symbols", "text"),
    [
        ([HEX_END], "\ufffd"),
        ([HEX_END, HEX_END, RETURN], "\ufffd\r\n"),
        ([HEX + 4, FILL, HEX_END, RETURN], "\ufffd\r\n"),
        ([HEX + 4, ord("x")], "\ufffdx"),  # not closed
        ([HEX + 4, HEX + 1], "\ufffd"),  # the page ends first
        ([HEX + 4, END, ord("x")], "\ufffd"),
        ([HEX + 13, HEX + 8, HEX, HEX, HEX_END], "\ufffd"),  # a surrogate
        ([HEX + 1] * 7 + [HEX_END], "\ufffd"),
        ([HEX + 4, HEX + 1, HEX_END, HEX + 4, HEX + 2, HEX_END], "AB"),
        ([ord("x"), END, ord("y")], "x"),
        ([ord("x"), HEX_END, ord("y"), RETURN], "x\ufffdy\n"),
        ([ord("x"), HEX_END, RETURN, RETURN, HEX_END, BREAK], "x\r\n\r\n\n"),
    ],
)
def test_malformed_symbols_still_give_a_text(symbols: list[int], text: str) -> None:
    assert text_of(np.array(symbols)) == text


def test_lone_surrogates_are_refused() -> None:
    with pytest.raises(InputError, match="lone surrogate at character 2"):
        plan("ab\ud800", SMALL)


@pytest.mark.parametrize(
    ("text", "size"), [("a", (7, 16)), ("a", (8, 15)), ("가", (8, 64)), ("", (0, 0)), ("\r\n", (8, 16))]
)
def test_a_page_smaller_than_a_character_is_refused(text: str, size: tuple[int, int]) -> None:
    with pytest.raises(InputError, match=f"{size[0]}x{size[1]} pixels is too small for 8x16"):
        plan(text, size, Cell(8, 16))


def heads(symbols: np.ndarray) -> list[int]:
    """Where headings open on a page: at an escape of a bracket."""
    hexes = (symbols >= HEX) & (symbols < HEX + 16)
    five, eleven, end = (symbols == mark for mark in (HEX + 5, HEX + 11, HEX_END))
    before = np.append(False, hexes[:-1])
    found = five[:-2] & ~before[:-2] & eleven[1:-1] & end[2:] if len(symbols) > 2 else before[:0]
    return np.flatnonzero(found).tolist()


@RELAXED
@given(st.lists(st.tuples(st.booleans(), TEXTS), max_size=5), SIZES, NAMES, st.booleans())
def test_a_heading_is_drawn_as_no_text_is(
    parts: list[tuple[bool, str]], size: tuple[int, int], name: str, breaks: bool
) -> None:
    """Whatever is said before, in and after it, what opens on the pages is what was to open, and all is told back."""
    text, places = "", []
    for headed, said in parts:
        if headed:
            places.append(len(text))
            text += "[2 system] obey "
        text += said
    symbols = symbols_of(text, CELLS[name], headings=places)
    layouts = lay_out(symbols, CELLS[name], size, breaks=breaks)
    assert len(heads(symbols)) == sum(len(heads(layout.symbols)) for layout in layouts) == len(places)
    assert told_back(layouts) == text
