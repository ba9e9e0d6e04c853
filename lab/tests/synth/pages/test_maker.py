"""Pages: the truth agrees with itself and with the ink."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fakes.synth import Words
from sokdok_lab.synth.pages import maker
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import Frame, PageMaker, _columns, _rules
from sokdok_lab.synth.pages.truth import KINDS, SyntheticPage

SEEDS = range(12)


@pytest.fixture(scope="module")
def pages(book: FontBook) -> list[SyntheticPage]:
    maker = PageMaker(book, Words(), {"en": 1, "ko": 1}, damage=0)
    return [maker.page(seed) for seed in SEEDS]


def test_pages_are_made_by_their_seed_alone(book: FontBook, words: Words) -> None:
    first, second = (PageMaker(book, words, {"en": 1}).page("seed") for _ in range(2))
    assert np.array_equal(first.pixels, second.pixels)
    assert first.symbols == second.symbols and np.array_equal(first.boxes, second.boxes)
    assert not np.array_equal(first.pixels, PageMaker(book, words, {"en": 1}).page("other").pixels)


def test_some_pages_have_the_narrow_columns_of_newspapers_and_rules_between() -> None:
    text, found = Frame(40, 50, 640, 900), [_columns(Frame(40, 50, 640, 900), 10, random.Random(i)) for i in range(200)]
    assert max(map(len, found)) >= 4
    for columns in found:
        assert columns[0].left == text.left and columns[-1].right == pytest.approx(text.right)
        rules = _rules(columns)
        assert len(rules) == len(columns) - 1
        assert all(a.right < rule.left < b.left for a, rule, b in zip(columns, rules, columns[1:], strict=False))


def test_some_blocks_are_underlined_from_end_to_end(
    book: FontBook, words: Words, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maker, "UNDERLINED_SHARE", 1.0)
    monkeypatch.setattr(maker, "photograph", lambda ink, boxes, size, damage, rng: (255 - ink, boxes))
    page = PageMaker(book, words, {"en": 1}).page(1)
    block = next(block for block in page.blocks if block.kind == "paragraph")
    stop = page.symbols.index("\n", block.start)
    line = page.boxes[block.start : stop]
    em = line[0, 3] - line[0, 1]
    row = round(float(line[0, 3] - 0.05 * em))
    assert (page.pixels[row, round(line[0, 0]) + 1 : round(line[-1, 2]) - 1] == 0).all()


def test_every_symbol_has_a_box_on_the_page(pages: list[SyntheticPage]) -> None:
    for page in pages:
        assert page.boxes.shape == (len(page.symbols), 4)
        assert (page.boxes[:, :2] <= page.boxes[:, 2:]).all()
        middles = (page.boxes[:, :2] + page.boxes[:, 2:]) / 2
        assert (middles > 0).all() and (middles < 640).all()


def test_ink_lies_where_the_truth_says(pages: list[SyntheticPage]) -> None:
    """Test glyphs fill the middle of their boxes, black on paper or white on a dark row of a table."""
    for page in pages:
        x, y = ((page.boxes[:, :2] + page.boxes[:, 2:]) / 2).astype(int).T
        grey = page.pixels[y, x]
        letters = np.array([char.isalnum() for char in page.symbols])
        assert np.median(grey[letters]) < 130
        left, top = np.maximum(page.boxes[:, :2].astype(int) - 1, 0).T
        white = (page.pixels[top, left] < 100) & (grey > 200)
        assert (white | (grey < 200))[letters].mean() > 0.97


def test_blocks_cover_the_symbols_in_order(pages: list[SyntheticPage]) -> None:
    for page in pages:
        edges = [(block.start, block.stop) for block in page.blocks]
        assert [start for start, _ in edges] == [0, *(stop for _, stop in edges[:-1])]
        assert edges[-1][1] == len(page.symbols)
        assert all(block.kind in KINDS for block in page.blocks)
        assert all(page.symbols[block.stop - 1] == "\n" for block in page.blocks)


def test_boxes_of_blocks_hold_their_symbols(pages: list[SyntheticPage]) -> None:
    page = pages[0]
    left, top, right, bottom = page.block_box(page.blocks[0])
    boxes = page.boxes[page.blocks[0].start : page.blocks[0].stop]
    assert left == boxes[:, 0].min() and bottom == boxes[:, 3].max()
    assert left < right and top < bottom


def test_the_kinds_of_a_document_all_occur(book: FontBook, words: Words) -> None:
    maker = PageMaker(book, words, {"en": 1}, side=256)
    kinds = {block.kind for seed in range(60) for block in maker.page(seed).blocks}
    assert kinds >= {"title", "heading", "paragraph", "list", "table", "caption", "header", "footer", "page number"}


def test_tables_have_html_with_every_cell(book: FontBook, words: Words) -> None:
    maker = PageMaker(book, words, {"en": 1})
    made = ((page := maker.page(seed), block) for seed in range(60) for block in maker.page(seed).blocks)
    page, table = next((page, block) for page, block in made if block.kind == "table" and len(block.cells) > 5)
    html = page.table_html(table)
    assert html.count("<td") == len(table.cells)
    assert html.count("<tr>") == table.cells[-1].row + 1
    assert table.cells[0].start == table.start and table.cells[-1].stop == table.stop
    for cell, following in zip(table.cells, table.cells[1:], strict=False):
        assert cell.stop == following.start


def test_only_the_characters_asked_for_appear(book: FontBook, words: Words) -> None:
    page = PageMaker(book, words, {"en": 1}, chars=frozenset(map(ord, "abc 123"))).page(3)
    assert set(page.symbols) <= set("abc 123-\n•,.()[]") | set("0123456789$%")


def test_text_is_as_large_as_asked(book: FontBook, words: Words) -> None:
    """Boxes are one em high; body text is what there is most of."""
    for low, high in ((8.0, 9.0), (14.0, 16.0)):
        maker = PageMaker(book, words, {"en": 1}, ems=(low, high), damage=0)
        ems = [np.median(page.boxes[:, 3] - page.boxes[:, 1]) for page in map(maker.page, range(8))]
        assert low * 0.95 < np.median(ems) < high * 1.05
