"""Strips: pieces of a line join end to end, kinds come from blocks, and maps move ends and em alike."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.imaging.box import Box
from sokdok.model.nano.formats.lines import KINDS
from sokdok_lab.synth.pages.truth import Block, SyntheticPage
from sokdok_lab.training.detection.strips import PIECE_SYMBOLS, Strip, strips_of


def test_a_long_line_is_pieces_that_join_and_follow_its_sway() -> None:
    count = 2 * PIECE_SYMBOLS
    tops = np.linspace(50, 62, count)
    boxes = np.array(
        [[20 * i, top, 20 * i + 20, top + 24] for i, top in enumerate(tops)] + [[20 * count, 62, 20 * count, 86]]
    )
    page = SyntheticPage(np.zeros((200, 600), np.uint8), "a" * count + "\n", boxes, (Block("heading", 0, count + 1),))
    first, second = strips_of(page)
    assert first.right == second.left and first.left[1] < second.left[1] < second.right[1]
    assert (first.left[0], second.right[0]) == (0, 20 * count)
    assert first.em == 24 and KINDS[first.kind] == "heading"
    assert {strip.kind for strip in strips_of(page, without="heading")} == {-1}


def test_a_map_moves_ends_and_em() -> None:
    strip = Strip((10, 20), (50, 20), 12, 3)
    moved = strip.mapped(np.array([[2, 0, 5], [0, 2, -10], [0, 0, 1]]))
    assert moved == Strip((25, 30), (105, 30), 24, 3)


@pytest.mark.parametrize(
    ("box", "reaches"), [((0, 0, 30, 30), True), ((60, 0, 90, 90), False), ((0, 40, 90, 90), False)]
)
def test_a_strip_reaches_into_what_it_lies_in(box: tuple[float, ...], reaches: bool) -> None:
    assert Strip((10, 20), (50, 20), 12).reaches_into(Box(*box)) == reaches
