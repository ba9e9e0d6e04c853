from __future__ import annotations

import numpy as np
import pytest

from sokdok.figures.geometry.read.letters import SIDE_PX, contrast, read_letters, squares
from sokdok.model.nano.formats.geometry import CHARS


def test_contrast_is_the_largest_difference_from_the_paper() -> None:
    pixels = np.array([[[255, 246, 225], [0, 0, 255], [255, 200, 225]]], np.uint8)
    assert contrast(pixels, np.array([255, 246, 225])).tolist() == [[0, 255, 46]]


@pytest.mark.parametrize("em", [10.0, 30.0])
def test_squares_bring_characters_to_one_size(em: float) -> None:
    ink = np.zeros((120, 160), np.uint8)
    half = round(em * 0.35)  # a bar of .7 em is half of the square's 1.4 ems
    ink[60 - half : 60 + half, 80 - 2 : 80 + 2] = 90
    (square,) = squares(ink, np.array([80 + 60j]), np.array([em]))[0]
    rows = (square > 0.5).any(1)
    assert square.max() == 1 and square.min() == 0
    assert SIDE_PX / 2 - 3 <= rows.sum() <= SIDE_PX / 2 + 3 and rows[SIDE_PX // 2]


def test_squares_reach_over_the_edge_and_empty_ones_stay_empty() -> None:
    ink = np.full((30, 30), 5, np.uint8)
    found = squares(ink, np.array([0 + 0j, 500 - 70j, 15 + 15j]), np.array([12.0, 12.0, 12.0]))
    assert found.shape == (3, 1, SIDE_PX, SIDE_PX) and np.isfinite(found).all()
    assert found[2].max() < 0.1


def test_letters_get_the_probabilities_of_the_net() -> None:
    def net(pixels: np.ndarray) -> np.ndarray:
        assert pixels.shape == (2, 1, SIDE_PX, SIDE_PX) and pixels.dtype == np.float32
        logits = np.zeros((2, len(CHARS), 1, 1), np.float32)
        logits[0, CHARS.index("A")], logits[1, CHARS.index("7")] = 9, 9
        return logits

    probabilities = read_letters(
        np.zeros((40, 40), np.uint8), np.array([10 + 10j, 30 + 30j]), np.array([12.0, 14.0]), net
    )
    assert [CHARS[index] for index in probabilities.argmax(1)] == ["A", "7"]
    assert np.allclose(probabilities.sum(1), 1)
    assert read_letters(np.zeros((4, 4), np.uint8), np.zeros(0, complex), np.zeros(0), net).size == 0
