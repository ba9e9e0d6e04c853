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


def test_what_holds_most_of_the_text_is_no_picture_but_the_page() -> None:
    page = np.full((400, 400), 255, np.uint8)
    page[40:360, 40:360] = 80
    page[60:340, 60:340] = 255
    within = [TextLine(Box(100, y, 300, y + 16), "an article of these contents", em=16.0) for y in (120, 180, 240)]
    below = TextLine(Box(40, 372, 360, 388), "entered according to act of Congress", em=16.0)
    noise = [TextLine(Box(100, y, 300, y + 16), "an ornament that reads thus", 0.1, em=16.0) for y in (120, 180, 240)]
    labels = [TextLine(Box(x, 200, x + 90, 216), "a label", em=16.0) for x in (100, 200) for _ in range(3)]
    assert find_pictures(page, page, [*within, below]) == []
    assert len(find_pictures(page, page, [*noise, below])) == 1
    assert len(find_pictures(page, page, [*labels, below])) == 1


def test_light_lines_on_a_dark_bar_are_text_and_a_photograph_on_one_is_a_picture() -> None:
    page = np.full((600, 600), 255, np.uint8)
    page[40:140, 40:560] = 60
    light = TextLine(Box(60, 80, 260, 96), "light words upon a bar", em=16.0)
    page[82:94:3, 60:260] = 250
    body = [TextLine(Box(40, y, 560, y + 16), "a line of running text", em=16.0) for y in range(420, 590, 24)]
    assert find_pictures(page, page, [light, *body]) == []
    photograph = np.random.default_rng(1).integers(0, 255, (200, 200), np.uint8)
    page[140:400, 40:560] = 60
    page[180:380, 320:520] = photograph
    (picture,) = find_pictures(page, page, [light, *body])
    assert picture.contains(Box(324, 184, 516, 376)) and not picture.holds(*light.box.middle)
    page[40:300, 40:560] = np.random.default_rng(2).integers(0, 200, (260, 520), np.uint8)
    page[300:400] = 255
    (whole,) = find_pictures(page, page, [light, *body])
    assert whole.holds(*light.box.middle) and whole.width > 450
