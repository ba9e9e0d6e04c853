"""Pages: the truth agrees with itself and with the ink."""

from __future__ import annotations

import random

import numpy as np
import pytest

from fakes.synth import Words
from sokdok_lab.synth.pages import maker
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import Frame, PageMaker, _columns, _rules


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


def test_the_kinds_of_a_document_all_occur(book: FontBook, words: Words) -> None:
    maker = PageMaker(book, words, {"en": 1}, side=256)
    kinds = {block.kind for seed in range(24) for block in maker.page(seed).blocks}
    assert kinds >= {"title", "heading", "paragraph", "list", "table", "caption", "header", "footer", "page number"}


def test_tables_have_html_with_every_cell(book: FontBook, words: Words) -> None:
    maker = PageMaker(book, words, {"en": 1})
    made = ((page, block) for page in map(maker.page, range(60)) for block in page.blocks)
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
