"""Rows of texts below a chart: neighbours told apart by their middles, words of one text kept together."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from sokdok.figures.chart.read.find_texts import FoundText
from sokdok.figures.chart.read.rows import regular_rows

EM = 10.0
Y = 20


def drawn(*words: tuple[int, int]) -> np.ndarray:
    """A picture with words of letters 4 pixels wide, 1 apart: (left, letters) of each."""
    gray = np.full((40, 300), 255, np.uint8)
    for left, letters in words:
        for i in range(letters):
            gray[Y - 4 : Y + 4, left + 5 * i : left + 5 * i + 4] = 0
    return gray


def found(*spans: tuple[float, float], role: str = "category") -> list[FoundText]:
    return [FoundText((left, Y), (right, Y), EM, 0.0, role, 0.9) for left, right in spans]


def ends(texts: Sequence[FoundText]) -> list[tuple[float, float]]:
    return sorted((text.left[0], text.right[0]) for text in texts)


def test_neighbours_that_were_taken_for_one_text_are_told_apart() -> None:
    gray = drawn((20, 4), (50, 4), (80, 4), (110, 4), (140, 4))
    again = regular_rows(gray, found((20, 39), (50, 69), (80, 129), (140, 159)))
    assert ends(again) == [(20, 39), (50, 69), (80, 99), (110, 129), (140, 159)]


def test_words_of_one_text_stay_together() -> None:
    words = [(20, 3), (42, 5), (97, 7), (167, 2), (184, 4)]
    again = regular_rows(drawn(*words), found(*((left, left + 5 * letters - 1) for left, letters in words)))
    assert [(left, right) for left, right in ends(again)] == [(20, 66), (97, 131), (167, 203)]


def test_texts_moved_inward_at_the_ends_are_cut_off_their_neighbours() -> None:
    gray = drawn((20, 3), *((left, 3) for left in range(37, 230, 30)))
    again = regular_rows(gray, found((20, 51), (67, 81), (97, 141), (157, 171), (187, 201), (217, 231)))
    assert ends(again)[:2] == [(20, 34), (37, 51)]


def test_a_letter_at_a_step_without_a_text_is_one() -> None:
    gray = drawn((20, 1), (40, 1), (60, 1), (80, 1), (100, 1))
    again = regular_rows(gray, found((20, 24), (40, 44), (80, 84)))
    assert len(again) == 5 and {text.role for text in again} == {"category"}


def test_texts_at_uneven_steps_stay_as_they_were_found() -> None:
    spans = found((20, 30), (47, 60), (99, 120), (128, 140))
    assert regular_rows(drawn((20, 2), (47, 3), (99, 4), (128, 2)), spans) == spans


def test_texts_of_other_roles_stay_as_they_were_found() -> None:
    spans = found((20, 39), (50, 69), (80, 129), (140, 159), role="note")
    assert regular_rows(drawn((20, 4), (50, 4), (80, 4), (110, 4), (140, 4)), spans) == spans
