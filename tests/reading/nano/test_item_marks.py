"""Marks that stand apart from their items: found in the ink, or read again with their lines."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import pytest

from sokdok.reading.nano.line_reader import read_with_marks, with_marks
from sokdok.reading.nano.line_text import LineText
from sokdok.reading.nano.text_detector import DetectedLine

EM, LEFT, TOP, PITCH = 20.0, 100.0, 60.0, 30.0


def line(left: float, y: float, right: float) -> DetectedLine:
    return DetectedLine((left, y), (right, y), EM, "text", 1.0)


LINES = [line(LEFT, TOP + PITCH * at, 400) for at in range(4)]


def page(marks: dict[int, tuple[int, int]]) -> np.ndarray:
    """Four lines of letters; `marks`: the left end and the width of what stands before some, 6 pixels high."""
    gray = np.full((220, 440), 255, np.uint8)
    for at in range(len(LINES)):
        y = int(TOP + PITCH * at)
        for x in range(int(LEFT), 400, 8):
            gray[y - 6 : y + 7, x : x + 3] = 0
        left, width = marks.get(at, (0, 0))
        gray[y - 3 : y + 3, left : left + width] = 0
    return gray


def test_lines_begin_with_the_marks_before_them() -> None:
    found = with_marks(page({0: (75, 6), 2: (76, 6)}), LINES)
    assert [one.left[0] for one in found] == [75, 100, 76, 100]
    assert all(one.left[1] == before.left[1] for one, before in zip(found, LINES, strict=True))


@pytest.mark.parametrize(
    "marks",
    [
        {1: (75, 6)},  # dirt
        {0: (75, 6), 2: (62, 6)},  # more of it
        {0: (60, 30), 2: (60, 30)},  # a line
        {0: (20, 6), 2: (20, 6)},  # far away
        {0: (94, 6), 2: (94, 6)},  # a part of the text
    ],
)
def test_other_ink_is_no_mark(marks: dict[int, tuple[int, int]]) -> None:
    assert with_marks(page(marks), LINES) == LINES


def test_what_another_line_lies_on_is_its_own() -> None:
    other = [line(70, TOP + PITCH * at, 86) for at in (0, 2)]
    assert with_marks(page({0: (75, 6), 2: (76, 6)}), [*LINES, *other])[:4] == LINES


def said(text: str, probability: float, first: float = 5.0) -> LineText:
    places = first + 10.0 * np.arange(len(text), dtype=np.float32)
    return LineText(text, places, np.full(len(text), probability, np.float32))


MARK, ITEM = line(70, TOP, 80), line(LEFT, TOP, 400)


def read(found: Sequence[DetectedLine], sure: float, again: LineText) -> list[tuple[str, float]]:
    texts = [said("o", sure) if one is MARK else said("item", 1.0) for one in found]
    lines, told = read_with_marks(found, texts, lambda longer: [again for _ in longer])
    return [(text.text, one.left[0]) for one, text in zip(lines, told, strict=True)]


def test_a_doubtful_mark_is_read_with_its_line() -> None:
    assert read([MARK, ITEM], 0.4, said("○ item", 0.9)) == [("○ item", 70.0)]


def test_a_mark_that_is_surely_read_or_that_its_line_does_not_show_stays_by_itself() -> None:
    assert read([MARK, ITEM], 0.8, said("○ item", 0.9)) == [("o", 70.0), ("item", 100.0)]
    assert read([MARK, ITEM], 0.4, said("item", 0.9, first=35.0)) == [("o", 70.0), ("item", 100.0)]


def test_a_doubtful_mark_far_from_text_or_below_it_stays_by_itself() -> None:
    far, below = line(200, TOP, 400), line(LEFT, TOP + PITCH, 400)
    assert len(read([MARK, far, below], 0.4, said("○ item", 0.9))) == 3


def test_a_dot_nearer_to_what_is_before_it_stays_by_itself() -> None:
    assert len(read([line(10, TOP, 60), MARK, ITEM], 0.4, said("○ item", 0.9))) == 3
