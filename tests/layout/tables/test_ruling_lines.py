"""Ruling lines are found by what the module says they are, however they are counted."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.imaging.arrays import color_sums
from sokdok.imaging.box import Box
from sokdok.layout.tables.ruling_lines import REACH_PX, RulingLine, _contrast, _long_runs, find_ruling
from sokdok.layout.text_line import TextLine

LINE = TextLine(Box(20, 20, 120, 32), "a line of text", 1.0, 12.0)


def drawn(darkness: int, gap: int = 0) -> np.ndarray:
    """A page with a line of 2 x 140 pixels across and one of 140 x 2 down, the latter with a gap in its middle."""
    page = np.full((200, 240, 3), 240, np.uint8)
    page[100:102, 30:170] -= np.uint8(darkness)
    page[40:180, 200:202] -= np.uint8(darkness)
    page[110 : 110 + gap, 200:202] = 240
    return page


@pytest.mark.parametrize(("darkness", "seen"), [(200, True), (25, True), (24, False), (6, False)])
def test_lines_are_seen_where_they_are_clear(darkness: int, seen: bool) -> None:
    found = find_ruling(color_sums(drawn(darkness)), [LINE])
    assert (found.horizontal, found.vertical) == (
        ((RulingLine(101, 30, 170),), (RulingLine(201, 40, 180),)) if seen else ((), ())
    )


@pytest.mark.parametrize(("gap", "pieces"), [(4, [(40, 180)]), (5, [(40, 110), (115, 180)])])
def test_small_gaps_are_closed(gap: int, pieces: list[tuple[int, int]]) -> None:
    assert [(rule.start, rule.end) for rule in find_ruling(color_sums(drawn(200, gap)), [LINE]).vertical] == pieces


def test_a_faint_line_is_followed_beyond_where_it_is_clear() -> None:
    page = drawn(30)
    page[100:102, 100:170] = 230
    assert [(rule.start, rule.end) for rule in find_ruling(color_sums(page), [LINE]).horizontal] == [(30, 170)]


@pytest.mark.parametrize("height", [1, 3, REACH_PX, REACH_PX + 1, 12, 40])
def test_contrast_is_less_of_the_differences_from_both_sides(height: int) -> None:
    levels = np.random.default_rng(height).integers(0, 766, (height, 30)).astype(np.int16)
    for y, x in np.ndindex(levels.shape):
        sides = levels[max(0, y - REACH_PX), x], levels[min(height - 1, y + REACH_PX), x]
        darker, lighter = (min(way * (int(side) - int(levels[y, x])) for side in sides) for way in (1, -1))
        assert _contrast(levels)[y, x] == max(darker, lighter)


def test_runs_are_dense_and_have_small_gaps_only() -> None:
    mask = np.zeros((4, 60), bool)
    mask[0, 5:45] = True
    mask[0, [10, 11, 20, 30]] = False  # 36 of 40
    mask[1, 5:45] = True
    mask[1, 20:25] = False  # a gap of five
    mask[2, 5:45:2] = True  # half of them
    found = _long_runs(mask, 40)
    assert found[0, 5:45].all() and found.sum() == 40
