"""What shows through: only lines much paler than most, on white paper and on black."""

from __future__ import annotations

import numpy as np
import pytest

from sokdok.reading.nano.lines.show_through import pale_lines
from sokdok.reading.nano.text_detector import DetectedLine


def page(levels: list[int], paper: int = 240) -> tuple[np.ndarray, list[DetectedLine]]:
    """A page with a line of each grey, 20 pixels apart, its letters bars of two pixels."""
    gray = np.full((20 * len(levels) + 20, 200), paper, np.uint8)
    lines = []
    for at, level in enumerate(levels):
        y = 20 * at + 20
        gray[y - 4 : y + 4, 20:180:8] = level
        lines.append(DetectedLine((16, y), (184, y), 12.0, "text", 0.9))
    return gray, lines


@pytest.mark.parametrize(
    ("levels", "pale"),
    [
        ([20, 30, 40, 210, 200], [False, False, False, True, True]),
        ([20, 30, 150, 140], [False] * 4),  # pencil beside ink
        ([200, 210, 205], [False] * 3),  # a page in pencil
        ([20, 30, 40, 60], [False] * 4),
    ],
)
def test_lines_much_paler_than_most_show_through(levels: list[int], pale: list[bool]) -> None:
    assert pale_lines(*page(levels)).tolist() == pale


def test_white_on_black_is_told_by_the_same_measure() -> None:
    assert pale_lines(*page([240, 230, 235, 45], paper=20)).tolist() == [False, False, False, True]


def test_no_lines_and_lines_outside_the_page_are_no_error() -> None:
    gray, lines = page([20])
    assert pale_lines(gray, []).tolist() == []
    outside = DetectedLine((500, 20), (600, 20), 12.0, "text", 0.9)
    assert pale_lines(gray, [*lines, outside]).tolist() == [False, True]
