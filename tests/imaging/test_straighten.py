"""How a page lies, by its lines: drawn as points here, as a camera or a crooked sheet would map them."""

from __future__ import annotations

import math

import numpy as np
import pytest

from sokdok.imaging.pose import mapped
from sokdok.imaging.straighten import Lines, straighten

SIZE = (1000, 1400)


def page(rng: np.random.Generator, count: int = 30) -> tuple[np.ndarray, np.ndarray]:
    """Lines of a page that lies straight, flush at the left, ragged at the right: both ends (N, 2)."""
    y = np.linspace(100, 1300, count)
    left = np.column_stack([np.where(np.arange(count) % 7 == 3, 130.0, 100.0), y])
    right = np.column_stack([rng.uniform(600, 900, count), y])
    return left, right


def seen(matrix: np.ndarray, rng: np.random.Generator, noise: float = 0.4) -> Lines:
    left, right = (mapped(matrix, ends) + rng.normal(0, noise, ends.shape) for ends in page(rng))
    return Lines(left, right, np.full(len(left), 20.0))


def askew(degrees: float) -> np.ndarray:
    turn, middle = math.radians(degrees), np.array(SIZE) / 2
    matrix = np.array([[math.cos(turn), -math.sin(turn), 0], [math.sin(turn), math.cos(turn), 0], [0, 0, 1]])
    matrix[:2, 2] = middle - matrix[:2, :2] @ middle
    return matrix


@pytest.mark.parametrize("degrees", [-6.0, -0.5, 0.7, 3.5, 10.0])
def test_skew_is_undone(degrees: float) -> None:
    pose = straighten(SIZE, seen(askew(degrees), np.random.default_rng(1)))
    left, right = (mapped(askew(degrees), ends) for ends in page(np.random.default_rng(2)))
    left, right = pose.points_from_picture(left), pose.points_from_picture(right)
    assert np.abs(left[:, 1] - right[:, 1]).max() < 2.0
    flush = left[np.arange(len(left)) % 7 != 3, 0]
    assert np.ptp(flush) < 8.0


def test_perspective_is_undone() -> None:
    matrix = askew(1.5) @ np.array([[1, 0.03, 0], [0.02, 1, 0], [0.0001, 0, 1]])
    pose = straighten(SIZE, seen(matrix, np.random.default_rng(3)))
    left, right = (mapped(matrix, ends) for ends in page(np.random.default_rng(4)))
    before = np.abs((left - right)[:, 1]).max()
    left, right = pose.points_from_picture(left), pose.points_from_picture(right)
    assert before > 40
    assert np.abs(left[:, 1] - right[:, 1]).max() < 4.0
    assert np.ptp(left[np.arange(len(left)) % 7 != 3, 0]) < 10.0


def test_all_of_the_picture_is_on_the_straight_page() -> None:
    pose = straighten(SIZE, seen(askew(3.5), np.random.default_rng(5)))
    corners = pose.points_from_picture(np.array([(0, 0), (SIZE[0], 0), (0, SIZE[1]), SIZE], float))
    assert corners.min() >= 0 and (corners <= pose.size).all()


def test_level_lines_and_too_few_leave_a_page_as_it_is() -> None:
    rng = np.random.default_rng(6)
    assert straighten(SIZE, seen(np.eye(3), rng)).is_straight
    few = Lines(*(values[:2] for values in seen(askew(4), rng)))
    assert straighten(SIZE, few).is_straight
    assert straighten(SIZE, Lines(np.zeros((0, 2)), np.zeros((0, 2)), np.zeros(0))).is_straight


def test_slanted_labels_do_not_turn_a_page() -> None:
    lines = seen(np.eye(3), np.random.default_rng(7))
    lines.right[:6, 1] += 150
    assert straighten(SIZE, lines).is_straight
