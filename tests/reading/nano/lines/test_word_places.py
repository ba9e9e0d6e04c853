"""Words of a line by the places of its symbols."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.imaging.pose import Pose, tilted, turned
from sokdok.pages.textlayer import Word
from sokdok.reading.nano.lines.line_text import LineText
from sokdok.reading.nano.lines.word_places import text_line
from sokdok.reading.nano.text_detector import DetectedLine

STRAIGHT = turned((400, 200))
LINE = DetectedLine((100, 50), (220, 50), 20, "text", 0.9)


def read(text: str, places: list[float], probability: list[float] | None = None) -> LineText:
    return LineText(text, np.array(places), np.array(probability or [1.0] * len(text)))


def words_of(line: DetectedLine, said: LineText, pose: Pose = STRAIGHT) -> tuple[Word, ...]:
    return text_line(line, said, pose, lambda word, _: float(word.mean())).words


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


def test_words_of_a_climbing_page_stand_side_by_side_on_the_straight_one() -> None:
    line = DetectedLine((0, 100), (200, 60), 20, "text", 0.9)
    climbing = tilted(np.array([[1, 0.2, 0], [-0.2, 1, 0], [0, 0, np.hypot(1, 0.2)]]), (400, 200))
    first, second = words_of(line, read("a b", [20, 100, 180]), climbing)
    assert first.box.middle[1] == pytest.approx(second.box.middle[1])
    assert first.box.height == pytest.approx(first.em) == pytest.approx(20)
    assert second.box.right - first.box.left == pytest.approx(200 * np.hypot(1, 0.2))


def test_nothing_read_is_no_word() -> None:
    assert words_of(LINE, read("", [])) == ()


def test_a_word_with_a_letter_that_cannot_be_read_is_not_right() -> None:
    first, second = words_of(LINE, read("한(〓) b", [10, 20, 40, 50, 70, 100]))
    assert (first.text, first.confidence, second.confidence) == ("한(〓)", 0.0, 1.0)
