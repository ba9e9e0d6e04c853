"""Parting lines that run across a gutter."""

from __future__ import annotations

import numpy as np

from sokdok.reading.nano.lines.split_lines import split_lines
from sokdok.reading.nano.text_detector import DetectedLine

EM = 16.0


def drawn(rows: list[list[tuple[int, int]]]) -> tuple[np.ndarray, list[DetectedLine]]:
    """A page with bars of ink in rows, each row found as one line."""
    grey = np.full((40 + 24 * len(rows), 700), 255, np.uint8)
    lines = []
    for i, bars in enumerate(rows):
        y = 30 + 24 * i
        for begin, end in bars:
            for x in range(begin, end, 6):
                grey[y - 6 : y + 6, x : x + 4] = 0
        lines.append(DetectedLine((bars[0][0], y), (bars[-1][1], y), EM, "text", 1.0))
    return grey, lines


def test_lines_are_cut_at_a_gutter_that_all_respect() -> None:
    grey, lines = drawn([[(40, 340), (352, 650)]] * 6)
    parted = split_lines(grey, lines)
    assert len(parted) == 12
    assert abs(parted[0].right[0] - 340) < 6 and abs(parted[1].left[0] - 352) < 6


def test_a_wide_space_that_stands_alone_is_no_gutter() -> None:
    rows = [[(40, 100 + 40 * i), (112 + 40 * i, 650)] for i in range(6)]
    assert len(split_lines(*drawn(rows))) == 6


def test_a_title_above_two_columns_stays_whole() -> None:
    rows = [[(200, 500)]] + [[(40, 340), (352, 650)]] * 6
    parted = split_lines(*drawn(rows))
    assert len(parted) == 13 and parted[0].right[0] == 500


def test_lines_found_apart_help_to_cut_the_others() -> None:
    grey, lines = drawn([[(40, 340), (352, 650)]] * 5)
    halves = [DetectedLine(line.left, (340, line.left[1]), EM, "text", 1.0) for line in lines[1:]]
    halves += [DetectedLine((352, line.left[1]), line.right, EM, "text", 1.0) for line in lines[1:]]
    assert len(split_lines(grey, [lines[0], *halves])) == 10


def test_beyond_the_page_there_is_nothing_to_cut() -> None:
    line = DetectedLine((900, 900), (950, 900), EM, "text", 1.0)
    assert split_lines(np.full((10, 10), 255, np.uint8), [line]) == [line]
