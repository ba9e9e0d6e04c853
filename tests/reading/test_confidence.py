"""What confidence means for what is done with a page."""

from __future__ import annotations

import pytest

from sokdok.imaging.box import Box
from sokdok.layout.text_line import TextLine
from sokdok.pages.textlayer import Word
from sokdok.reading.confidence import FLOOR, LEGIBLE, doubt, is_legible, lines_confidence

BOX = Box(0, 0, 10, 10)


def test_a_line_is_as_sure_as_its_words_and_long_words_count_for_more() -> None:
    words = (Word("abcd", BOX, 10, 10, confidence=1.0), Word("ef", BOX, 10, 10, confidence=0.4))
    assert lines_confidence([TextLine(BOX, "abcd ef", 0.9, words=words)]) == pytest.approx(0.8)
    assert lines_confidence([TextLine(BOX, "abcd", 0.9)]) == pytest.approx(0.9)
    assert lines_confidence([]) is None


def test_the_floors_part_what_is_delivered_from_what_is_doubted_and_what_is_noise() -> None:
    assert doubt(None) == doubt(FLOOR) == ""
    assert doubt(0.31) == "hardly legible (confidence 0.31): check what stands there" and is_legible(0.31)
    assert doubt(0.07) == "not legible (confidence 0.07)" and not is_legible(0.07)
    assert is_legible(LEGIBLE) and is_legible(None)
