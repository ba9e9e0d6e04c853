"""What holds for every picture of text: a seed makes one, every symbol has a box, and ink lies where the boxes say."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

import numpy as np
import pytest

from fakes.synth import Words
from sokdok_lab.synth.cursive.maker import CursiveMaker
from sokdok_lab.synth.pages.fonts import FontBook
from sokdok_lab.synth.pages.maker import PageMaker
from sokdok_lab.synth.pages.strips import StripMaker
from sokdok_lab.synth.pages.tables import TableMaker
from sokdok_lab.synth.pages.truth import KINDS, SyntheticPage
from sokdok_lab.synth.sheets import SheetMaker

BOTH = {"en": 1, "ko": 1}
CHARS = frozenset([*range(32, 127), *range(0xAC00, 0xD7A4), 0x2022])
Draw = Callable[[int], SyntheticPage]
MAKERS: dict[str, Callable[[FontBook], Draw]] = {
    "page": lambda book: PageMaker(book, Words(), BOTH, damage=0).page,
    "table": lambda book: TableMaker(book, Words(), BOTH, damage=0).table,
    "strip": lambda book: StripMaker(book, book.hands, Words(), BOTH, CHARS).strip,
    "letter": lambda book: partial(StripMaker(book, book.hands, Words(), BOTH, CHARS).letter, kinds=BOTH),
    "cursive": lambda book: CursiveMaker(Words(), BOTH).page,
    "sheet": lambda book: SheetMaker(book, book.latin, Words(), BOTH, CHARS).sheet,
}
Made = tuple[str, Draw, list[SyntheticPage]]


@pytest.fixture(scope="module", params=MAKERS)
def made(request: pytest.FixtureRequest, book: FontBook) -> Made:
    draw = MAKERS[request.param](book)
    return request.param, draw, [draw(seed) for seed in range(8)]


def test_a_seed_makes_one_picture(made: Made, book: FontBook) -> None:
    name, _, pages = made
    again = MAKERS[name](book)(3)
    assert np.array_equal(again.pixels, pages[3].pixels) and again.symbols == pages[3].symbols
    assert np.array_equal(again.boxes, pages[3].boxes)
    assert len({page.symbols for page in pages}) == len(pages)


def test_every_symbol_has_a_box_on_the_picture_and_every_block_its_symbols(made: Made) -> None:
    name, _, pages = made
    for page in pages:
        middles = page.boxes.reshape(-1, 2, 2).mean(1)
        assert page.boxes.shape == (len(page.symbols), 4) and (page.boxes[:, :2] <= page.boxes[:, 2:]).all()
        assert name in ("cursive", "strip", "letter") or ((middles >= 0).all() and (middles < page.size).all())
        edges = [(block.start, block.stop) for block in page.blocks]
        assert [start for start, _ in edges] == [0, *(stop for _, stop in edges[:-1])]
        assert edges[-1][1] == len(page.symbols) and {block.kind for block in page.blocks} <= set(KINDS)
        assert all(page.symbols[block.stop - 1] == "\n" for block in page.blocks)
        left, top, right, bottom = page.block_box(page.blocks[0])
        assert left < right and top < bottom
        lines = [line for line in page.symbols.splitlines() if line.strip()]
        assert [box.text for box in page.text_boxes] == lines


def test_letters_stand_out_where_the_truth_says(made: Made) -> None:
    """Test glyphs fill the middle of their boxes; what is right above a line is its ground. A pen's are thin."""
    name, _, pages = made
    seen = []
    for page in pages:
        grey = page.pixels if page.pixels.ndim == 2 else page.pixels.mean(2)
        x, y = page.boxes.reshape(-1, 2, 2).mean(1).astype(int).T
        letters = np.array([char.isalnum() for char in page.symbols])
        x, y = x.clip(0, page.size[0] - 1), y.clip(0, page.size[1] - 1)
        above = np.clip(page.boxes[:, 1].astype(int), 0, page.size[1] - 1)
        seen.append(np.abs(grey[y, x].astype(int) - grey[above, x].astype(int))[letters])
    assert (np.concatenate(seen) > 25).mean() > {"cursive": 0.2, "strip": 0.7, "letter": 0.7}.get(name, 0.9)
