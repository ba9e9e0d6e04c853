"""Pictures among lines of text."""

from __future__ import annotations

import numpy as np

from sokdok.imaging.box import Box
from sokdok.layout.pictures import find_pictures
from sokdok.layout.text_line import TextLine


def test_a_mark_of_a_list_below_a_picture_is_no_label_of_it() -> None:
    page = np.full((400, 400), 255, np.uint8)
    page[100:200, 100:250] = 80
    texts = [TextLine(Box(100, y, 380, y + 16), "a line of running text", em=16.0) for y in range(240, 390, 24)]
    tick = TextLine(Box(100, 202, 130, 218), "tick", em=16.0)
    mark = TextLine(Box(100, 210, 112, 226), "a.", em=16.0)
    item = TextLine(Box(120, 210, 380, 226), "an item beside its mark", em=16.0)
    (with_tick,) = find_pictures(page, page, [*texts, tick])
    assert with_tick.bottom == 218
    (picture,) = find_pictures(page, page, [*texts, mark, item])
    assert not picture.holds(*item.box.middle)
