"""Words of a line by the places of its symbols."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.reading.nano.recogniser import LineText
from sokdok.reading.nano.text_detector import DetectedLine
from sokdok.reading.nano.word_places import words_of

LINE = DetectedLine((100, 50), (220, 50), 20, "text", 0.9)


def read(text: str, places: list[float], probability: list[float] | None = None) -> LineText:
    return LineText(text, np.array(places), np.array(probability or [1.0] * len(text)))


def test_words_stand_between_the_spaces() -> None:
    first, second = words_of(LINE, read("ab cd", [10, 20, 40, 70, 100], [1, 0.5, 1, 0.25, 0.25]))
    assert (first.text, second.text) == ("ab", "cd")
    assert first.box.left == 100 and 120 < first.box.right < 140 < second.box.left < 170 and second.box.right == 220
    assert (first.confidence, second.confidence) == (0.75, 0.25)
    assert first.box.height == pytest.approx(20)


def test_words_of_a_line_that_climbs_stand_higher_and_higher() -> None:
    line = DetectedLine((0, 100), (200, 60), 20, "text", 0.9)
    first, second = words_of(line, read("a b", [20, 100, 180]))
    assert first.box.middle[1] > second.box.middle[1] + 25


def test_nothing_read_is_no_word() -> None:
    assert words_of(LINE, read("", [])) == ()
